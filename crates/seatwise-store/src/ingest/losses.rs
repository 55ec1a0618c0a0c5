//! Losses of restatements: products and workloads of the previous version that are missing.

use std::collections::HashMap;
use std::io;

use datafusion::arrow::array::{Array as _, RecordBatch, StringViewArray};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::logical_expr::{col, lit};
use datafusion::prelude::SessionContext;
use foldhash::fast::RandomState;
use jiff::civil::Date;
use seatwise_types::CustomerId;
use serde::Serialize;

use crate::ingest::batch::Batch;
use crate::ingest::subject::{Subject, Subjects, Thing};
use crate::model::columns::{CODE, PRODUCT, PRODUCT_ID, WORKLOAD};
use crate::model::days::day;
use crate::model::error::StoreError;
use crate::model::fact::{Fact, Unit, customer};
use crate::model::kind::Kind;
use crate::model::texts::Texts;
use crate::table::damage::damaged;
use crate::table::delta::Table;
use crate::table::session::each_selected;
use crate::table::stored_row::{numbers, text};

/// The number of losses that are listed.
const NAMED: usize = 10;

/// What the restatements of an import lose compared with the previous versions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Losses {
    /// Rows of previous versions whose product or workload is missing in the restatement.
    pub rows: u64,
    /// Deliveries that lose such rows.
    pub deliveries: u64,
    /// The first ten of these rows.
    pub first: Vec<Loss>,
}

/// A row that a restatement loses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Loss {
    /// The customer.
    pub customer_tenant_id: CustomerId,
    /// The code of the service.
    pub service_code: String,
    /// The channel.
    pub channel: String,
    /// The day of the delivery.
    pub processed_date: Date,
    /// The name of the product; empty if rows have none, as in the download `OfficeUsage`.
    pub product_name: String,
    /// The name of the workload; `None` for deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload_name: Option<String>,
}

impl Losses {
    /// Adds the losses of other deliveries.
    pub(crate) fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.deliveries += other.deliveries;
        let room = NAMED.saturating_sub(self.first.len());
        self.first.extend(other.first.into_iter().take(room));
    }

    /// Adds the losses of one delivery.
    pub(crate) fn add_delivery(&mut self, before: Before) {
        if before.lost > 0 {
            self.add(Self {
                rows: before.lost,
                deliveries: 1,
                first: before.first,
            });
        }
    }
}

/// The content of a restated version.
#[derive(Default)]
pub(crate) struct Before {
    /// Its rows.
    pub(crate) rows: u64,
    /// Its rows that are missing in the restatement.
    pub(crate) lost: u64,
    first: Vec<Loss>,
}

impl Before {
    fn lose(&mut self, unit: &Unit, texts: &Texts, product: &str, workload: Option<&str>) {
        self.lost += 1;
        if self.first.len() < NAMED {
            self.first.push(Loss {
                customer_tenant_id: customer(unit.customer),
                service_code: texts.text(0, unit.service).to_owned(),
                channel: texts.text(1, unit.channel).to_owned(),
                processed_date: day(unit.day),
                product_name: product.to_owned(),
                workload_name: workload.map(ToOwned::to_owned),
            });
        }
    }

    /// The content of a version in the same import, which a later file restates.
    pub(crate) fn of_rows(
        before: &[Fact],
        after: &[Fact],
        unit: &Unit,
        kind: Kind,
        texts: &Texts,
    ) -> Self {
        let subjects = Subjects::of(after, kind);
        let mut found = Self::default();
        for row in before.iter().filter(|row| !row.is_empty_delivery()) {
            found.rows += 1;
            if !subjects.have(Subject::of(row, kind)) {
                let [_, _, _, product, _, workload] = row.text;
                let workload = kind.has_workload().then(|| texts.text(WORKLOAD, workload));
                found.lose(unit, texts, texts.text(PRODUCT, product), workload);
            }
        }
        found
    }
}

/// The content of stored versions that deliveries of a batch restate, by the number of the version.
pub(crate) type Restated = HashMap<i64, Before, RandomState>;

/// The stored versions that deliveries of a batch restate, from `rows` that were read with at least
/// the [`columns`], or else from the table. `restated` maps the number of a version to the index of
/// the delivery in the batch.
pub(crate) async fn before(
    session: &SessionContext,
    table: &Table,
    rows: Option<&[RecordBatch]>,
    batch: &Batch,
    restated: &HashMap<i64, usize, RandomState>,
    texts: &Texts,
) -> Result<Restated, StoreError> {
    let action = "read its deliveries";
    let mut reader = Reader::new(table.kind, batch, restated, texts);
    if let Some(rows) = rows {
        let read = rows.iter().try_for_each(|stored| reader.read(stored));
        read.map_err(|err| damaged(table.partner, table.kind, action, &table.folder, err))?;
        return Ok(reader.found);
    }
    let (Some(first), Some(last), Some(within)) = (
        restated.keys().min(),
        restated.keys().max(),
        batch.areas.condition(),
    ) else {
        return Ok(reader.found);
    };
    let mut files = batch.areas.files_of(table);
    files.retain(|file| file.numbers().start() <= last && first <= file.numbers().end());
    let filter = within.and(col("delivery_id").between(lit(*first), lit(*last)));
    let columns = columns(table.kind);
    let take = |stored: &RecordBatch| Ok(reader.read(stored)?);
    each_selected(session, table, files, &columns, filter, action, take).await?;
    Ok(reader.found)
}

/// The columns that tell what a version contains.
pub(crate) fn columns(kind: Kind) -> Vec<&'static str> {
    let [_, whole] = kind.counts();
    let mut names = vec!["delivery_id", "product_id", "product_name", whole];
    if kind.has_workload() {
        names.extend(["workload_code", "workload_name"]);
    }
    names
}

/// Adds up rows of restated versions.
struct Reader<'a> {
    kind: Kind,
    batch: &'a Batch,
    restated: &'a HashMap<i64, usize, RandomState>,
    texts: &'a Texts,
    /// The content of the delivery that restates each version.
    subjects: HashMap<i64, Subjects, RandomState>,
    found: Restated,
}

impl<'a> Reader<'a> {
    fn new(
        kind: Kind,
        batch: &'a Batch,
        restated: &'a HashMap<i64, usize, RandomState>,
        texts: &'a Texts,
    ) -> Self {
        let subjects = restated.iter();
        Self {
            kind,
            batch,
            restated,
            texts,
            subjects: subjects
                .map(|(id, number)| (*id, Subjects::of(batch.delivery(*number).1, kind)))
                .collect(),
            found: restated.keys().map(|id| (*id, Before::default())).collect(),
        }
    }

    /// Adds the rows of restated versions; other rows are left out.
    fn read(&mut self, stored: &RecordBatch) -> io::Result<()> {
        let ids = numbers::<Int64Type>(stored, "delivery_id")?;
        let [_, whole] = self.kind.counts();
        let whole = numbers::<Int64Type>(stored, whole)?;
        let product = (text(stored, "product_id")?, text(stored, "product_name")?);
        let workload = match self.kind.has_workload() {
            true => Some((
                text(stored, "workload_code")?,
                text(stored, "workload_name")?,
            )),
            false => None,
        };
        for row in 0..stored.num_rows() {
            let id = ids.value(row);
            let (Some(before), Some(number)) = (self.found.get_mut(&id), self.restated.get(&id))
            else {
                continue;
            };
            // A delivery without rows has one without counts.
            if whole.is_null(row) {
                continue;
            }
            before.rows += 1;
            let texts = self.texts;
            let thing = |(of_id, of_name), (ids, names)| Thing {
                id: number_of(texts, of_id, ids, row),
                name: number_of(texts, of_name, names, row),
            };
            let subject = Subject {
                product: thing((PRODUCT_ID, PRODUCT), product),
                workload: match workload {
                    Some(workload) => thing((CODE, WORKLOAD), workload),
                    None => Thing { id: 0, name: 0 },
                },
            };
            if !self.subjects[&id].have(subject) {
                let (delivery, _) = self.batch.delivery(*number);
                let workload = workload.map(|(_, names)| names.value(row));
                before.lose(&delivery.unit, texts, product.1.value(row), workload);
            }
        }
        Ok(())
    }
}

/// The number of a stored text; 0 if it is absent.
fn number_of(texts: &Texts, column: usize, values: &StringViewArray, row: usize) -> u32 {
    match values.is_valid(row).then(|| values.value(row)) {
        None | Some("") => 0,
        Some(text) => texts.find(column, text).unwrap_or(Thing::UNKNOWN),
    }
}

//! Restatements: units with several versions.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use datafusion::arrow::array::{AsArray as _, RecordBatch};
use datafusion::arrow::datatypes::{Int32Type, Int64Type};
use datafusion::prelude::SessionContext;
use jiff::Timestamp;
use jiff::civil::Date;
use seatwise_types::extensions::{DeliveryVersion, RestatedUnit, Selection};
use seatwise_types::{CustomerId, PartnerId};

use crate::model::axes::{Axes, KnownAt, whole_millisecond};
use crate::model::columns::{CHANNEL, CUSTOMER_NAME, SERVICE};
use crate::model::days::{day, days, of_days};
use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::model::selection::{and_of_customer, selects};
use crate::query::question::{
    Answer, FEWER_DAYS, QuestionError, check_rows, check_selection, check_span,
};
use crate::table::checksum::damage;
use crate::table::delivery_numbers::DeliveryNumbers;
use crate::table::delta::{DataFile, Table};
use crate::table::session::each_batch;
use crate::table::store::Store;
use crate::table::stored_row::{self, StoredRow};

/// The largest number of versions in one answer.
const MOST_VERSIONS: usize = 1 << 20;

/// A question for restatements.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RestatementsQuestion {
    /// The table.
    pub kind: Kind,
    /// The first day of deliveries.
    pub from: Date,
    /// The last day, not before the first one.
    pub to: Date,
    /// The selected deliveries, by service, channel and customer.
    pub selection: Selection,
    /// Ignores deliveries recorded later; `None` ignores none.
    pub known_at: Option<KnownAt>,
}

impl RestatementsQuestion {
    fn check(&self) -> Result<(), QuestionError> {
        let Selection {
            workload, product, ..
        } = &self.selection;
        let why = "a delivery is restated as a whole, with all workloads and products";
        check_selection(workload.as_ref(), "workload", why)?;
        check_selection(product.as_ref(), "product", why)?;
        check_span(self.from, self.to)
    }
}

impl Store {
    /// The units of a range of days with more than one version, with all versions, last replaced
    /// first.
    ///
    /// # Errors
    /// If there are too many days or versions, if the selection names a workload or product, or if
    /// the table cannot be read.
    pub async fn restatements(
        &self,
        partner: PartnerId,
        question: &RestatementsQuestion,
    ) -> Result<Answer<Vec<RestatedUnit>>, QuestionError> {
        question.check()?;
        let RestatementsQuestion {
            kind,
            from,
            to,
            ref selection,
            known_at,
        } = *question;
        let memory = move || self.engine().reservation("restatements");
        let asked = known_at.map(KnownAt::timestamp);
        let axes = Axes {
            as_of: Some(to),
            known_at,
        };
        let found = self.with_newest(partner, kind, move |table| async move {
            let (engine, mut memory) = (Arc::clone(self.engine()), memory());
            let selection = selection.clone();
            let recorded_at = asked.or(table.last_recorded().map(whole_millisecond));
            let ledger = self.ledger(&table).await?;
            let known = ledger.as_ref();
            let known = known.and_then(|it| it.restated_versions(days(from), axes, &selection));
            // Deliveries of other days have one version.
            let of_days = ledger.map(|ledger| of_days(ledger.restated_days()));
            let work = async move {
                let session = engine.session();
                let versions = match known {
                    Some(known) => known,
                    None => {
                        let files = axes.files_from(from, &table, &selection);
                        let of_days = of_days.as_deref().unwrap_or("true");
                        let sql = versions(axes, from, of_days, selection.customer);
                        restated(session, &table, files, &sql).await?
                    }
                };
                check_rows(versions.len(), MOST_VERSIONS, "versions", FEWER_DAYS)?;
                memory.grow(versions.len() * VERSION_BYTES)?;
                let versions = DeliveryNumbers::of(versions);
                let units = units(session, &table, &versions, axes, &selection).await?;
                Ok::<_, QuestionError>(Answer {
                    value: in_order(units),
                    recorded_at,
                    memory,
                })
            };
            self.question("read restatements of", work).await
        });
        Ok(found.await?.unwrap_or_else(|| Answer {
            value: Vec::new(),
            recorded_at: asked,
            memory: memory(),
        }))
    }
}

/// The approximate memory of a version in an answer, in bytes, with its share of its unit.
const VERSION_BYTES: usize = size_of::<DeliveryVersion>() + size_of::<RestatedUnit>() + 128;

const ACTION: &str = "read its versions";

/// The query for deliveries of a range of days with several versions: their days and numbers.
fn versions(axes: Axes, from: Date, of_days: &str, customer: Option<CustomerId>) -> String {
    let unit = "service_code, channel, customer_tenant_id, processed_date";
    let of_customer = and_of_customer(customer);
    format!(
        "with versions as (
             select {unit}, delivery_id from facts
             where {axes} and processed_date >= date '{from}' and {of_days} {of_customer}
             group by {unit}, delivery_id),
         restated as (select {unit} from versions group by {unit} having count(*) > 1)
         select cast(processed_date as int), delivery_id
         from versions join restated using ({unit})
         limit {}",
        MOST_VERSIONS + 1
    )
}

async fn restated(
    session: &SessionContext,
    table: &Table,
    files: Vec<&DataFile>,
    sql: &str,
) -> Result<Vec<(i32, i64)>, StoreError> {
    let mut versions = Vec::new();
    each_batch(session, table, files, sql, ACTION, |batch| {
        let days = batch.column(0).as_primitive::<Int32Type>();
        let numbers = batch.column(1).as_primitive::<Int64Type>();
        let found = days.iter().flatten().zip(numbers.iter().flatten());
        versions.extend(found);
        Ok(())
    })
    .await?;
    Ok(versions)
}

/// Reads versions, and groups them by unit.
async fn units(
    session: &SessionContext,
    table: &Table,
    versions: &DeliveryNumbers,
    axes: Axes,
    selection: &Selection,
) -> Result<BTreeMap<Unit, RestatedUnit>, StoreError> {
    let mut units = BTreeMap::new();
    let take = |batch: &RecordBatch| {
        for row in stored_row::rows(table.kind, batch)? {
            note(&row?, axes, selection, &mut units)?;
        }
        Ok(())
    };
    let customer = selection.customer;
    versions
        .each_batch(session, table, [CUSTOMER_NAME], customer, ACTION, take)
        .await?;
    Ok(units)
}

/// The units with several known versions, in order.
fn in_order(units: BTreeMap<Unit, RestatedUnit>) -> Vec<RestatedUnit> {
    let units = units.into_values();
    let mut units: Vec<_> = units.filter(|unit| unit.versions.len() > 1).collect();
    for unit in &mut units {
        unit.versions.sort_by_key(|version| version.delivery);
    }
    // The sort is stable: equally new units stay in the order of their keys.
    let last = |unit: &RestatedUnit| unit.versions.last().map(|version| version.recorded_at);
    units.sort_by_key(|unit| Reverse(last(unit)));
    units
}

/// The unit's service, channel, customer and day.
type Unit = (String, String, CustomerId, Date);

/// Adds a row of a version, if it was known and is selected.
fn note(
    row: &StoredRow<'_>,
    axes: Axes,
    selection: &Selection,
    units: &mut BTreeMap<Unit, RestatedUnit>,
) -> io::Result<()> {
    let (service, channel) = (row.text[SERVICE], row.text[CHANNEL]);
    let recorded_at = Timestamp::from_microsecond(row.recorded);
    let recorded_at = recorded_at.map_err(|_| damage("a row has no time"))?;
    // Other tools can put several services into one file.
    if !axes.knows(whole_millisecond(recorded_at)) || !selects(selection, (service, channel)) {
        return Ok(());
    }
    let processed_date = day(row.day);
    let key = (
        service.to_owned(),
        channel.to_owned(),
        row.customer,
        processed_date,
    );
    let unit = units.entry(key).or_insert_with(|| RestatedUnit {
        service_code: service.into(),
        channel: channel.into(),
        customer_id: row.customer,
        customer_name: String::new(),
        processed_date,
        versions: Vec::new(),
    });
    let known = unit.versions.iter().map(|it| it.delivery);
    // The name is that of the last version; of several in it, the last in alphabetical order.
    let name = row.text[CUSTOMER_NAME];
    match known
        .max()
        .map_or(Ordering::Less, |last| last.cmp(&row.delivery))
    {
        Ordering::Less => name.clone_into(&mut unit.customer_name),
        Ordering::Equal if unit.customer_name.as_str() < name => {
            name.clone_into(&mut unit.customer_name);
        }
        _ => {}
    }
    let known = unit
        .versions
        .iter()
        .position(|it| it.delivery == row.delivery);
    let place = known.unwrap_or_else(|| {
        unit.versions.push(DeliveryVersion {
            delivery: row.delivery,
            recorded_at,
            rows: 0,
            numerator: 0,
            denominator: 0,
        });
        unit.versions.len() - 1
    });
    if let Some((part, whole)) = row.counts {
        let version = &mut unit.versions[place];
        version.rows += 1;
        version.numerator += u64::from(part);
        version.denominator += u64::from(whole);
    }
    Ok(())
}

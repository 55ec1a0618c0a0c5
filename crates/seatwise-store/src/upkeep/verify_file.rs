//! Verification of a data file's rows against the log and their content hashes.

use std::borrow::Cow;

use datafusion::arrow::array::{Array as _, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Date32Type, Int32Type, Int64Type, TimestampMicrosecondType};
use datafusion::logical_expr::col;
use futures::TryStreamExt as _;
use jiff::Timestamp;
use tokio::task::spawn_blocking;

use crate::model::columns;
use crate::model::content_hash::{ContentHash, UnitText};
use crate::model::days::day;
use crate::model::error::Cause;
use crate::model::fact::{Fact, NO_COUNT, OWN_TEXT};
use crate::model::kind::Kind;
use crate::model::texts::Texts;
use crate::table::delta::{DataFile, Table};
use crate::table::session::rows;
use crate::table::store::Store;
use crate::upkeep::finding::Verified;

/// The state of reading a file, delivery by delivery.
pub(crate) struct FileReading<'a> {
    kind: Kind,
    file: &'a DataFile,
    verified: &'a mut Verified,
    texts: Texts,
    rows: u64,
    deliveries: Vec<i64>,
    /// The delivery whose rows are being read.
    current: Option<Delivery>,
}

struct Delivery {
    head: Head<String>,
    rows: Vec<Fact>,
}

/// The common values of a delivery's rows; texts of a row are borrowed.
#[derive(PartialEq, Eq)]
struct Head<Text> {
    id: i64,
    /// Days since 1970.
    day: i32,
    customer: Text,
    service: Text,
    channel: Text,
    hash: Text,
    recorded: i64,
}

impl<Text> Head<Text> {
    fn with<'a, Other>(&'a self, text: impl Fn(&'a Text) -> Other) -> Head<Other> {
        Head {
            id: self.id,
            day: self.day,
            customer: text(&self.customer),
            service: text(&self.service),
            channel: text(&self.channel),
            hash: text(&self.hash),
            recorded: self.recorded,
        }
    }
}

impl<'a> FileReading<'a> {
    pub(crate) fn new(kind: Kind, file: &'a DataFile, verified: &'a mut Verified) -> Self {
        Self {
            kind,
            file,
            verified,
            // Stored texts are compared unchanged.
            texts: Texts::new([|text| Cow::Borrowed(text); 8]),
            rows: 0,
            deliveries: Vec::new(),
            current: None,
        }
    }

    pub(crate) async fn read(&mut self, store: &Store, table: &Table) -> Result<(), Cause> {
        // This process may have verified it earlier.
        let (file, folder) = (self.file.clone(), table.folder.clone());
        spawn_blocking(move || file.check(&folder)).await??;
        // Another tool may have written the rows in another order.
        let order = ["delivery_id", "position"].map(|name| col(name).sort(true, true));
        let mut batches = rows(store.session(), table, &[self.file])
            .await?
            .sort(order.into())?
            .execute_stream()
            .await?;
        while let Some(batch) = batches.try_next().await? {
            self.take(&batch);
        }
        Ok(())
    }

    /// Adds the rows of a batch.
    fn take(&mut self, batch: &RecordBatch) {
        let texts = columns::texts(self.kind).len();
        let days = batch.column(0).as_primitive::<Date32Type>();
        let text = |column: usize| batch.column(column).as_string_view();
        let (customers, services, channels) = (text(1), text(2), text(3));
        let own: Vec<_> = (2 + OWN_TEXT..2 + texts).map(text).collect();
        let processed = batch
            .column(2 + texts)
            .as_primitive::<TimestampMicrosecondType>();
        let counts = [3, 4].map(|column| batch.column(column + texts).as_primitive::<Int64Type>());
        let positions = batch.column(5 + texts).as_primitive::<Int32Type>();
        let ids = batch.column(6 + texts).as_primitive::<Int64Type>();
        let hashes = text(7 + texts);
        let recorded = batch
            .column(8 + texts)
            .as_primitive::<TimestampMicrosecondType>();
        for row in 0..batch.num_rows() {
            self.rows += 1;
            let head = Head {
                id: ids.value(row),
                day: days.value(row),
                customer: customers.value(row),
                service: services.value(row),
                channel: channels.value(row),
                hash: hashes.value(row),
                recorded: recorded.value(row),
            };
            let mut fact = Fact {
                text: [0; 6],
                counts: [0, 1].map(|part| {
                    let count = counts[part].is_valid(row).then(|| counts[part].value(row));
                    count.map_or(NO_COUNT, |count| u32::try_from(count).unwrap_or(NO_COUNT))
                }),
                processed: processed.value(row),
                line: u64::from(positions.value(row).unsigned_abs()),
            };
            for (column, values) in (OWN_TEXT..).zip(&own) {
                if values.is_valid(row) {
                    let number = self.texts.number(column, values.value(row).as_bytes());
                    fact.text[column - OWN_TEXT] = number.unwrap_or(0);
                }
            }
            match &mut self.current {
                Some(current) if current.head.id == head.id => {
                    let same = current.head.with(String::as_str) == head;
                    current.rows.push(fact);
                    if !same {
                        let problem = "its rows differ in customer, service, channel, day, hash \
                                       or time of recording";
                        self.damage(Some(head.id), problem.to_owned());
                    }
                }
                _ => {
                    self.end_delivery();
                    self.current = Some(Delivery {
                        head: head.with(|text| (*text).to_owned()),
                        rows: vec![fact],
                    });
                }
            }
        }
    }

    /// Checks a complete delivery.
    fn end_delivery(&mut self) {
        let Some(Delivery { head, rows }) = self.current.take() else {
            return;
        };
        let id = Some(head.id);
        if !(0..).zip(&rows).all(|(position, row)| row.line == position) {
            self.damage(
                id,
                "some of its rows are missing or stand there twice".to_owned(),
            );
        }
        if let Some(problem) = self.other_content(&head, &rows) {
            self.damage(id, problem);
        }
        if let Some(column) = self.out_of_bounds(&head) {
            let problem = format!("its {column} is not within what the log says of the file");
            self.damage(id, problem);
        }
        self.deliveries.push(head.id);
    }

    /// How a delivery differs from its hash; `None` if it does not.
    fn other_content(&self, head: &Head<String>, rows: &[Fact]) -> Option<String> {
        let Some(hash) = ContentHash::parse(&head.hash) else {
            return Some(format!("its hash `{}` is none", head.hash));
        };
        let Ok(customer) = head.customer.parse() else {
            return Some(format!("its customer `{}` is no GUID", head.customer));
        };
        let unit = UnitText {
            service: &head.service,
            channel: &head.channel,
            customer,
            day: head.day,
        };
        let again = hash.again(&unit, rows, &self.texts);
        let (again, hash) = (again.to_text(), hash.to_text());
        (again != hash).then(|| format!("its content has the hash {again}, not {hash}"))
    }

    /// A column with a value outside the log's bounds for this file, so that queries could miss it;
    /// `None` if there is none.
    fn out_of_bounds(&self, head: &Head<String>) -> Option<&'static str> {
        let (min, max) = (&self.file.stats.min_values, &self.file.stats.max_values);
        let recorded = Timestamp::from_microsecond(head.recorded).ok();
        let within = |from: &str, to: &str, text: &str| from <= text && text <= to;
        // The log has times in milliseconds.
        let (from, to) = (
            min.recorded_at.as_millisecond(),
            max.recorded_at.as_millisecond(),
        );
        let checks = [
            (
                "processed date",
                (min.processed_date..=max.processed_date).contains(&day(head.day)),
            ),
            (
                "service",
                within(&min.service_code, &max.service_code, &head.service),
            ),
            ("channel", within(&min.channel, &max.channel, &head.channel)),
            (
                "customer",
                within(
                    &min.customer_tenant_id,
                    &max.customer_tenant_id,
                    &head.customer,
                ),
            ),
            (
                "number",
                (min.delivery_id..=max.delivery_id).contains(&head.id),
            ),
            (
                "time of recording",
                recorded.is_some_and(|at| (from..=to).contains(&at.as_millisecond())),
            ),
        ];
        let wrong = checks.into_iter().find(|(_, right)| !right);
        wrong.map(|(column, _)| column)
    }

    pub(crate) fn damage(&mut self, delivery: Option<i64>, problem: String) {
        self.verified.damage(self.file, delivery, problem);
    }

    /// Ends the file; returns the numbers of its deliveries.
    pub(crate) fn finish(mut self) -> Vec<i64> {
        self.end_delivery();
        let expected = self.file.stats.num_records;
        if self.rows != expected {
            let problem = format!("it has {} rows, the log says {expected}", self.rows);
            self.damage(None, problem);
        }
        self.verified.rows += self.rows;
        self.verified.deliveries += self.deliveries.len() as u64;
        self.deliveries
    }
}

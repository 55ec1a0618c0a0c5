//! Figures over time from the rows of the days: one query, then one sweep over the dates.

use std::io;

use datafusion::arrow::array::{Array as _, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Int32Type, Int64Type, TimestampMicrosecondType};
use seatwise_types::extensions::{By, Selection};
use seatwise_types::{CustomerId, ProcessedDateTime};

use super::points::{Line, check_points};
use super::question::{HistoryQuestion, Period};
use super::sweep::{DeliverySum, FeedDays, Sweep, days_of, feed_of};
use crate::model::columns::{CHANNEL, CUSTOMER_NAME, SERVICE, TEXTS};
use crate::model::selection::{and_of_customer, selects};
use crate::model::texts::Texts;
use crate::query::counting::newest_versions;
use crate::query::question::{FEWER_DAYS, QuestionError, check_rows};
use crate::table::checksum::damage;
use crate::table::delta::Table;
use crate::table::engine::{Decoded, Engine, Reserved};
use crate::table::session::each_batch;
use crate::table::stored_row;

/// The most rows of one history, after the sums by delivery and group.
const MOST_ROWS: usize = 8 << 20;

/// The lines of a history. With the days of all deliveries, the rows of the customer that is asked for are
/// read alone.
///
/// # Errors
/// If there are too many points or rows, or the table cannot be read.
pub(super) async fn lines(
    engine: &Engine,
    table: &Table,
    question: &HistoryQuestion,
    periods: &[Period],
    days: Option<&FeedDays>,
) -> Result<Vec<Line>, QuestionError> {
    check_lines(engine, table, question, periods.len()).await?;
    let customer = question.selection.customer.filter(|_| days.is_some());
    let found = SumsRead::read(engine, table, question, customer).await?;
    found.lines(question, periods, days)
}

/// Rejects a history with too many points before its rows are read. Each customer or product with
/// rows in the days has a line.
async fn check_lines(
    engine: &Engine,
    table: &Table,
    question: &HistoryQuestion,
    dates: usize,
) -> Result<(), QuestionError> {
    let Selection {
        workload, product, ..
    } = &question.selection;
    // A selection of workloads or products can reduce the lines. Reading the rows shows by how
    // much.
    let has_line = match question.by {
        By::Customer if workload.is_none() && product.is_none() => "customer_tenant_id",
        By::Product if workload.is_none() && product.is_none() => {
            "coalesce(product_id, product_name)"
        }
        _ => return Ok(()),
    };
    let (axes, from) = (question.axes(), question.from);
    let [_, whole] = question.kind.counts();
    let sql = format!(
        "select service_code, channel, count(distinct {has_line}) from facts
         where {axes} and processed_date >= date '{from}' and {whole} is not null{}
         group by service_code, channel",
        and_of_customer(question.selection.customer)
    );
    let files = axes.files_from(from, table, &question.selection);
    let mut lines = 0;
    each_batch(
        engine.session(),
        table,
        files,
        &sql,
        "count its rows",
        |batch| {
            let [services, channels] = [0, 1].map(|column| batch.column(column).as_string_view());
            let counts = batch.column(2).as_primitive::<Int64Type>();
            for row in 0..batch.num_rows() {
                // Other tools can put several services into one file.
                if selects(
                    &question.selection,
                    (services.value(row), channels.value(row)),
                ) {
                    lines += usize::try_from(counts.value(row)).unwrap_or(usize::MAX);
                }
            }
            Ok(())
        },
    )
    .await?;
    check_points(lines, dates)
}

/// The query: the newest version of each unit, with sums for each group of the question.
fn sums(question: &HistoryQuestion, customer: Option<CustomerId>) -> String {
    let (axes, oldest) = (question.axes(), question.oldest());
    let [part, whole] = question.kind.counts();
    let by: String = question
        .tells_apart()
        .map(|column| format!(", {}", TEXTS[column]))
        .collect();
    let of_customer = and_of_customer(customer);
    let seen = format!("{axes} and processed_date >= date '{oldest}' {of_customer}");
    let newest = newest_versions(&seen);
    format!(
        "with newest as ({newest})
         select service_code, channel, customer_tenant_id, max(customer_name),
             cast(processed_date as int), max(processed_date_time),
             cast(sum({part}) as bigint), cast(sum({whole}) as bigint){by}
         from facts where delivery_id in (select number from newest) {of_customer}
         group by service_code, channel, customer_tenant_id, processed_date{by}
         limit {}",
        MOST_ROWS + 1
    )
}

/// All rows of the span, with sums by delivery and group of the question.
struct SumsRead {
    texts: Texts,
    sums: Vec<DeliverySum>,
    /// For texts and sums.
    _memory: Reserved,
    /// For the state of the sweep.
    memory: Reserved,
}

impl SumsRead {
    async fn read(
        engine: &Engine,
        table: &Table,
        question: &HistoryQuestion,
        customer: Option<CustomerId>,
    ) -> Result<Self, QuestionError> {
        let axes = question.axes();
        let of_rows = Selection {
            customer,
            ..question.selection.clone()
        };
        let files = axes.files_from(question.oldest(), table, &of_rows);
        let mut found = Decoded::new(engine);
        let sql = sums(question, customer);
        each_batch(
            engine.session(),
            table,
            files,
            &sql,
            "read its history",
            |batch| {
                found.make_room(batch.num_rows())?;
                Ok(sums_in(question, batch, &mut found)?)
            },
        )
        .await?;
        check_rows(found.rows.len(), MOST_ROWS, "rows to add up", FEWER_DAYS)?;
        let (mut sums, texts, memory) = found.into_parts();
        sums.sort_unstable_by(|a, b| {
            let order = |sum| (feed_of(&texts, sum), sum.day, sum.customer);
            order(a).cmp(&order(b))
        });
        Ok(Self {
            texts,
            sums,
            _memory: memory,
            memory: engine.reservation("a history"),
        })
    }

    fn lines(
        mut self,
        question: &HistoryQuestion,
        periods: &[Period],
        days: Option<&FeedDays>,
    ) -> Result<Vec<Line>, QuestionError> {
        let mut lines = Vec::new();
        let of_one_feed = |a: &DeliverySum, b: &DeliverySum| a.text[..2] == b.text[..2];
        for sums in self.sums.chunk_by(of_one_feed) {
            // Other tools can put several services into one file.
            let feed = feed_of(&self.texts, &sums[0]);
            if !selects(&question.selection, feed) {
                continue;
            }
            let days = match days {
                Some(days) => days.of_feed(feed),
                None => days_of(sums),
            };
            let sweep = Sweep::new(&self.texts, question, days, sums, &mut self.memory);
            lines.extend(sweep.lines(periods)?);
            check_points(lines.len(), periods.len())?;
        }
        Ok(lines)
    }
}

/// Adds the sums of a batch of [`sums`].
///
/// # Errors
/// If a sum has no customer or time, or has an impossible count: no such row is stored.
fn sums_in(
    question: &HistoryQuestion,
    batch: &RecordBatch,
    found: &mut Decoded<DeliverySum>,
) -> Result<(), io::Error> {
    let column = |number: usize| batch.column(number).as_string_view();
    let extra = (8..).zip(question.tells_apart());
    let columns: Vec<_> = [(0, SERVICE), (1, CHANNEL), (3, CUSTOMER_NAME)]
        .into_iter()
        .chain(extra)
        .map(|(number, text)| (text, column(number)))
        .collect();
    let days = batch.column(4).as_primitive::<Int32Type>();
    let processed = batch.column(5).as_primitive::<TimestampMicrosecondType>();
    let [part, whole] = [6, 7].map(|number| batch.column(number).as_primitive::<Int64Type>());
    for row in 0..batch.num_rows() {
        let (Ok(customer), Ok(processed)) = (
            column(2).value(row).parse(),
            ProcessedDateTime::from_microsecond(processed.value(row)),
        ) else {
            return Err(damage("a row has no customer or no time"));
        };
        let mut text = [0; 8];
        for (place, values) in columns.iter().filter(|(_, values)| values.is_valid(row)) {
            let value = values.value(row).as_bytes();
            text[*place] = found.texts.number(*place, value).unwrap_or(0);
        }
        found.rows.push(DeliverySum {
            text,
            customer,
            day: days.value(row),
            processed,
            counts: match whole.is_valid(row) {
                true => Some((
                    stored_row::sum(part.value(row))?,
                    stored_row::sum(whole.value(row))?,
                )),
                false => None,
            },
        });
    }
    Ok(())
}

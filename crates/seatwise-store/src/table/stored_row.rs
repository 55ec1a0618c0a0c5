//! Reading of rows: the columns that a query selects, and their meaning.

use std::io;

use datafusion::arrow::array::{
    Array as _, AsArray as _, PrimitiveArray, RecordBatch, StringViewArray,
};
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, Date32Type, Int32Type, Int64Type, TimestampMicrosecondType,
};
use seatwise_types::CustomerId;

use crate::model::columns::{self, CHANNEL, SERVICE, TEXTS};
use crate::model::kind::Kind;
use crate::table::checksum::damage;

/// A row of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoredRow<'a> {
    pub(crate) customer: CustomerId,
    /// The day of its delivery, in days since 1970.
    pub(crate) day: i32,
    /// The processed instant, in microseconds since 1970.
    pub(crate) processed: i64,
    /// The number of its delivery.
    pub(crate) delivery: i64,
    /// Its position in the delivery.
    pub(crate) position: i32,
    /// When it was recorded, in microseconds since 1970.
    pub(crate) recorded: i64,
    /// The part and the whole; `None` if it marks an empty delivery.
    pub(crate) counts: Option<(u32, u32)>,
    /// By the columns of [`TEXTS`]; empty if absent or not selected.
    pub(crate) text: [&'a str; 8],
}

/// The columns that a query selects to read rows with these texts, as far as the kind has them.
/// Service and channel are always included.
pub(crate) fn columns(kind: Kind, texts: impl IntoIterator<Item = usize>) -> Vec<&'static str> {
    let [part, whole] = kind.counts();
    let known = columns::texts(kind);
    let texts = texts.into_iter();
    let texts = texts.filter(|it| *it < known.len() && ![SERVICE, CHANNEL].contains(it));
    let mut columns = vec![
        "customer_tenant_id",
        "processed_date",
        "processed_date_time",
        "delivery_id",
        "position",
        "recorded_at",
        part,
        whole,
        known[SERVICE],
        known[CHANNEL],
    ];
    columns.extend(texts.map(|it| known[it]));
    columns
}

/// The rows of a batch that has these [`columns()`], in any order.
///
/// # Errors
/// If a column is missing or of another type.
pub(crate) fn rows(
    kind: Kind,
    batch: &RecordBatch,
) -> io::Result<impl Iterator<Item = io::Result<StoredRow<'_>>>> {
    let customers = text(batch, "customer_tenant_id")?;
    let days = numbers::<Date32Type>(batch, "processed_date")?;
    let processed = numbers::<TimestampMicrosecondType>(batch, "processed_date_time")?;
    let deliveries = numbers::<Int64Type>(batch, "delivery_id")?;
    let positions = numbers::<Int32Type>(batch, "position")?;
    let recorded = numbers::<TimestampMicrosecondType>(batch, "recorded_at")?;
    let [parts, wholes] = kind.counts().map(|name| numbers::<Int64Type>(batch, name));
    let (parts, wholes) = (parts?, wholes?);
    let texts = TEXTS.map(|name| text(batch, name).ok());
    let never_null = [
        days.nulls(),
        processed.nulls(),
        deliveries.nulls(),
        recorded.nulls(),
    ];
    let has_nulls = never_null
        .iter()
        .flatten()
        .any(|nulls| nulls.null_count() > 0);
    let mut last: Option<(&str, CustomerId)> = None;
    let row = move |row: usize| {
        if has_nulls {
            return Err(damage("a row has no day, no number or no time"));
        }
        let id = customers.value(row);
        let customer = match last {
            // Rows of a customer are consecutive.
            Some((text, customer)) if text == id => customer,
            _ => id.parse().map_err(|_| damage("a row has no customer"))?,
        };
        last = Some((id, customer));
        let is_counted = parts.is_valid(row) && wholes.is_valid(row);
        Ok(StoredRow {
            customer,
            day: days.value(row),
            processed: processed.value(row),
            delivery: deliveries.value(row),
            position: positions.value(row),
            recorded: recorded.value(row),
            counts: match is_counted {
                true => Some((count(parts.value(row))?, count(wholes.value(row))?)),
                false => None,
            },
            text: texts.map(|texts| {
                let texts = texts.filter(|texts| texts.is_valid(row));
                texts.map_or("", |texts| texts.value(row))
            }),
        })
    };
    Ok((0..batch.num_rows()).map(row))
}

/// A count of seats.
///
/// # Errors
/// If it is negative or too large.
fn count(count: i64) -> io::Result<u32> {
    u32::try_from(count).map_err(|_| damage("a row has a count that cannot be"))
}

/// The sum of counts of seats.
///
/// # Errors
/// If it is negative.
pub(crate) fn sum(sum: i64) -> io::Result<u64> {
    u64::try_from(sum).map_err(|_| damage("rows have a count that cannot be"))
}

/// A column of texts.
///
/// # Errors
/// If it is missing or of another type.
pub(crate) fn text<'a>(batch: &'a RecordBatch, name: &str) -> io::Result<&'a StringViewArray> {
    let column = batch.column_by_name(name);
    let column = column.and_then(|column| column.as_string_view_opt());
    column.ok_or_else(|| damage(format!("it has no text {name}")))
}

/// A column of numbers.
///
/// # Errors
/// If it is missing or of another type.
pub(crate) fn numbers<'a, T: ArrowPrimitiveType>(
    batch: &'a RecordBatch,
    name: &str,
) -> io::Result<&'a PrimitiveArray<T>> {
    let column = batch.column_by_name(name);
    let column = column.and_then(|column| column.as_primitive_opt());
    column.ok_or_else(|| damage(format!("it has no number {name}")))
}

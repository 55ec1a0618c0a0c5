//! Invalid rows. An import stores none, but another tool could. Readers neither skip nor interpret
//! them: the file counts as unreadable, with the reason.

use std::io;

use datafusion::arrow::array::{Array, ArrayRef, AsArray as _, new_null_array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    Date32Type, Int32Type, Int64Type, SchemaRef, TimestampMicrosecondType,
};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use jiff::Timestamp;
use seatwise_types::{CustomerId, ProcessedDateTime};

use crate::model::content_hash::ContentHash;
use crate::model::error::Cause;
use crate::model::kind::Kind;
use crate::model::limits::{DELIVERY_BITS, LARGEST_COUNT};
use crate::table::checksum::damage;
use crate::table::layout::schema;
use crate::table::storage::Location;

/// Checks the rows of a file without checksum. Files of Seatwise have one, and their rows were
/// checked by the import.
///
/// # Errors
/// If the file has an invalid row, or cannot be read.
pub(crate) fn refuse_impossible_rows(kind: Kind, file: &Location) -> io::Result<()> {
    let found = Impossible::in_file(kind, file);
    let found = found.map_err(|err| io::Error::new(io::ErrorKind::InvalidData, err))?;
    let Some(Impossible { row, why, count }) = found else {
        return Ok(());
    };
    let more = match count {
        1 => String::new(),
        2 => ", and another row cannot be".to_owned(),
        count => format!(", and {} other rows cannot be", count - 1),
    };
    Err(damage(format!(
        "another tool wrote it, and its row {row} cannot be: {why}{more}"
    )))
}

/// The first invalid row of a file.
struct Impossible {
    /// Its position in the file, from 1.
    row: u64,
    why: String,
    /// The number of invalid rows in the file.
    count: u64,
}

impl Impossible {
    /// `None` if all rows are valid.
    fn in_file(kind: Kind, file: &Location) -> Result<Option<Self>, Cause> {
        let schema = schema(kind);
        let reader = ParquetRecordBatchReaderBuilder::try_new(file.open()?)?.build()?;
        let (mut first, mut rows) = (None::<Self>, 0);
        for batch in reader {
            let batch = as_table(&schema, &batch?)?;
            let checks = Checks::new(kind, &batch);
            for row in 0..batch.num_rows() {
                rows += 1;
                if let Some(why) = checks.problem(row) {
                    let (row, count) = (rows, 0);
                    first.get_or_insert(Self { row, why, count }).count += 1;
                }
            }
        }
        Ok(first)
    }
}

/// The columns of a table in the types of the engine. Missing columns become null.
fn as_table(schema: &SchemaRef, batch: &RecordBatch) -> Result<RecordBatch, Cause> {
    let columns = schema.fields().iter().map(|field| {
        let column = batch.column_by_name(field.name());
        column.map_or_else(
            || Ok(new_null_array(field.data_type(), batch.num_rows())),
            |column| cast(column, field.data_type()),
        )
    });
    let columns = columns.collect::<Result<Vec<ArrayRef>, _>>()?;
    Ok(RecordBatch::try_new(SchemaRef::clone(schema), columns)?)
}

/// The checks of each row.
struct Checks<'a> {
    batch: &'a RecordBatch,
    counts: [&'static str; 2],
    /// The columns that must have a value in each row.
    required: Vec<(&'static str, &'a ArrayRef)>,
}

/// The columns that must have a value in each row.
const REQUIRED: [&str; 10] = [
    "processed_date",
    "customer_tenant_id",
    "service_code",
    "channel",
    "customer_name",
    "processed_date_time",
    "position",
    "delivery_id",
    "content_hash",
    "recorded_at",
];

impl<'a> Checks<'a> {
    fn new(kind: Kind, batch: &'a RecordBatch) -> Self {
        let required = REQUIRED.into_iter();
        Self {
            batch,
            counts: kind.counts(),
            required: required
                .filter_map(|name| Some((name, batch.column_by_name(name)?)))
                .collect(),
        }
    }

    fn column(&self, name: &str) -> &'a ArrayRef {
        &self.batch[name]
    }

    /// Why a row is invalid; `None` if it is valid.
    fn problem(&self, row: usize) -> Option<String> {
        let missing = self.required.iter().find(|(_, column)| column.is_null(row));
        if let Some((name, _)) = missing {
            return Some(format!("it has no {name}"));
        }
        let text = |name| self.column(name).as_string_view().value(row);
        let number = |name| self.column(name).as_primitive::<Int64Type>().value(row);
        let instant = |name| {
            let instants = self.column(name).as_primitive::<TimestampMicrosecondType>();
            instants.value(row)
        };
        let customer = text("customer_tenant_id");
        if customer.parse::<CustomerId>().is_err() {
            return Some(format!("its customer_tenant_id {customer:?} is no GUID"));
        }
        if ContentHash::parse(text("content_hash")).is_none() {
            return Some("its content_hash is none".to_owned());
        }
        let delivery = number("delivery_id");
        if !(1..1 << DELIVERY_BITS).contains(&delivery) {
            return Some(format!("its delivery_id is {delivery}"));
        }
        let position = self
            .column("position")
            .as_primitive::<Int32Type>()
            .value(row);
        if position < 0 {
            return Some(format!("its position is {position}"));
        }
        let day = self.column("processed_date").as_primitive::<Date32Type>();
        let processed = instant("processed_date_time");
        let day_of_time = processed.div_euclid(MICROSECONDS_A_DAY);
        if ProcessedDateTime::from_microsecond(processed).is_err()
            || i64::from(day.value(row)) != day_of_time
        {
            return Some("its processed_date is not that of its processed_date_time".to_owned());
        }
        if Timestamp::from_microsecond(instant("recorded_at")).is_err() {
            return Some("its recorded_at is no time".to_owned());
        }
        self.problem_of_counts(row)
    }

    /// Both counts are present, or both are missing because the delivery is empty.
    fn problem_of_counts(&self, row: usize) -> Option<String> {
        let [part, whole] = self.counts.map(|name| {
            let counts = self.column(name).as_primitive::<Int64Type>();
            counts.is_valid(row).then(|| counts.value(row))
        });
        for (name, count) in self.counts.into_iter().zip([part, whole]) {
            match count {
                Some(count) if !(0..=i64::from(LARGEST_COUNT)).contains(&count) => {
                    return Some(format!("its {name} is {count}"));
                }
                None if part.is_some() || whole.is_some() => {
                    return Some(format!("it has no {name}"));
                }
                _ => {}
            }
        }
        None
    }
}

const MICROSECONDS_A_DAY: i64 = 86_400_000_000;

//! File statistics in the log, with which queries skip files.

use datafusion::arrow::array::AsArray as _;
use datafusion::arrow::compute::{max, max_string_view, min, min_string_view};
use datafusion::arrow::datatypes::{
    ArrowNumericType, Date32Type, Int64Type, TimestampMicrosecondType,
};
use datafusion::arrow::record_batch::RecordBatch;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::model::days::day;
use crate::model::error::Cause;

/// The log's statistics of a file, in Delta's format.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FileStats {
    pub(crate) num_records: u64,
    pub(crate) min_values: Bound,
    pub(crate) max_values: Bound,
}

/// The smallest or the largest value of each column that can skip a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Bound {
    pub(crate) processed_date: Date,
    pub(crate) service_code: String,
    pub(crate) channel: String,
    pub(crate) customer_tenant_id: String,
    pub(crate) delivery_id: i64,
    pub(crate) recorded_at: Timestamp,
}

impl FileStats {
    /// The statistics of these batches, which have the columns of a table; `None` without rows.
    ///
    /// # Errors
    /// If the rows lack values that all rows must have.
    pub(crate) fn of(batches: &[RecordBatch]) -> Result<Option<Self>, Cause> {
        let mut all: Option<Self> = None;
        for batch in batches.iter().filter(|batch| batch.num_rows() > 0) {
            let of =
                |extreme| Bound::of(batch, extreme).ok_or("rows without date, service or customer");
            let one = Self {
                num_records: batch.num_rows() as u64,
                min_values: of(Extreme::Min)?,
                max_values: of(Extreme::Max)?,
            };
            all = Some(match all {
                None => one,
                Some(before) => Self {
                    num_records: before.num_records + one.num_records,
                    min_values: before.min_values.extreme(one.min_values, Extreme::Min),
                    max_values: before.max_values.extreme(one.max_values, Extreme::Max),
                },
            });
        }
        Ok(all)
    }

    /// The service and channel of all rows of the file; `None` if there are several, which happens
    /// only after another tool rewrote the table.
    pub(crate) fn single(&self) -> Option<(&str, &str)> {
        let (min, max) = (&self.min_values, &self.max_values);
        (min.service_code == max.service_code && min.channel == max.channel)
            .then_some((min.service_code.as_str(), min.channel.as_str()))
    }
}

/// The smallest or the largest value.
#[derive(Clone, Copy)]
enum Extreme {
    Min,
    Max,
}

impl Extreme {
    fn of<T: Ord>(self, a: T, b: T) -> T {
        match self {
            Self::Min => a.min(b),
            Self::Max => a.max(b),
        }
    }
}

impl Bound {
    fn of(batch: &RecordBatch, extreme: Extreme) -> Option<Self> {
        let text = |name| {
            let texts = batch.column_by_name(name)?.as_string_view_opt()?;
            let text = match extreme {
                Extreme::Min => min_string_view(texts),
                Extreme::Max => max_string_view(texts),
            };
            text.map(ToOwned::to_owned)
        };
        fn number<T: ArrowNumericType>(
            batch: &RecordBatch,
            name: &str,
            extreme: Extreme,
        ) -> Option<T::Native> {
            let numbers = batch.column_by_name(name)?.as_primitive_opt::<T>()?;
            match extreme {
                Extreme::Min => min(numbers),
                Extreme::Max => max(numbers),
            }
        }
        let recorded = number::<TimestampMicrosecondType>(batch, "recorded_at", extreme)?;
        Some(Self {
            processed_date: day(number::<Date32Type>(batch, "processed_date", extreme)?),
            service_code: text("service_code")?,
            channel: text("channel")?,
            customer_tenant_id: text("customer_tenant_id")?,
            delivery_id: number::<Int64Type>(batch, "delivery_id", extreme)?,
            recorded_at: Timestamp::from_microsecond(recorded).ok()?,
        })
    }

    fn extreme(self, other: Self, extreme: Extreme) -> Self {
        Self {
            processed_date: extreme.of(self.processed_date, other.processed_date),
            service_code: extreme.of(self.service_code, other.service_code),
            channel: extreme.of(self.channel, other.channel),
            customer_tenant_id: extreme.of(self.customer_tenant_id, other.customer_tenant_id),
            delivery_id: extreme.of(self.delivery_id, other.delivery_id),
            recorded_at: extreme.of(self.recorded_at, other.recorded_at),
        }
    }
}

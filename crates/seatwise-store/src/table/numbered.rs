//! Deliveries that are known by their numbers, from the ledger or a query: their rows are read without a
//! join with the rows of all others.

use std::collections::{BTreeSet, HashSet};

use datafusion::arrow::array::{BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::Int64Type;
use foldhash::fast::RandomState;

use crate::model::days::{days, of_days};
use crate::model::error::Cause;
use crate::table::delta::DataFile;
use crate::table::stored_row::numbers;

/// Some deliveries of a table.
pub(crate) struct Deliveries {
    /// Their numbers, in order.
    numbers: Vec<i64>,
    is_one: HashSet<i64, RandomState>,
    /// Their days, in days since 1970.
    days: BTreeSet<i32>,
}

impl Deliveries {
    /// Those with these days, in days since 1970, and numbers.
    pub(crate) fn of(deliveries: impl IntoIterator<Item = (i32, i64)>) -> Self {
        let (days, mut numbers): (BTreeSet<i32>, Vec<i64>) = deliveries.into_iter().unzip();
        numbers.sort_unstable();
        Self {
            is_one: numbers.iter().copied().collect(),
            numbers,
            days,
        }
    }

    /// Whether one of them has this number.
    pub(crate) fn has(&self, number: i64) -> bool {
        self.is_one.contains(&number)
    }

    /// The files that have rows of them.
    pub(crate) fn files<'a>(&self, files: &'a [DataFile]) -> Vec<&'a DataFile> {
        let may_have = |file: &&DataFile| {
            let (min, max) = (&file.stats.min_values, &file.stats.max_values);
            let (first, last) = (days(min.processed_date), days(max.processed_date));
            let numbers = file.numbers();
            let next = self.numbers.partition_point(|it| it < numbers.start());
            self.days.range(first..=last).next().is_some()
                && self.numbers.get(next).is_some_and(|it| it <= numbers.end())
        };
        files.iter().filter(may_have).collect()
    }

    /// What is true of all of their rows, and of few others.
    pub(crate) fn condition(&self) -> String {
        of_days(self.days.iter().copied())
    }

    /// The rows of a batch that are of them.
    ///
    /// # Errors
    /// If the batch has no numbers of deliveries.
    pub(crate) fn rows_of(&self, batch: &RecordBatch) -> Result<RecordBatch, Cause> {
        let numbers = numbers::<Int64Type>(batch, "delivery_id")?;
        let is_one = |number: Option<i64>| number.is_some_and(|it| self.has(it));
        let picked: BooleanArray = numbers.iter().map(|it| Some(is_one(it))).collect();
        Ok(filter_record_batch(batch, &picked)?)
    }
}

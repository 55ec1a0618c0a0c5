//! The newest delivery of each customer, service and channel, by its number: the ledger knows it, so that
//! no row is read to find out.

use std::collections::HashSet;

use datafusion::arrow::array::{AsArray as _, BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::arrow::error::ArrowError;
use foldhash::fast::RandomState;
use jiff::civil::Date;

use crate::model::days::day;
use crate::model::error::StoreError;
use crate::table::delta::{DataFile, Table};
use crate::table::store::Store;

/// The newest deliveries of a table.
pub(super) struct NewestDeliveries {
    /// In their order.
    numbers: Vec<i64>,
    is_newest: HashSet<i64, RandomState>,
    first: Date,
    last: Date,
}

impl Store {
    /// The newest deliveries at a version of a table; none if no ledger covers just this version, and if
    /// nothing was delivered.
    ///
    /// # Errors
    /// As for [`ledger`](Self::ledger).
    pub(super) async fn newest_deliveries(
        &self,
        table: &Table,
    ) -> Result<Option<NewestDeliveries>, StoreError> {
        let ledger = self.ledger(table).await?;
        let Some(ledger) = ledger.filter(|ledger| ledger.is_of(table)) else {
            return Ok(None);
        };
        let (mut numbers, mut days) = (Vec::new(), Vec::new());
        for (day, number) in ledger.newest_deliveries() {
            numbers.push(number);
            days.push(day);
        }
        numbers.sort_unstable();
        let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) else {
            return Ok(None);
        };
        Ok(Some(NewestDeliveries {
            is_newest: numbers.iter().copied().collect(),
            numbers,
            first: day(*first),
            last: day(*last),
        }))
    }
}

impl NewestDeliveries {
    /// The files that have rows of them.
    pub(super) fn files<'a>(&self, files: &'a [DataFile]) -> Vec<&'a DataFile> {
        let may_have = |file: &&DataFile| {
            let (min, max) = (&file.stats.min_values, &file.stats.max_values);
            let numbers = file.numbers();
            let next = self.numbers.partition_point(|it| it < numbers.start());
            min.processed_date <= self.last
                && self.first <= max.processed_date
                && self.numbers.get(next).is_some_and(|it| it <= numbers.end())
        };
        files.iter().filter(may_have).collect()
    }

    /// What is true of all of their rows, and of few others.
    pub(super) fn condition(&self) -> String {
        let Self { first, last, .. } = self;
        format!("processed_date between date '{first}' and date '{last}'")
    }

    /// The rows of a batch that are of them. `column` has the numbers of the deliveries.
    pub(super) fn rows_of(
        &self,
        batch: &RecordBatch,
        column: usize,
    ) -> Result<RecordBatch, ArrowError> {
        let numbers = batch.column(column).as_primitive::<Int64Type>();
        let is_newest = |number: Option<i64>| number.is_some_and(|it| self.is_newest.contains(&it));
        let picked: BooleanArray = numbers.iter().map(|it| Some(is_newest(it))).collect();
        filter_record_batch(batch, &picked)
    }
}

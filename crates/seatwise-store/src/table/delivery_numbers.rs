//! Deliveries selected by their numbers, from the ledger or a query. Reading their rows needs no
//! join with all other rows.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::{Array as _, AsArray as _, BooleanArray, RecordBatch};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::logical_expr::{ColumnarValue, Expr, Volatility, col, create_udf, lit};
use datafusion::prelude::SessionContext;
use foldhash::fast::RandomState;
use seatwise_types::CustomerId;

use crate::model::days::days;
use crate::model::error::{Cause, StoreError};
use crate::table::customer_range::CustomerRange;
use crate::table::delta::{DataFile, Table};
use crate::table::session::each_selected;
use crate::table::stored_row;

/// A set of deliveries of a table.
pub(crate) struct DeliveryNumbers {
    /// Their numbers, sorted.
    numbers: Vec<i64>,
    is_one: Arc<HashSet<i64, RandomState>>,
    /// Their days, in days since 1970.
    days: BTreeSet<i32>,
}

impl DeliveryNumbers {
    /// The deliveries with these days (in days since 1970) and numbers.
    pub(crate) fn of(deliveries: impl IntoIterator<Item = (i32, i64)>) -> Self {
        let (days, mut numbers): (BTreeSet<i32>, Vec<i64>) = deliveries.into_iter().unzip();
        numbers.sort_unstable();
        Self {
            is_one: Arc::new(numbers.iter().copied().collect()),
            numbers,
            days,
        }
    }

    /// Passes their rows to `take`, batch by batch, with the [`columns`](stored_row::columns()) for
    /// these texts. With a customer, only those of the customer. `action` names what failed in
    /// errors.
    ///
    /// # Errors
    /// If the table cannot be read, and those of `take`.
    pub(crate) async fn each_batch(
        &self,
        session: &SessionContext,
        table: &Table,
        texts: impl IntoIterator<Item = usize>,
        customer: Option<CustomerId>,
        action: &'static str,
        take: impl FnMut(&RecordBatch) -> Result<(), Cause>,
    ) -> Result<(), StoreError> {
        let mut files = self.files(&table.files);
        let columns = stored_row::columns(table.kind, texts);
        let mut filter = self.filter();
        if let Some(customer) = customer {
            let range = CustomerRange::of([customer]);
            files.retain(|file| range.may_be_in(file));
            // Pages of other customers are skipped by it, so it comes first.
            let of_customer = col("customer_tenant_id").eq(lit(customer.to_string()));
            filter = of_customer.and(filter);
        }
        each_selected(session, table, files, &columns, filter, action, take).await
    }

    /// The files that have rows of them.
    fn files<'a>(&self, files: &'a [DataFile]) -> Vec<&'a DataFile> {
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

    /// A filter for exactly their rows. The reader decodes the numbers of all rows of a file first,
    /// and nothing else of other rows. Additional filters on days or ranges of numbers were slower.
    fn filter(&self) -> Expr {
        let numbers = Arc::clone(&self.is_one);
        let is_one = move |arguments: &[ColumnarValue]| {
            let arrays = ColumnarValue::values_to_arrays(arguments)?;
            let values = arrays[0].as_primitive::<Int64Type>();
            // The rows of a delivery follow one another: each number is looked up once.
            let (mut last, mut is_one) = (None, false);
            let are_some = BooleanBuffer::collect_bool(values.len(), |row| {
                let number = values.is_valid(row).then(|| values.value(row));
                if number != last {
                    last = number;
                    is_one = number.is_some_and(|number| numbers.contains(&number));
                }
                is_one
            });
            let are_some = BooleanArray::new(are_some, None);
            Ok(ColumnarValue::Array(Arc::new(are_some)))
        };
        let is_one = create_udf(
            "is_one",
            vec![DataType::Int64],
            DataType::Boolean,
            Volatility::Immutable,
            Arc::new(is_one),
        );
        is_one.call(vec![col("delivery_id")])
    }
}

//! The rows of deliveries that no longer count, for explanations: replaced versions, and each
//! customer's previous delivery.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::{
    SortColumn, concat_batches, lexsort_to_indices, take_record_batch,
};
use jiff::civil::Date;
use seatwise_types::CustomerId;
use seatwise_types::extensions::Selection;

use crate::model::axes::Axes;
use crate::model::columns::{CODE, PRODUCT, PRODUCT_ID, WORKLOAD};
use crate::model::days::{day, of_days};
use crate::model::error::{Cause, StoreError};
use crate::model::kind::Kind;
use crate::model::selection::and_of_customer;
use crate::table::customer_range::CustomerRange;
use crate::table::damage::damaged;
use crate::table::delivery_numbers::DeliveryNumbers;
use crate::table::delta::{DataFile, Table};
use crate::table::engine::Engine;
use crate::table::session::each_batch;
use crate::table::stored_row;

/// The most rows that do not count in one explanation.
pub(super) const MOST_ROWS: usize = 4 << 20;

/// Earlier deliveries, from the ledger.
pub(super) struct Earlier {
    /// Each customer's delivery before its newest one.
    pub(super) before: DeliveryNumbers,
    /// The customers whose newest delivery has several versions, and its day.
    pub(super) restated: Vec<(CustomerId, i32)>,
}

/// Reads earlier rows from a table.
pub(super) struct Reading<'a> {
    pub(super) engine: &'a Engine,
    pub(super) table: &'a Table,
    pub(super) axes: Axes,
    /// The only customer to read; `None` for all.
    pub(super) customer: Option<CustomerId>,
}

/// The text columns of a row, in addition to service and channel.
const OF: [usize; 4] = [PRODUCT_ID, PRODUCT, CODE, WORKLOAD];

/// The columns to read.
fn columns_of(kind: Kind) -> String {
    stored_row::columns(kind, OF).join(", ")
}

impl Reading<'_> {
    /// Passes the earlier deliveries of the ledger to `note`, with a flag whether their products
    /// may have vanished.
    pub(super) async fn earlier(
        &self,
        known: &Earlier,
        selection: &Selection,
        note: &mut impl FnMut(&RecordBatch, bool) -> Result<(), Cause>,
    ) -> Result<(), StoreError> {
        let Earlier { before, restated } = known;
        let mut memory = self.engine.reservation("earlier deliveries");
        let mut read: Vec<RecordBatch> = Vec::new();
        let keep = |batch: &RecordBatch| {
            memory.grow(batch.num_rows() * ROW_BYTES)?;
            read.push(batch.clone());
            Ok(())
        };
        let session = self.engine.session();
        before
            .each_batch(session, self.table, OF, self.customer, ACTION, keep)
            .await?;
        let noted = in_order(&read).and_then(|batch| match batch {
            Some(batch) => note(&batch, true),
            None => Ok(()),
        });
        noted.map_err(|err| self.failed(err))?;
        if restated.is_empty() {
            return Ok(());
        }
        let days: BTreeSet<i32> = restated.iter().map(|(_, day)| *day).collect();
        let customers = CustomerRange::of(restated.iter().map(|(id, _)| *id));
        let first = days.first().map_or(Date::MIN, |first| day(*first));
        let files = self.axes.files_from(first, self.table, selection);
        let files = files.into_iter().filter(|file| customers.may_be_in(file));
        let sql = format!(
            "{} and {}",
            of_days(days.iter().copied()),
            customers.condition()
        );
        self.each(files.collect(), &self.rows(&sql), |batch| {
            note(batch, false)
        })
        .await
    }

    /// As [`earlier`](Self::earlier), without a ledger.
    pub(super) async fn around(
        &self,
        oldest: Date,
        selection: &Selection,
        note: &mut impl FnMut(&RecordBatch, bool) -> Result<(), Cause>,
    ) -> Result<(), StoreError> {
        let files = self.axes.files_from(oldest, self.table, selection);
        let sql = around(
            self.table.kind,
            self.axes,
            oldest,
            &and_of_customer(self.customer),
        );
        self.each(files, &sql, |batch| note(batch, true)).await
    }

    /// The query for the rows that meet a condition.
    fn rows(&self, condition: &str) -> String {
        let (columns, of_customer) = (columns_of(self.table.kind), and_of_customer(self.customer));
        format!("select {columns} from facts where {condition} {of_customer}")
    }

    async fn each(
        &self,
        files: Vec<&DataFile>,
        sql: &str,
        take: impl FnMut(&RecordBatch) -> Result<(), Cause>,
    ) -> Result<(), StoreError> {
        each_batch(self.engine.session(), self.table, files, sql, ACTION, take).await
    }

    fn failed(&self, err: Cause) -> StoreError {
        let Table {
            partner,
            kind,
            ref folder,
            ..
        } = *self.table;
        damaged(partner, kind, ACTION, folder, err)
    }
}

const ACTION: &str = "read its versions";

/// The approximate memory of a row in bytes: once as read, and once sorted.
const ROW_BYTES: usize = 2 * 256;

/// The rows in the order of their deliveries and positions; `None` if there are no rows.
fn in_order(batches: &[RecordBatch]) -> Result<Option<RecordBatch>, Cause> {
    let Some(first) = batches.first() else {
        return Ok(None);
    };
    let all = concat_batches(&first.schema(), batches)?;
    let by = ["delivery_id", "position"].map(|name| all.column_by_name(name));
    let by = by.into_iter().flatten().map(|values| SortColumn {
        values: Arc::clone(values),
        options: None,
    });
    let order = lexsort_to_indices(&by.collect::<Vec<_>>(), None)?;
    Ok(Some(take_record_batch(&all, &order)?))
}

/// The query for each customer's newest day without the version that counts, and for the previous
/// day in the version that counted.
fn around(kind: Kind, axes: Axes, oldest: Date, of_customer: &str) -> String {
    let columns = columns_of(kind);
    format!(
        "with seen as (
             select distinct service_code, channel, customer_tenant_id, processed_date, delivery_id
             from facts where {axes} and processed_date >= date '{oldest}' {of_customer}),
         aged as (
             select delivery_id,
                 dense_rank() over (
                     partition by service_code, channel, customer_tenant_id
                     order by processed_date desc) as age,
                 row_number() over (
                     partition by service_code, channel, customer_tenant_id, processed_date
                     order by delivery_id desc) as place
             from seen),
         earlier as (
             select * from facts where delivery_id in (
                 select delivery_id from aged
                 where (age = 1 and place > 1) or (age = 2 and place = 1)) {of_customer}
             limit {})
         select {columns} from earlier order by delivery_id, position",
        MOST_ROWS + 1
    )
}

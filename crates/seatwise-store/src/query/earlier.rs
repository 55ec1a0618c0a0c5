//! The rows of deliveries before those that count, for explanations: other versions of them, and each
//! customer's delivery before.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::{
    SortColumn, concat_batches, lexsort_to_indices, take_record_batch,
};
use datafusion::arrow::error::ArrowError;
use jiff::civil::Date;
use seatwise_types::CustomerId;
use seatwise_types::own::Selection;

use crate::model::axes::Axes;
use crate::model::columns::workload_columns;
use crate::model::days::{day, of_days};
use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::model::selection::and_of_customer;
use crate::table::delta::{DataFile, Table, damaged};
use crate::table::engine::Engine;
use crate::table::numbered::Deliveries;
use crate::table::session::each_batch;

/// How many rows that do not count, beside those that do, an explanation may be made of.
pub(super) const MOST_ROWS: usize = 4 << 20;

/// What the ledger knows of deliveries before the newest ones.
pub(super) struct Earlier {
    /// Each customer's delivery before the newest one.
    pub(super) before: Deliveries,
    /// The days of newest deliveries that may have several versions.
    pub(super) restated: BTreeSet<i32>,
}

/// Rows before those that count are read from a table.
pub(super) struct Reading<'a> {
    pub(super) engine: &'a Engine,
    pub(super) table: &'a Table,
    pub(super) axes: Axes,
    /// The only one whose rows matter.
    pub(super) customer: Option<CustomerId>,
}

/// The column of [`columns_of`] with the numbers of deliveries, and the one with the places of rows.
pub(super) const NUMBER: usize = 4;
const POSITION: usize = 8;

/// The columns that are read of a row.
fn columns_of(kind: Kind) -> String {
    let [part, whole] = kind.counts();
    let workload = workload_columns(kind);
    format!(
        "service_code, channel, customer_tenant_id, cast(processed_date as int), delivery_id, recorded_at,
             {part}, {whole}, position, product_id, product_name{workload}"
    )
}

impl Reading<'_> {
    /// Gives what the ledger knows to `note`, with whether a product may have vanished that is in it.
    pub(super) async fn earlier(
        &self,
        known: &Earlier,
        note: &mut impl FnMut(&RecordBatch, bool) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let Earlier { before, restated } = known;
        let files = before.files(&self.table.files);
        let sql = self.rows(&before.condition());
        let mut memory = self.engine.reservation("earlier deliveries");
        let mut read: Vec<RecordBatch> = Vec::new();
        self.each(files, &sql, |batch| {
            let batch = before
                .rows_of(batch, NUMBER)
                .map_err(|err| self.failed(err))?;
            memory.grow(batch.num_rows() * ROW_BYTES)?;
            read.push(batch);
            Ok(())
        })
        .await?;
        if let Some(batch) = in_order(&read).map_err(|err| self.failed(err))? {
            note(&batch, true)?;
        }
        if restated.is_empty() {
            return Ok(());
        }
        let (first, days) = (restated.first(), of_days(restated.iter().copied()));
        let all = Selection::default();
        let files = first.map(|first| self.axes.files_from(day(*first), self.table, &all));
        let sql = self.rows(&days);
        self.each(files.unwrap_or_default(), &sql, |batch| note(batch, false))
            .await
    }

    /// As [`earlier`](Self::earlier), where the ledger does not know it.
    pub(super) async fn around(
        &self,
        oldest: Date,
        selection: &Selection,
        note: &mut impl FnMut(&RecordBatch, bool) -> Result<(), StoreError>,
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

    /// The query for the rows that have a condition.
    fn rows(&self, condition: &str) -> String {
        let (columns, of_customer) = (columns_of(self.table.kind), and_of_customer(self.customer));
        format!("select {columns} from facts where {condition} {of_customer}")
    }

    async fn each(
        &self,
        files: Vec<&DataFile>,
        sql: &str,
        take: impl FnMut(&RecordBatch) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        each_batch(self.engine.session(), self.table, files, sql, ACTION, take).await
    }

    fn failed(&self, err: ArrowError) -> StoreError {
        let Table {
            partner,
            kind,
            ref path,
            ..
        } = *self.table;
        damaged(partner, kind, ACTION, path, err)
    }
}

const ACTION: &str = "read its versions";

/// About how many bytes of memory a row takes, once as it was read and once in its order.
const ROW_BYTES: usize = 2 * 256;

/// Rows in the order of their deliveries and places; none if there are none.
fn in_order(batches: &[RecordBatch]) -> Result<Option<RecordBatch>, ArrowError> {
    let Some(first) = batches.first() else {
        return Ok(None);
    };
    let all = concat_batches(&first.schema(), batches)?;
    let by = [NUMBER, POSITION].map(|column| SortColumn {
        values: Arc::clone(all.column(column)),
        options: None,
    });
    take_record_batch(&all, &lexsort_to_indices(&by, None)?).map(Some)
}

/// The query for each customer's newest day without the version that counts, and of the day before
/// the version that counted.
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
                 where (age = 1 and place > 1) or (age = 2 and place = 1))
             limit {})
         select {columns} from earlier order by delivery_id, position",
        MOST_ROWS + 1
    )
}

//! Builds a ledger from the rows of a table, or updates it with the added rows.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;

use datafusion::arrow::array::{AsArray as _, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::prelude::SessionContext;
use foldhash::fast::RandomState;
use seatwise_types::CustomerId;

use super::chain::{TableRow, replay};
use super::newest::Newest;
use super::{Changes, Days, FeedNumber, Ledger, MOST_ENTRIES};
use crate::model::columns::{CHANNEL, CODE, PRODUCT, PRODUCT_ID, SERVICE, WORKLOAD};
use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::table::checksum::damage;
use crate::table::covers::Covers;
use crate::table::customer_range::CustomerRange;
use crate::table::delivery_numbers::DeliveryNumbers;
use crate::table::delta::{DataFile, Table};
use crate::table::session::each_batch;
use crate::table::stored_row;

const ACTION: &str = "add up its rows";

/// The approximate number of rows in memory at once, with 64 bytes each.
const ROWS_AT_ONCE: u64 = 1 << 20;

/// The number of customers that fit in memory, regardless of their rows.
const FEW_CUSTOMERS: usize = 32;

impl Ledger {
    /// Builds the ledger of a table; `None` if it would have too many entries to be useful.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub(super) async fn build(
        session: &SessionContext,
        table: &Table,
    ) -> Result<Option<Self>, StoreError> {
        let mut ledger = Self::new(Covers::all_of(table));
        let reading = Reading { session, table };
        let customers = reading.customers(None).await?;
        let gathered = ledger.gather(&reading, &customers, Vec::new(), i64::MIN);
        Ok(gathered.await?.then_some(ledger))
    }

    /// Updates the ledger to a later version of the table. Returns false if that is impossible; the
    /// ledger is then unusable and must be rebuilt.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub(super) async fn follow(
        &mut self,
        session: &SessionContext,
        table: &Table,
    ) -> Result<bool, StoreError> {
        if !self.covers.can_follow(table) {
            return Ok(false);
        }
        let after = self.covers.last_delivery;
        let rows_before = self.covers.rows;
        self.covers = Covers::all_of(table);
        if self.covers.last_delivery == after {
            return Ok(self.covers.rows == rows_before);
        }
        let reading = Reading { session, table };
        let mut rows = reading.added_after(after, self).await?;
        // If rows were removed meanwhile, others would be missing too.
        if rows_before + rows.len() as u64 != self.covers.rows {
            return Ok(false);
        }
        let mut first_days: HashMap<(FeedNumber, CustomerId), i32, RandomState> =
            HashMap::default();
        for row in &rows {
            let first = first_days
                .entry((row.feed, row.customer))
                .or_insert(row.day);
            *first = row.day.min(*first);
        }
        // If a customer has a new delivery older than its newest one, reads all its rows.
        let of = |at: &(FeedNumber, CustomerId)| self.newest.get(at).copied();
        let late = first_days
            .iter()
            .filter(|(at, day)| of(at).is_some_and(|it| **day < it.day));
        let late: HashSet<CustomerId, RandomState> = late.map(|((_, id), _)| *id).collect();
        let before: Vec<(CustomerId, Newest)> = first_days
            .keys()
            .filter(|(_, id)| !late.contains(id))
            .filter_map(|at| Some((at.1, of(at)?)))
            .collect();
        rows.retain(|row| !late.contains(&row.customer));
        reading.versions(&before, self, &mut rows).await?;
        let late = match late.len() {
            0..=FEW_CUSTOMERS => late.into_iter().map(|id| (id, 0)).collect(),
            _ => reading.customers(Some(&late)).await?,
        };
        self.gather(&reading, &late, rows, after).await
    }

    /// Adds the changes by these rows and by all rows of these customers, for deliveries with a
    /// larger number than `after`. Returns false if that makes too many entries.
    async fn gather(
        &mut self,
        reading: &Reading<'_>,
        customers: &[(CustomerId, u64)],
        rows: Vec<TableRow>,
        after: i64,
    ) -> Result<bool, StoreError> {
        if !rows.is_empty() && !self.replay(rows, after) {
            return Ok(false);
        }
        let Table { partner, kind, .. } = *reading.table;
        let all: u64 = customers.iter().map(|(_, rows)| rows).sum();
        let (mut rest, mut done, mut tenths) = (customers, 0, 0);
        while !rest.is_empty() {
            let mut rows = 0;
            let fits = |(_, more): &&(CustomerId, u64)| {
                rows += more;
                rows <= ROWS_AT_ONCE
            };
            let count = rest.iter().take_while(fits).count().max(1);
            let (some, others) = rest.split_at(count);
            let rows = reading.all_of(some, self).await?;
            done += rows.len() as u64;
            if !self.replay(rows, after) {
                return Ok(false);
            }
            rest = others;
            // Reports progress: a large table takes a minute.
            let now = done * 10 / all.max(1);
            if now > tenths && all > ROWS_AT_ONCE {
                tracing::info!(%partner, table = %kind, percent = now * 10, "making the ledger");
                tenths = now;
            }
        }
        Ok(true)
    }

    /// Adds the changes by rows. Returns false if that makes too many entries.
    fn replay(&mut self, mut rows: Vec<TableRow>, after: i64) -> bool {
        rows.sort_unstable_by_key(|row| (row.customer, row.feed, row.delivery));
        let mut changes = Changes::from(self.exact_from);
        for chain in rows.chunk_by(|a, b| (a.customer, a.feed) == (b.customer, b.feed)) {
            replay(chain, after, &mut changes);
            let TableRow { customer, feed, .. } = chain[0];
            for row in chain.iter().filter(|row| row.delivery > after) {
                let days = &mut self.days[feed.0 as usize].delivered;
                let first = days.entry(row.day).or_insert(row.recorded);
                *first = row.recorded.min(*first);
            }
            if let Some(last) = chain.iter().max_by_key(|row| (row.day, row.delivery)) {
                let before = chain.iter().filter(|row| row.day < last.day);
                let before = before.map(|row| (row.day, row.delivery)).max();
                let known = self.newest.get(&(feed, customer));
                let first = known.map_or(last.day, |known| known.first);
                let first = chain.iter().map(|row| row.day).fold(first, i32::min);
                // If the newest delivery is restated, the previous one may be absent here.
                let known = known.filter(|known| known.day == last.day);
                let mut of_day = chain.iter().filter(|row| row.day == last.day);
                let is_restated = of_day.any(|row| row.delivery != last.delivery);
                let newest = Newest {
                    first,
                    day: last.day,
                    delivery: last.delivery,
                    is_restated: is_restated || known.is_some_and(|known| known.is_restated),
                    before: before.max(known.and_then(|known| known.before)),
                };
                self.newest.insert((feed, customer), newest);
            }
            if changes.entries.len() > MOST_ENTRIES {
                if !self.take(changes) {
                    return false;
                }
                changes = Changes::from(self.exact_from);
            }
        }
        self.take(changes)
    }
}

/// Reads rows from a table.
struct Reading<'a> {
    session: &'a SessionContext,
    table: &'a Table,
}

impl Reading<'_> {
    /// Customers by id with their number of rows: all, or only `some`.
    async fn customers(
        &self,
        some: Option<&HashSet<CustomerId, RandomState>>,
    ) -> Result<Vec<(CustomerId, u64)>, StoreError> {
        let sql = "select customer_tenant_id, count(*) from facts group by customer_tenant_id";
        let files = self.table.files.iter();
        let mut customers = BTreeMap::new();
        self.each(files, sql, |batch| {
            let counts = batch.column(1).as_primitive::<Int64Type>();
            for (id, count) in batch.column(0).as_string_view().iter().zip(counts) {
                let id = id.and_then(|id| id.parse::<CustomerId>().ok());
                let (Some(id), Some(count)) = (id, count) else {
                    return Err(damage("a row has no customer"));
                };
                if some.is_none_or(|some| some.contains(&id)) {
                    *customers.entry(id).or_default() += count.unsigned_abs();
                }
            }
            Ok(())
        })
        .await?;
        Ok(customers.into_iter().collect())
    }

    /// The rows of deliveries with a larger number.
    async fn added_after(
        &self,
        after: i64,
        ledger: &mut Ledger,
    ) -> Result<Vec<TableRow>, StoreError> {
        let files = self.table.files.iter();
        let files = files.filter(|file| *file.numbers().end() > after);
        let mut rows = Vec::new();
        let condition = format!("delivery_id > {after}");
        self.rows(files, &condition, ledger, &mut rows, |_| true)
            .await?;
        Ok(rows)
    }

    /// Adds the rows of these versions of deliveries.
    async fn versions(
        &self,
        versions: &[(CustomerId, Newest)],
        ledger: &mut Ledger,
        rows: &mut Vec<TableRow>,
    ) -> Result<(), StoreError> {
        if versions.is_empty() {
            return Ok(());
        }
        let deliveries = DeliveryNumbers::of(versions.iter().map(|(_, it)| (it.day, it.delivery)));
        let kind = self.table.kind;
        let take = |batch: &_| Ok(decode(kind, batch, ledger, rows, &|_| true)?);
        deliveries
            .each_batch(self.session, self.table, OF, None, ACTION, take)
            .await
    }

    /// All rows of these customers.
    async fn all_of(
        &self,
        customers: &[(CustomerId, u64)],
        ledger: &mut Ledger,
    ) -> Result<Vec<TableRow>, StoreError> {
        let mut ids: Vec<CustomerId> = customers.iter().map(|(id, _)| *id).collect();
        ids.sort_unstable();
        let range = CustomerRange::of(ids.iter().copied());
        let files = self.table.files.iter();
        let files = files.filter(|file| range.may_be_in(file));
        let mut rows = Vec::new();
        let keep = |row: &TableRow| ids.binary_search(&row.customer).is_ok();
        self.rows(files, &range.condition(), ledger, &mut rows, keep)
            .await?;
        Ok(rows)
    }

    /// Adds the rows of these files that meet a condition and that `keep` accepts.
    async fn rows<'f>(
        &self,
        files: impl Iterator<Item = &'f DataFile>,
        condition: &str,
        ledger: &mut Ledger,
        rows: &mut Vec<TableRow>,
        keep: impl Fn(&TableRow) -> bool,
    ) -> Result<(), StoreError> {
        let kind = self.table.kind;
        let columns = stored_row::columns(kind, OF).join(", ");
        let sql = format!("select {columns} from facts where {condition}");
        self.each(files, &sql, |batch| {
            decode(kind, batch, ledger, rows, &keep)
        })
        .await
    }

    async fn each<'f>(
        &self,
        files: impl Iterator<Item = &'f DataFile>,
        sql: &str,
        mut take: impl FnMut(&RecordBatch) -> io::Result<()>,
    ) -> Result<(), StoreError> {
        let take = |batch: &_| Ok(take(batch)?);
        each_batch(self.session, self.table, files, sql, ACTION, take).await
    }
}

/// The text columns of a group, in addition to service and channel.
const OF: [usize; 4] = [PRODUCT_ID, PRODUCT, CODE, WORKLOAD];

/// Adds the rows of a batch.
///
/// # Errors
/// If a row has an impossible value.
fn decode(
    kind: Kind,
    batch: &RecordBatch,
    ledger: &mut Ledger,
    rows: &mut Vec<TableRow>,
    keep: &impl Fn(&TableRow) -> bool,
) -> io::Result<()> {
    for row in stored_row::rows(kind, batch)? {
        let row = row?;
        let feed = ledger.names.feed(row.text[SERVICE], row.text[CHANNEL]);
        ledger
            .days
            .resize_with(ledger.days.len().max(feed.0 as usize + 1), Days::default);
        let row = TableRow {
            customer: row.customer,
            feed,
            group: ledger.names.number(feed, OF.map(|column| row.text[column])),
            delivery: row.delivery,
            day: row.day,
            processed: row.processed,
            recorded: row.recorded.div_euclid(1000),
            counts: row.counts,
        };
        if keep(&row) {
            rows.push(row);
        }
    }
    Ok(())
}

//! Permanent erasure of rows of a customer, or of old days.

use std::collections::HashSet;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, col, lit};
use deltalake::kernel::Add;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use seatwise_types::{CustomerId, PartnerId};
use serde::Serialize;
use tokio::task::spawn_blocking;

use crate::model::days::days;
use crate::model::error::{Cause, StoreError};
use crate::model::kind::Kind;
use crate::model::limits::LATE_AFTER_DAYS;
use crate::table::damage::damaged;
use crate::table::delta::{DataFile, Table};
use crate::table::engine::collect;
use crate::table::folder::remove_folder;
use crate::table::merge::in_order;
use crate::table::session::rows;
use crate::table::stats::FileStats;
use crate::table::store::Store;
use crate::upkeep::unnamed_files::{files_in, left_files};

/// What to erase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erase {
    /// Everything of a customer.
    Customer(CustomerId),
    /// Deliveries with an earlier processed date, in UTC. The newest 35 days of each service and
    /// channel stay, so that no delivery is erased that is current or can be requested as late.
    Before(Date),
}

/// The result of erasing from a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Erased {
    /// Deliveries, including restated ones.
    pub deliveries: u64,
    /// Their rows.
    pub rows: u64,
    /// Data files removed from the disk, including those of earlier versions.
    pub files_removed: u64,
    /// If the table has no rows of a customer: files of earlier versions, and other files beside
    /// the table, that have such rows, or that are unreadable and may have them. They are removed
    /// with all earlier versions.
    pub other_files: u64,
}

impl Store {
    /// Erases rows from a table permanently: from its files, from files of earlier versions, and
    /// from the log. `None` if the partner has no such table. With `dry_run` it only counts.
    ///
    /// Earlier versions of the table are no longer readable, unless there was nothing to erase in
    /// any version. Receipts under keys and the list of imports can have bad rows of a customer, and
    /// files that are named after it, so all of the partner's are removed with the customer. Other
    /// copies of the rows are not erased: backups, exports, imported files.
    ///
    /// # Errors
    /// If the table cannot be read or written. Call again to erase the rest. If the folder is on a
    /// file system without locks, where others may be writing.
    pub async fn erase(
        &self,
        partner: PartnerId,
        kind: Kind,
        what: Erase,
        now: Timestamp,
        dry_run: bool,
    ) -> Result<Option<Erased>, StoreError> {
        if self.table(partner, kind).await?.is_none() {
            return Ok(None);
        }
        let lock = self.lock(partner, now).await?;
        if !dry_run {
            lock.excludes_others(&self.partner_folder(partner))?;
        }
        // They are unreadable, but may have rows of any customer and day.
        let aside = self.damaged_files(partner, kind);
        let files_aside = files_in(&aside).map_err(|err| StoreError::io("list", &aside, err))?;
        if !dry_run {
            // They may have any rows, and nothing else writes now.
            self.remove_unfinished(partner);
        }
        if let (Erase::Customer(customer), false) = (what, dry_run) {
            self.remove_receipts(partner)?;
            self.remove_past_imports(partner)?;
            self.remove_guest_links(partner, customer)?;
        }
        loop {
            let Some(table) = self.table(partner, kind).await? else {
                return Ok(None);
            };
            let failed = |err| damaged(partner, kind, "erase from it", &table.folder, err);
            let rewritten = rewrite(self, &table, what, dry_run).await.map_err(failed)?;
            let mut erased = rewritten.erased;
            if let (Erase::Customer(customer), true) = (what, rewritten.old.is_empty()) {
                let own = table.clone();
                let left = spawn_blocking(move || left_files(&own, customer)).await;
                let left = left.map_err(Cause::from).and_then(|left| Ok(left?));
                erased.other_files = files_aside + left.map_err(failed)?;
            }
            if dry_run {
                return Ok(Some(erased));
            }
            if erased.other_files > 0 {
                self.mark_erasing(&table)?;
            }
            if !rewritten.old.is_empty() {
                // Instants used in answers stay settled, even if the rows that settled them are
                // erased.
                if let Some(recorded_at) = table.last_recorded() {
                    self.note_settled(partner, recorded_at, &lock)?;
                }
            }
            // Even without files to rewrite: an earlier run may be incomplete.
            let replaced = self.replace_permanently(&table, &rewritten.old, rewritten.adds);
            let Some(vacuumed) = replaced.await? else {
                continue;
            };
            erased.files_removed = vacuumed.removed.count + files_aside;
            remove_folder(&aside)?;
            // The ledger has customer ids, and is rebuilt.
            self.remove_ledger(partner, kind)?;
            return Ok(Some(erased));
        }
    }
}

/// Files without the erased rows, which no version names yet.
struct Rewritten {
    /// The indexes of the files that they replace.
    old: Vec<usize>,
    adds: Vec<Add>,
    erased: Erased,
}

async fn rewrite(
    store: &Store,
    table: &Table,
    what: Erase,
    dry_run: bool,
) -> Result<Rewritten, Cause> {
    let mut rewritten = Rewritten {
        old: Vec::new(),
        adds: Vec::new(),
        erased: Erased::default(),
    };
    for (place, file) in table.files.iter().enumerate() {
        let Some(goes) = condition(what, table, file) else {
            continue;
        };
        let read = async || rows(store.session(), table, &[file]).await;
        let going = read().await?.filter(goes.clone())?;
        let going = collect(going.select_columns(&["delivery_id"])?).await?;
        let rows_going: usize = going.iter().map(RecordBatch::num_rows).sum();
        if rows_going == 0 {
            continue;
        }
        rewritten.erased.rows += rows_going as u64;
        rewritten.erased.deliveries += deliveries_in(&going);
        rewritten.old.push(place);
        if dry_run {
            continue;
        }
        let staying = collect(in_order(read().await?.filter(!goes)?)?).await?;
        if let Some(stats) = FileStats::of(&staying)? {
            let add = table.put_rows(staying, &stats).await?;
            rewritten.adds.push(add);
        }
    }
    Ok(rewritten)
}

/// Which rows of a file to erase; `None` if it cannot have any.
fn condition(what: Erase, table: &Table, file: &DataFile) -> Option<Expr> {
    let (min, max) = (&file.stats.min_values, &file.stats.max_values);
    match what {
        Erase::Customer(id) => {
            let id = id.to_string();
            let can_hold = min.customer_tenant_id <= id && id <= max.customer_tenant_id;
            can_hold.then(|| col("customer_tenant_id").eq(lit(id)))
        }
        Erase::Before(day) => {
            let same = |other: &&DataFile| other.stats.single() == file.stats.single();
            let newest = table.files.iter().filter(same);
            let newest = newest
                .map(|other| other.stats.max_values.processed_date)
                .max()?;
            let day = kept_from(day, Some(newest));
            let before = lit(ScalarValue::Date32(Some(days(day))));
            (min.processed_date < day).then(|| col("processed_date").lt(before))
        }
    }
}

/// The day from which nothing is erased by [`Erase::Before`]: the newest days stay.
pub(crate) fn kept_from(day: Date, newest: Option<Date>) -> Date {
    let kept = newest.map(|newest| newest.saturating_sub(i64::from(LATE_AFTER_DAYS).days()));
    kept.map_or(day, |kept| day.min(kept))
}

/// The number of deliveries that the rows belong to.
fn deliveries_in(batches: &[RecordBatch]) -> u64 {
    let ids = batches.iter().flat_map(|batch| {
        let ids = batch.column(0).as_primitive::<Int64Type>();
        ids.values().iter().copied()
    });
    ids.collect::<HashSet<_>>().len() as u64
}

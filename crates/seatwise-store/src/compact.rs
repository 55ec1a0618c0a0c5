//! Few small files: several that are alike become one, again and again.
//!
//! Small files of one service and channel are sorted into sizes, each eight times the one before.
//! When there are eight of a size they become one of the next. So a row is written a few times in
//! its life, and however many imports there were, there are at most seven small files of a size.
//! The rows stay the same, every version of every delivery among them, and the replaced files stay
//! on the disk for a week: each version of the table can be read for so long.

use std::collections::BTreeMap;

use datafusion::common::DataFusionError;
use datafusion::logical_expr::col;
use datafusion::prelude::DataFrame;
use jiff::{SignedDuration, Timestamp};
use seatwise_types::PartnerId;
use serde::Serialize;

use crate::engine::collect;
use crate::error::Cause;
use crate::log::{LogName, timestamp};
use crate::prune::{Kept, prune};
use crate::session::rows;
use crate::stats::FileStats;
use crate::table::{Committed, DataFile, Table, damaged};
use crate::write::ROWS_IN_FILE;
use crate::{Kind, Store, StoreError};

/// How many files of a size become one.
const FILES_PER_SIZE: usize = 8;

/// Files with this many rows are left alone.
const ROWS_OF_A_LARGE_FILE: u64 = 64 << 10;

/// How long a version of a table can be read after it was replaced, if nothing else is asked for.
pub const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// After so many commits of imports, what is older than [`KEPT`] is removed. The log has a checkpoint
/// as often.
const COMMITS_UNTIL_PRUNED: u64 = 16;

/// What compacting a table did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Compacted {
    /// Live data files before.
    pub files_before: u64,
    /// Live data files after.
    pub files_after: u64,
    /// Data files that were removed from the disk.
    pub files_removed: u64,
    /// Their size in bytes.
    pub bytes_removed: u64,
    /// Data files that stay for versions of the time that is kept.
    pub files_kept: u64,
    /// Their size in bytes.
    pub bytes_kept: u64,
    /// Data files that no version names, and that are younger than a day: an import may be writing
    /// them on another machine.
    pub files_unnamed: u64,
    /// Their size in bytes.
    pub bytes_unnamed: u64,
    /// Entries and checkpoints of the log that were removed.
    pub log_files_removed: u64,
}

impl Store {
    /// Makes as few files as possible of the small ones of a table, and removes from the disk what
    /// no version of the time `keep` before `now` names, those files of the log among it; with no
    /// time at all, what the newest version does not name. None if the partner has no such table.
    ///
    /// No row is removed: every delivery, every restatement and when it was recorded stay as they
    /// are. What goes are copies of rows that are in larger files now, and with them the versions
    /// of the table that named them: a link to a further page of such a version answers that it is
    /// gone. Of the log stay two checkpoints before that time, and what came after the first of
    /// them. A data file that no entry of the log ever named stays for a day.
    ///
    /// With less than a minute a question may fail that is being answered. Another writer waits for
    /// its turn. Memory is bounded by one file of half a million rows.
    ///
    /// # Errors
    /// If the table cannot be read or written.
    pub async fn compact(
        &self,
        partner: PartnerId,
        kind: Kind,
        keep: SignedDuration,
        now: Timestamp,
    ) -> Result<Option<Compacted>, StoreError> {
        if self.table(partner, kind).await?.is_none() {
            return Ok(None);
        }
        let _lock = self.lock(partner, now).await?;
        let Some(table) = self.table(partner, kind).await? else {
            return Ok(None);
        };
        let mut compacted = Compacted {
            files_before: table.files.len() as u64,
            ..Compacted::default()
        };
        let merged = merge_while(self, table, together).await;
        let table = merged
            .map_err(|(table, err)| damaged(partner, kind, "merge its files", &table.path, err))?;
        compacted.files_after = table.files.len() as u64;
        let kept = match keep.is_zero() {
            true => Kept::Newest,
            false => Kept::Since(now.saturating_sub(keep).unwrap_or(Timestamp::MIN)),
        };
        // A file that was replaced may be the last copy of rows whose new file is damaged.
        let files: Vec<&DataFile> = table.files.iter().collect();
        let checked = table.check(&files).await;
        checked.map_err(|err| damaged(partner, kind, "check its files", &table.path, err))?;
        let pruned = prune(&table, kept, now).await?;
        compacted.files_removed = pruned.removed.count;
        compacted.bytes_removed = pruned.removed.bytes;
        compacted.files_kept = pruned.kept.count;
        compacted.bytes_kept = pruned.kept.bytes;
        compacted.files_unnamed = pruned.unnamed.count;
        compacted.bytes_unnamed = pruned.unnamed.bytes;
        compacted.log_files_removed = pruned.log_files;
        Ok(Some(compacted))
    }
}

/// Merges small files until there are few, and now and then removes what no version of the last week
/// names. A failure is logged, not returned: the deliveries are safe, and the next import tries again.
pub(crate) async fn after_import(store: &Store, table: Table, now: Timestamp) {
    let before = table.version();
    let table = match merge_while(store, table, alike).await {
        Ok(table) => table,
        Err((table, err)) => {
            tracing::warn!(partner = %table.partner, table = %table.kind, error = %err,
                "cannot merge small files; the next import tries again");
            return;
        }
    };
    // The commit of the import is the one before.
    let rounds = |version: u64| version / COMMITS_UNTIL_PRUNED;
    if rounds(before.saturating_sub(1)) == rounds(table.version()) {
        return;
    }
    // A clock that is ahead of that of the disk makes nothing old.
    let written = std::fs::metadata(LogName::entry(table.version()).path(&table.path));
    let written = written.and_then(|entry| entry.modified()).map(timestamp);
    let now = written.map_or(now, |written| now.min(written));
    let kept = Kept::Since(now.saturating_sub(KEPT).unwrap_or(Timestamp::MIN));
    if let Err(err) = prune(&table, kept, now).await {
        let err: &dyn std::error::Error = &err;
        tracing::warn!(partner = %table.partner, table = %table.kind, err,
            "cannot remove old files; a later import tries again");
    }
}

/// Merges the files that are chosen until none are, or until somebody else changes the table, whose
/// next import or compaction goes on. The table after the last merge, also with an error.
async fn merge_while(
    store: &Store,
    mut table: Table,
    choose: fn(&[DataFile]) -> Vec<&DataFile>,
) -> Result<Table, (Table, Cause)> {
    loop {
        let files = choose(&table.files);
        if files.is_empty() {
            return Ok(table);
        }
        match merge(store, &table, &files).await {
            Ok(Some(next)) => {
                store.remember(&next);
                table = next;
            }
            Ok(None) => return Ok(table),
            Err(err) => return Err((table, err)),
        }
    }
}

/// Small files of one service, channel and size, if there are enough of them to merge.
fn alike(files: &[DataFile]) -> Vec<&DataFile> {
    let mut sizes: BTreeMap<_, Vec<&DataFile>> = BTreeMap::new();
    for file in files
        .iter()
        .filter(|file| file.stats.num_records < ROWS_OF_A_LARGE_FILE)
    {
        if let Some(service_and_channel) = file.stats.single() {
            // Three bits: a factor of eight.
            let size = file.stats.num_records.max(1).ilog2() / 3;
            sizes
                .entry((service_and_channel, size))
                .or_default()
                .push(file);
        }
    }
    sizes
        .into_values()
        .find(|files| files.len() >= FILES_PER_SIZE)
        .unwrap_or_default()
}

/// Small files of one service and channel that make one file, if there are at least two.
fn together(files: &[DataFile]) -> Vec<&DataFile> {
    let mut small: BTreeMap<_, Vec<&DataFile>> = BTreeMap::new();
    let is_small = |file: &&DataFile| file.stats.num_records < ROWS_OF_A_LARGE_FILE;
    for file in files.iter().filter(is_small) {
        if let Some(service_and_channel) = file.stats.single() {
            small.entry(service_and_channel).or_default().push(file);
        }
    }
    for mut files in small.into_values() {
        // Days that follow each other are asked for together.
        files.sort_by_key(|file| file.stats.min_values.processed_date);
        let mut rows = 0;
        files.retain(|file| {
            rows += file.stats.num_records;
            rows <= ROWS_IN_FILE as u64
        });
        if files.len() > 1 {
            return files;
        }
    }
    Vec::new()
}

/// As they stand in a file: as `FileCutter` sorts them, but for the spans of days, of which a small
/// file has many anyway.
pub(crate) fn in_order(rows: DataFrame) -> Result<DataFrame, DataFusionError> {
    let order = [
        "customer_tenant_id",
        "processed_date",
        "delivery_id",
        "position",
    ];
    rows.sort(order.map(|name| col(name).sort(true, false)).into())
}

/// Puts one file in the place of several; none if the table was changed in the meantime.
async fn merge(store: &Store, table: &Table, files: &[&DataFile]) -> Result<Option<Table>, Cause> {
    let rows = rows(store.session(), table, files).await?;
    let batches = collect(in_order(rows)?).await?;
    let stats = FileStats::of(&batches)?.ok_or("the files to merge have no rows")?;
    let add = table.put_rows(batches, &stats).await?;
    let name = add.path.clone();
    // After an error it is not known whether the log names the new file, so it stays.
    match table.replace(files, vec![add], false).await? {
        Committed::Done(next) => Ok(Some(*next)),
        Committed::Conflict => {
            table.discard(&[name]).await;
            Ok(None)
        }
    }
}

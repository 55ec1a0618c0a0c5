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

use crate::model::error::Cause;
use crate::table::delta::{Committed, DataFile, Table};
use crate::table::encode::ROWS_IN_FILE;
use crate::table::engine::collect;
use crate::table::log::{LogName, timestamp};
use crate::table::prune::{Kept, prune};
use crate::table::session::rows;
use crate::table::stats::FileStats;
use crate::table::store::Store;

/// How many files of a size become one.
const FILES_PER_SIZE: usize = 8;

/// Files with this many rows are left alone.
const ROWS_OF_A_LARGE_FILE: u64 = 64 << 10;

/// How long a version of a table can be read after it was replaced, if nothing else is asked for.
pub const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// After so many commits of imports, what is older than [`KEPT`] is removed. The log has a checkpoint
/// as often.
const COMMITS_UNTIL_PRUNED: u64 = 16;

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
pub(crate) async fn merge_while(
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
                store.committed(&next);
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
pub(crate) fn together(files: &[DataFile]) -> Vec<&DataFile> {
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

//! Merging of small files.
//!
//! Small files of one service and channel are grouped by size, each class eight times the previous
//! one. Eight files of a class become one of the next. So each row is rewritten a few times, and
//! there are at most seven small files of a class, regardless of the number of imports. The rows
//! stay the same, including all versions of all deliveries. Replaced files stay on the disk for a
//! week, for which each version of the table stays readable.

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
use crate::table::session::rows;
use crate::table::stats::FileStats;
use crate::table::store::Store;
use crate::table::vacuum::{KeptVersions, vacuum};

/// The number of files of a class that become one.
const FILES_PER_SIZE: usize = 8;

/// The number of rows from which files are not merged.
const ROWS_OF_A_LARGE_FILE: u64 = 64 << 10;

/// How long a replaced version of a table stays readable, by default.
pub const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The number of import commits between removals of what is older than [`KEPT`]. It equals the
/// interval of checkpoints.
const COMMITS_UNTIL_PRUNED: u64 = 16;

/// Merges small files, and from time to time removes files that no version of the last week names.
/// Failures are logged and not returned: the deliveries are safe, and the next import tries again.
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
    // The commit of the import is the previous one.
    let rounds = |version: u64| version / COMMITS_UNTIL_PRUNED;
    if rounds(before.saturating_sub(1)) == rounds(table.version()) {
        return;
    }
    // A clock ahead of the disk's must not make files look old.
    let entry = LogName::entry(table.version()).location(&table.folder);
    let written = entry.info().map(|entry| timestamp(entry.modified));
    let now = written.map_or(now, |written| now.min(written));
    let kept = KeptVersions::Since(now.saturating_sub(KEPT).unwrap_or(Timestamp::MIN));
    if let Err(err) = vacuum(&table, kept, now).await {
        let err: &dyn std::error::Error = &err;
        tracing::warn!(partner = %table.partner, table = %table.kind, err,
            "cannot remove old files; a later import tries again");
    }
}

/// Merges the files that `choose` selects, until it selects none or another writer changes the
/// table. Returns the table after the last merge, even with an error.
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

/// Small files of one service, channel and class, if there are enough to merge.
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

/// Small files of one service and channel that fit in one file; at least two, otherwise none.
pub(crate) fn together(files: &[DataFile]) -> Vec<&DataFile> {
    let mut small: BTreeMap<_, Vec<&DataFile>> = BTreeMap::new();
    let is_small = |file: &&DataFile| file.stats.num_records < ROWS_OF_A_LARGE_FILE;
    for file in files.iter().filter(is_small) {
        if let Some(service_and_channel) = file.stats.single() {
            small.entry(service_and_channel).or_default().push(file);
        }
    }
    for mut files in small.into_values() {
        // Queries need consecutive days together.
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

/// Sorts rows as `FileCutter` does, except for the spans of days, of which a small file has many.
pub(crate) fn in_order(rows: DataFrame) -> Result<DataFrame, DataFusionError> {
    let order = [
        "customer_tenant_id",
        "processed_date",
        "delivery_id",
        "position",
    ];
    rows.sort(order.map(|name| col(name).sort(true, false)).into())
}

/// Replaces several files by one; `None` if the table was changed meanwhile.
async fn merge(store: &Store, table: &Table, files: &[&DataFile]) -> Result<Option<Table>, Cause> {
    let rows = rows(store.session(), table, files).await?;
    let batches = collect(in_order(rows)?).await?;
    let stats = FileStats::of(&batches)?.ok_or("the files to merge have no rows")?;
    let add = table.put_rows(batches, &stats).await?;
    let name = add.path.clone();
    // After an error the log may or may not name the new file, so it stays.
    match table.replace(files, vec![add], false).await? {
        Committed::Done(next) => Ok(Some(*next)),
        Committed::Conflict => {
            table.discard(&[name]).await;
            Ok(None)
        }
    }
}

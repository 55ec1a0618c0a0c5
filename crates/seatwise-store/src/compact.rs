//! Few small files: several that are alike become one, again and again.
//!
//! Small files of one service and channel are sorted into sizes, each eight times the one before.
//! When there are eight of a size they become one of the next. So a row is written a few times in
//! its life, and however many imports there were, there are at most seven small files of a size.
//! The rows stay the same, every version of every delivery among them, and the replaced files stay
//! on the disk: each version of the table can still be read.

use std::collections::BTreeMap;

use datafusion::logical_expr::col;

use crate::Store;
use crate::error::Cause;
use crate::session::rows;
use crate::table::{Bound, Committed, DataFile, FileStats, Table};
use crate::write::encode;

/// How many files of a size become one.
const FILES_PER_SIZE: usize = 8;

/// Files with this many rows are left alone.
const ROWS_OF_A_LARGE_FILE: u64 = 64 << 10;

/// Merges small files until there are few. A failure is logged, not returned: the deliveries are
/// safe, and the next import tries again.
pub(crate) async fn compact(store: &Store, mut table: Table) {
    loop {
        let files = alike(&table.files);
        if files.is_empty() {
            return;
        }
        match merge(store, &table, &files).await {
            Ok(Some(next)) => {
                store.remember(&next);
                table = next;
            }
            // Somebody else changed the table; their import will compact it.
            Ok(None) => return,
            Err(err) => {
                tracing::warn!(partner = %table.partner, table = %table.kind, error = %err,
                    "cannot merge small files; the next import tries again");
                return;
            }
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

/// Puts one file in the place of several; none if the table was changed in the meantime.
async fn merge(store: &Store, table: &Table, files: &[&DataFile]) -> Result<Option<Table>, Cause> {
    // As FileCutter sorts them, but for the spans of days: a small file has many of them anyway.
    let order = [
        "customer_tenant_id",
        "processed_date",
        "delivery_id",
        "position",
    ];
    let batches = rows(store.session(), table, files.iter().copied())?
        .sort(order.map(|name| col(name).sort(true, false)).into())?
        .collect()
        .await?;
    let Some(stats) = files.iter().map(|file| file.stats.clone()).reduce(union) else {
        return Ok(None);
    };
    let add = table.put_file(encode(&batches)?, &stats).await?;
    let name = add.path.clone();
    // After an error nobody knows whether the log names the new file, so it stays.
    match table.replace(files, vec![add]).await? {
        Committed::Done(next) => Ok(Some(*next)),
        Committed::Conflict => {
            table.discard(&[name]).await;
            Ok(None)
        }
    }
}

/// The statistics of two files together.
fn union(a: FileStats, b: FileStats) -> FileStats {
    fn extreme(a: Bound, b: Bound, pick: fn(std::cmp::Ordering) -> bool) -> Bound {
        macro_rules! of {
            ($field:ident) => {
                if pick(a.$field.cmp(&b.$field)) {
                    a.$field
                } else {
                    b.$field
                }
            };
        }
        Bound {
            processed_date: of!(processed_date),
            service_code: of!(service_code),
            channel: of!(channel),
            customer_tenant_id: of!(customer_tenant_id),
            delivery_id: of!(delivery_id),
            recorded_at: of!(recorded_at),
        }
    }
    FileStats {
        num_records: a.num_records + b.num_records,
        min_values: extreme(a.min_values, b.min_values, std::cmp::Ordering::is_le),
        max_values: extreme(a.max_values, b.max_values, std::cmp::Ordering::is_ge),
    }
}

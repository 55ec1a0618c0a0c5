//! What nobody can ask for any more is removed from the disk.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use tokio::task::spawn_blocking;

use crate::StoreError;
use crate::log::{LogEntry, is_data_file, log_entries, timestamp};
use crate::table::{Table, damaged};

/// A writer puts its files down before it names them in the log. This is longer than it takes.
const LONGEST_IMPORT: SignedDuration = SignedDuration::from_hours(24);

/// What was removed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pruned {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
}

/// Removes data files that no version since `kept_since` names, the version of that moment
/// included.
pub(crate) async fn prune(table: &Table, kept_since: Timestamp) -> Result<Pruned, StoreError> {
    blocking(table, move |table| {
        // What goes depends on what the log says.
        let checked = table.log.check_all(&table.path, table.version());
        checked
            .map_err(|err| damaged(table.partner, table.kind, "read its log", &table.path, err))?;
        let log = log_entries(&table.path)?;
        let older = log.iter().filter(|entry| entry.written < kept_since);
        // The newest entry that is older was the table at that moment.
        let Some(of_that_moment) = older.map(|entry| entry.version).max() else {
            return Ok(Pruned::default());
        };
        // What the table named then or since is in it still, or was removed from it since.
        let mut kept = names(table);
        let since = |entry: &&LogEntry| entry.is_commit() && entry.version > of_that_moment;
        for entry in log.iter().filter(since) {
            let removed = entry.removed();
            kept.extend(removed.map_err(|err| StoreError::io("read", &entry.path, err))?);
        }
        // What came and went since then is younger.
        let oldest = kept_since.saturating_sub(LONGEST_IMPORT);
        let oldest = oldest.unwrap_or(Timestamp::MIN);
        remove(table, |name, written| {
            !kept.contains(name) && written < oldest
        })
    })
    .await
}

/// Removes all data files that the table does not name, and the entries of its log before the
/// newest checkpoint, so that no earlier version can be read. Nobody may be writing.
pub(crate) async fn prune_all(table: &Table) -> Result<Pruned, StoreError> {
    blocking(table, |table| {
        let kept = names(table);
        let pruned = remove(table, |name, _| !kept.contains(name))?;
        for entry in log_entries(&table.path)? {
            if entry.version < table.version() {
                remove_file(&entry.path)?;
            }
        }
        Ok(pruned)
    })
    .await
}

/// Runs what waits for the disk off the async threads.
async fn blocking(
    table: &Table,
    step: impl FnOnce(&Table) -> Result<Pruned, StoreError> + Send + 'static,
) -> Result<Pruned, StoreError> {
    let own = table.clone();
    spawn_blocking(move || step(&own))
        .await
        .map_err(|err| StoreError::from_cause("remove files of", &table.path, err.into()))?
}

fn names(table: &Table) -> HashSet<String> {
    table.files.iter().map(|file| file.name.clone()).collect()
}

fn remove(table: &Table, goes: impl Fn(&str, Timestamp) -> bool) -> Result<Pruned, StoreError> {
    let failed = |err| StoreError::io("list", &table.path, err);
    let mut pruned = Pruned::default();
    for entry in fs::read_dir(&table.path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if !is_data_file(&name) {
            continue;
        }
        let file = entry.metadata().map_err(failed)?;
        let written = file.modified().map(timestamp).map_err(failed)?;
        if goes(&name, written) {
            remove_file(&entry.path())?;
            pruned.files += 1;
            pruned.bytes += file.len();
        }
    }
    Ok(pruned)
}

pub(crate) fn remove_file(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(err) if err.kind() != io::ErrorKind::NotFound => {
            Err(StoreError::io("remove", path, err))
        }
        _ => Ok(()),
    }
}

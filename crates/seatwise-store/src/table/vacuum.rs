//! Removal of files that are no longer needed.

use std::collections::HashSet;
use std::io;

use jiff::{SignedDuration, Timestamp};
use tokio::task::spawn_blocking;

use crate::model::error::StoreError;
use crate::table::damage::damaged;
use crate::table::delta::Table;
use crate::table::folder::remove_file;
use crate::table::log::{LogFile, LogName, is_data_file, log_files, named_by, timestamp};
use crate::table::names::ERASING;
use crate::table::recorded::list_recorded;

/// Longer than any import. A writer creates files before it names them in the log.
pub(crate) const LONGEST_IMPORT: SignedDuration = SignedDuration::from_hours(24);

/// A number of files, and their size in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct FileCount {
    pub(crate) count: u64,
    pub(crate) bytes: u64,
}

/// What was removed, and what was kept.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Vacuumed {
    /// Data files.
    pub(crate) removed: FileCount,
    /// Data files that the table no longer names, but kept versions do.
    pub(crate) kept: FileCount,
    /// Data files that no version names, which may belong to an import in progress.
    pub(crate) unnamed: FileCount,
    /// Entries and checkpoints of the log.
    pub(crate) log_files: u64,
}

impl FileCount {
    fn add(&mut self, bytes: u64) {
        self.count += 1;
        self.bytes += bytes;
    }
}

/// Which versions are kept.
#[derive(Debug, Clone, Copy)]
pub(crate) enum KeptVersions {
    /// The version at that instant, and later ones.
    Since(Timestamp),
    /// Only the newest version.
    Newest,
}

/// Removes data files that no kept version names, and log files that no kept version needs.
///
/// A data file that was removed from the table is deleted with the last version that names it. One
/// that no entry ever named is deleted when it is older than any import takes, because a writer may
/// be about to name it.
#[expect(
    clippy::too_many_lines,
    reason = "one look at the log decides what is removed"
)]
pub(crate) async fn vacuum(
    table: &Table,
    kept: KeptVersions,
    now: Timestamp,
) -> Result<Vacuumed, StoreError> {
    // The list of checksums may have been shortened since the table was read, and lacks the commits
    // of other tools. Before the log is truncated, the list must be complete.
    let table = &table.newest().await?.listed().await?;
    let (mut vacuumed, oldest) = blocking(table, move |table| {
        // The log decides what is removed.
        let checked = table.log.check_all(&table.folder, table.version());
        checked.map_err(|err| {
            damaged(
                table.partner,
                table.kind,
                "read its log",
                &table.folder,
                err,
            )
        })?;
        let log = files_of_log(table)?;
        let commits = || log.iter().filter(|file| file.is_entry());
        // The newest older entry was the table at that instant.
        let mut of_that_moment = None;
        for entry in commits() {
            let is_older = match kept {
                KeptVersions::Since(moment) => {
                    let written = entry.written();
                    written.map_err(|err| StoreError::io("read", &entry.location, err))? < moment
                }
                KeptVersions::Newest => entry.version <= table.version(),
            };
            if is_older {
                of_that_moment = of_that_moment.max(Some(entry.version));
            }
        }
        // A file that the table named then or later is still in it, or was removed since.
        let (mut replaced_before, mut kept) = (HashSet::new(), HashSet::new());
        for entry in commits() {
            let is_before = Some(entry.version) <= of_that_moment;
            let named = match named_by(&entry.location) {
                Err(err) if err.kind() == io::ErrorKind::NotFound => Vec::new(),
                named => named.map_err(|err| StoreError::io("read", &entry.location, err))?,
            };
            let removed = named.into_iter().filter(|file| file.is_removed);
            let removed = removed.map(|file| file.name);
            match is_before {
                true => replaced_before.extend(removed),
                false => kept.extend(removed),
            }
        }
        let named = names(table);
        let in_the_making = now.saturating_sub(LONGEST_IMPORT).unwrap_or(Timestamp::MIN);
        let mut vacuumed = Vacuumed::default();
        remove(table, &mut vacuumed, |vacuumed, name, written, bytes| {
            if named.contains(name) {
                return false;
            }
            if kept.contains(name) {
                vacuumed.kept.add(bytes);
            } else if !replaced_before.contains(name) && written >= in_the_making {
                vacuumed.unnamed.add(bytes);
            } else {
                return true;
            }
            false
        })?;
        Ok((
            vacuumed,
            of_that_moment.and_then(|moment| oldest_needed(&log, moment)),
        ))
    })
    .await?;
    if let Some(oldest) = oldest {
        // The log must not start at an unreadable checkpoint.
        table.at(oldest).await?;
        vacuumed.log_files = blocking(table, move |table| cut_log(table, oldest)).await?;
    }
    Ok(vacuumed)
}

fn files_of_log(table: &Table) -> Result<Vec<LogFile>, StoreError> {
    log_files(&table.folder).map_err(|err| StoreError::io("list the log of", &table.folder, err))
}

/// The version at which a log may start that must include `moment` and later versions: the last
/// checkpoint but one, so that a damaged one is not the only one. `None` if the whole log is
/// needed.
fn oldest_needed(log: &[LogFile], moment: u64) -> Option<u64> {
    let checkpoints = log.iter().filter(|entry| entry.is_checkpoint());
    let mut checkpoints: Vec<u64> = checkpoints
        .map(|entry| entry.version)
        .filter(|version| *version <= moment)
        .collect();
    checkpoints.sort_unstable();
    checkpoints.dedup();
    let last_but_one = checkpoints.len().checked_sub(2)?;
    let oldest = checkpoints[last_but_one];
    log.iter()
        .any(|entry| entry.version < oldest)
        .then_some(oldest)
}

/// Removes the log before a version; returns the number of removed files.
fn cut_log(table: &Table, oldest: u64) -> Result<u64, StoreError> {
    let log = files_of_log(table)?;
    let before = || log.iter().filter(|file| file.version < oldest);
    let versions = before().filter(|file| file.is_entry());
    list_recorded(table, versions.map(|entry| entry.version))
        .map_err(|err| StoreError::io("write to", &table.folder, err))?;
    table.begin_log_at(oldest)?;
    before().try_for_each(|entry| remove_file(&entry.location))?;
    Ok(before().count() as u64)
}

/// Removes all data files that the table does not name, and its log before this version, which must
/// have a checkpoint, so that no earlier version is readable, also after a power cut. There must be
/// no other writer.
pub(crate) async fn vacuum_all(table: &Table) -> Result<Vacuumed, StoreError> {
    blocking(table, |table| {
        let named = names(table);
        let mut vacuumed = Vacuumed::default();
        remove(table, &mut vacuumed, |_, name, _, _| !named.contains(name))?;
        for entry in files_of_log(table)? {
            if entry.version < table.version() {
                remove_file(&entry.location)?;
            }
        }
        // Otherwise a power cut could bring them back.
        let newest = LogName::entry(table.version()).location(&table.folder);
        for file in [newest, table.folder.join(ERASING)] {
            let synced = file.sync_name();
            synced.map_err(|err| StoreError::io("remove files of", &table.folder, err))?;
        }
        Ok(vacuumed)
    })
    .await
}

/// Runs disk access outside the async threads.
async fn blocking<T: Send + 'static>(
    table: &Table,
    step: impl FnOnce(&Table) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let own = table.clone();
    spawn_blocking(move || step(&own))
        .await
        .map_err(|err| StoreError::from_cause("remove files of", &table.folder, err.into()))?
}

fn names(table: &Table) -> HashSet<String> {
    table.files.iter().map(|file| file.name.clone()).collect()
}

/// Removes and counts the data files that `goes` selects by name, time of writing and size.
fn remove(
    table: &Table,
    vacuumed: &mut Vacuumed,
    goes: impl Fn(&mut Vacuumed, &str, Timestamp, u64) -> bool,
) -> Result<(), StoreError> {
    let failed = |err| StoreError::io("list", &table.folder, err);
    for entry in table.folder.list().map_err(failed)? {
        let Some(name) = entry.name().filter(|name| is_data_file(name)) else {
            continue;
        };
        let file = entry.info().map_err(failed)?;
        if goes(vacuumed, name, timestamp(file.modified), file.bytes) {
            remove_file(&entry.location)?;
            vacuumed.removed.add(file.bytes);
        }
    }
    Ok(())
}

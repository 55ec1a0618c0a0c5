//! The files of a table and of its log, as they lie in its folder.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use deltalake::kernel::Remove;
use jiff::Timestamp;
use seatwise_types::PartnerId;
use serde::Deserialize;

use crate::disk::UNFINISHED;
use crate::{Kind, StoreError};

/// Whether the log entry of this version exists.
pub(crate) fn has_version(table: &Path, version: u64) -> bool {
    entry(table, version).exists()
}

/// The log entry of a version.
pub(crate) fn entry(table: &Path, version: u64) -> PathBuf {
    table.join("_delta_log").join(format!("{version:020}.json"))
}

/// A file of the log: an entry, or a checkpoint.
pub(crate) struct LogEntry {
    pub(crate) version: u64,
    pub(crate) path: PathBuf,
    pub(crate) written: Timestamp,
}

impl LogEntry {
    /// Whether it is the entry of a commit, and not a checkpoint.
    pub(crate) fn is_commit(&self) -> bool {
        self.path.extension().is_some_and(|end| end == "json")
    }

    /// Whether it is a checkpoint in one file, from which the log can be read on.
    pub(crate) fn is_checkpoint(&self) -> bool {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy() == format!("{:020}.checkpoint.parquet", self.version)
    }

    /// The data files that the commit removed from the table; none if the entry is gone by now.
    pub(crate) fn removed(&self) -> io::Result<Vec<String>> {
        #[derive(Deserialize)]
        struct Line {
            remove: Option<Remove>,
        }
        let log = match std::fs::read_to_string(&self.path) {
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            log => log?,
        };
        let mut removed = Vec::new();
        for line in log.lines() {
            let line: Line = serde_json::from_str(line)?;
            removed.extend(line.remove.map(|file| file.path));
        }
        Ok(removed)
    }
}

/// All files of the log that belong to a version, in no order.
pub(crate) fn log_entries(table: &Path) -> Result<Vec<LogEntry>, StoreError> {
    let folder = table.join("_delta_log");
    let failed = |err| StoreError::io("list", &folder, err);
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let version = name.to_str().and_then(|name| name.split('.').next());
        let Some(version) = version.and_then(|number| number.parse().ok()) else {
            continue;
        };
        let written = entry.metadata().and_then(|file| file.modified());
        entries.push(LogEntry {
            version,
            path: entry.path(),
            written: timestamp(written.map_err(failed)?),
        });
    }
    Ok(entries)
}

/// Whether a file of this name, in the folder of a table, holds rows.
pub(crate) fn is_data_file(name: &str) -> bool {
    name.ends_with(".parquet") && !name.starts_with(UNFINISHED)
}

/// Whether there is a log. Data files without a log are not taken for an empty table.
pub(crate) fn log_has_entries(
    path: &Path,
    partner: PartnerId,
    kind: Kind,
) -> Result<bool, StoreError> {
    let holds = |folder: &Path, what: fn(&str) -> bool| match std::fs::read_dir(folder) {
        Ok(entries) => Ok(entries
            .flatten()
            .any(|entry| what(&entry.file_name().to_string_lossy()))),
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(err) => Err(StoreError::io("list", folder, err)),
    };
    if has_version(path, 0) || holds(&path.join("_delta_log"), |name| name.ends_with(".json"))? {
        return Ok(true);
    }
    if holds(path, |name| name.ends_with(".parquet"))? {
        let source = "it has data files and no log".into();
        let action = format!("find the log in `{}`", path.join("_delta_log").display());
        return Err(StoreError::Damaged {
            partner,
            table: kind,
            action,
            source,
        });
    }
    Ok(false)
}

/// The time of a file; one that cannot be is taken for the newest, which is kept.
pub(crate) fn timestamp(time: SystemTime) -> Timestamp {
    Timestamp::try_from(time).unwrap_or(Timestamp::MAX)
}

//! The files of a table and of its log, as they lie in its folder.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use deltalake::kernel::Remove;
use jiff::Timestamp;
use seatwise_types::PartnerId;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::checksum::{Checksum, damage};
use crate::data_file::CHECKSUM_TAG;
use crate::disk::UNFINISHED;
use crate::{Kind, StoreError};

/// The folder of the log, in the folder of a table.
const LOG: &str = "_delta_log";

/// A hint where to begin to read a log.
pub(crate) const LAST_CHECKPOINT: &str = "_last_checkpoint";

/// What a line of an entry can say, as Delta's protocol has it.
const ACTIONS: [&str; 10] = [
    "add",
    "cdc",
    "checkpointMetadata",
    "commitInfo",
    "domainMetadata",
    "metaData",
    "protocol",
    "remove",
    "sidecar",
    "txn",
];

/// A file of the log by its place in it: the entry of a commit, or the checkpoint that sums the
/// log up to a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LogName {
    pub(crate) version: u64,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum What {
    Entry,
    Checkpoint,
}

impl LogName {
    pub(crate) fn entry(version: u64) -> Self {
        let what = What::Entry;
        Self { version, what }
    }

    pub(crate) fn checkpoint(version: u64) -> Self {
        let what = What::Checkpoint;
        Self { version, what }
    }

    /// The files that a version may have.
    pub(crate) fn of_version(version: u64) -> [Self; 2] {
        [Self::entry(version), Self::checkpoint(version)]
    }

    pub(crate) fn is_entry(self) -> bool {
        self.what == What::Entry
    }

    pub(crate) fn path(self, table: &Path) -> PathBuf {
        table.join(LOG).join(self.to_string())
    }

    /// The file of this name; none if it is another one, such as a part of a checkpoint.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let version = name.split('.').next()?.parse().ok()?;
        let mut known = Self::of_version(version).into_iter();
        known.find(|known| known.to_string() == name)
    }
}

impl fmt::Display for LogName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = match self.what {
            What::Entry => "json",
            What::Checkpoint => "checkpoint.parquet",
        };
        write!(f, "{:020}.{end}", self.version)
    }
}

/// Whether the log entry of this version exists.
pub(crate) fn has_version(table: &Path, version: u64) -> bool {
    LogName::entry(version).path(table).exists()
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
        self.path.file_name() == Some(LogName::checkpoint(self.version).to_string().as_ref())
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
    let folder = table.join(LOG);
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

/// The entries and checkpoints of a log, in order.
pub(crate) fn log_names(table: &Path) -> io::Result<Vec<LogName>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(table.join(LOG))? {
        names.extend(entry?.file_name().to_str().and_then(LogName::parse));
    }
    names.sort_unstable();
    Ok(names)
}

/// Whether each line of an entry says something that the protocol knows.
///
/// # Errors
/// If one does not, if there is none, and if the entry cannot be read.
pub(crate) fn understood(entry: &Path) -> io::Result<()> {
    let text = std::fs::read_to_string(entry)?;
    if text.trim().is_empty() {
        return Err(damage("it is empty"));
    }
    for (number, line) in (1..).zip(text.lines()) {
        type Line<'a> = BTreeMap<Cow<'a, str>, IgnoredAny>;
        let line: Line<'_> = serde_json::from_str(line)
            .map_err(|err| damage(format!("line {number} is not understood: {err}")))?;
        if let Some(other) = line.keys().find(|key| !ACTIONS.contains(&key.as_ref())) {
            return Err(damage(format!(
                "line {number} says `{other}`, which no log says"
            )));
        }
    }
    Ok(())
}

/// The version that the hint names, if the checkpoint is there. Without it all of the log is
/// listed, so a wrong hint is as good as none.
pub(crate) fn hinted_checkpoint(hint: &Path) -> Option<u64> {
    #[derive(Deserialize)]
    struct Hint {
        version: u64,
    }
    let hint_text = std::fs::read(hint).ok()?;
    let Hint { version } = serde_json::from_slice(&hint_text).ok()?;
    let checkpoint = hint.with_file_name(LogName::checkpoint(version).to_string());
    checkpoint.exists().then_some(version)
}

/// A data file that an entry adds or removes.
#[derive(Deserialize)]
pub(crate) struct Named {
    pub(crate) path: String,
    tags: Option<BTreeMap<String, Option<String>>>,
}

impl Named {
    /// Its checksum, which an entry that adds it has.
    pub(crate) fn checksum(&self) -> Option<Checksum> {
        let checksum = self.tags.as_ref()?.get(CHECKSUM_TAG)?.as_ref()?;
        checksum.parse().ok()
    }
}

/// The data files that an entry adds or removes.
pub(crate) fn named_by(entry: &Path) -> io::Result<Vec<Named>> {
    #[derive(Deserialize)]
    struct Line {
        add: Option<Named>,
        remove: Option<Named>,
    }
    let mut named = Vec::new();
    for line in std::fs::read_to_string(entry)?.lines() {
        let Line { add, remove } = serde_json::from_str(line)?;
        named.extend(add.into_iter().chain(remove));
    }
    Ok(named)
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
    if has_version(path, 0) || holds(&path.join(LOG), |name| name.ends_with(".json"))? {
        return Ok(true);
    }
    if holds(path, |name| name.ends_with(".parquet"))? {
        let source = "it has data files and no log".into();
        let action = format!("find the log in `{}`", path.join(LOG).display());
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

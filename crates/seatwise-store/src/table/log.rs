//! The files of a table and of its log in their folder.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io;
use std::time::SystemTime;

use deltalake::kernel::{Add, Remove};
use jiff::Timestamp;
use seatwise_types::PartnerId;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::table::checksum::{CHECKSUM_TAG, Checksum, damage};
use crate::table::names::{LAST_CHECKPOINT, UNFINISHED};
use crate::table::storage::{FileInfo, Location};

/// The folder of the log, in the folder of a table.
const LOG: &str = "_delta_log";

/// The actions of a log entry in Delta's protocol.
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

/// A file of the log: the entry of a commit, or the checkpoint of a version.
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

    /// The possible files of a version.
    pub(crate) fn of_version(version: u64) -> [Self; 2] {
        [Self::entry(version), Self::checkpoint(version)]
    }

    pub(crate) fn is_entry(self) -> bool {
        self.what == What::Entry
    }

    /// The file in the log of the table in this folder.
    pub(crate) fn location(self, table: &Location) -> Location {
        table.join(format!("{LOG}/{self}"))
    }

    /// The file with this name; `None` for others, such as a part of a checkpoint.
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

/// The metadata of a version's log entry. It differs for the same version of another history, such
/// as that of a restored backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntryStamp(FileInfo);

impl EntryStamp {
    /// Of the current entry; `None` if there is none.
    pub(crate) fn of(table: &Location, version: u64) -> Option<Self> {
        let entry = LogName::entry(version).location(table);
        entry.info().ok().map(Self)
    }
}

/// Whether the log entry of this version exists.
///
/// # Errors
/// If the storage does not say.
pub(crate) fn has_version(table: &Location, version: u64) -> io::Result<bool> {
    LogName::entry(version).location(table).exists()
}

/// A log file of a version.
pub(crate) struct LogFile {
    pub(crate) version: u64,
    /// `None` if it is neither an entry nor a checkpoint in one file.
    pub(crate) name: Option<LogName>,
    pub(crate) location: Location,
}

impl LogFile {
    /// Whether it is the entry of a commit.
    pub(crate) fn is_entry(&self) -> bool {
        self.name.is_some_and(LogName::is_entry)
    }

    /// Whether it is a checkpoint in one file, where reading can start.
    pub(crate) fn is_checkpoint(&self) -> bool {
        self.name.is_some_and(|name| !name.is_entry())
    }

    /// When it was written.
    pub(crate) fn written(&self) -> io::Result<Timestamp> {
        self.location.info().map(|file| timestamp(file.modified))
    }
}

/// All log files with a version, in no order.
pub(crate) fn log_files(table: &Location) -> io::Result<Vec<LogFile>> {
    let mut files = Vec::new();
    for entry in table.join(LOG).list()? {
        let Some(name) = entry.name() else {
            continue;
        };
        let version = name.split('.').next().and_then(|it| it.parse().ok());
        if let Some(version) = version {
            files.push(LogFile {
                version,
                name: LogName::parse(name),
                location: entry.location,
            });
        }
    }
    Ok(files)
}

/// The entries and checkpoints of a log, in order.
pub(crate) fn log_names(table: &Location) -> io::Result<Vec<LogName>> {
    let files = log_files(table)?.into_iter();
    let mut names: Vec<LogName> = files.filter_map(|file| file.name).collect();
    names.sort_unstable();
    Ok(names)
}

/// Checks that each line of an entry is an action of the protocol.
///
/// # Errors
/// If a line is not, if the entry is empty, or if it cannot be read.
pub(crate) fn understood(entry: &Location) -> io::Result<()> {
    let text = entry.read_text()?;
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

/// The version in the hint, if its checkpoint exists. Without a hint the whole log is listed, so a
/// wrong hint does no harm.
pub(crate) fn hinted_checkpoint(hint: &Location) -> Option<u64> {
    #[derive(Deserialize)]
    struct Hint {
        version: u64,
    }
    let hint_text = hint.read().ok()?;
    let Hint { version } = serde_json::from_slice(&hint_text).ok()?;
    let checkpoint = hint.beside(&LogName::checkpoint(version).to_string());
    matches!(checkpoint.exists(), Ok(true)).then_some(version)
}

/// The hint in the log of a table.
pub(crate) fn hint(table: &Location) -> Location {
    table.join(format!("{LOG}/{LAST_CHECKPOINT}"))
}

/// Removes a hint to a missing checkpoint.
pub(crate) fn remove_wrong_hint(table: &Location) -> io::Result<()> {
    let hint = hint(table);
    match hinted_checkpoint(&hint) {
        None if hint.exists()? => hint.remove(),
        _ => Ok(()),
    }
}

/// A data file that an entry adds or removes.
pub(crate) struct Named {
    pub(crate) name: String,
    /// Its checksum; only in Seatwise's entries that add it.
    pub(crate) checksum: Option<Checksum>,
    pub(crate) is_removed: bool,
}

/// The data files that an entry adds or removes.
pub(crate) fn named_by(entry: &Location) -> io::Result<Vec<Named>> {
    #[derive(Deserialize)]
    struct Line {
        add: Option<Add>,
        remove: Option<Remove>,
    }
    let checksum = |tags: Option<HashMap<String, Option<String>>>| {
        let checksum = tags?.remove(CHECKSUM_TAG)??;
        checksum.parse().ok()
    };
    let mut named = Vec::new();
    for line in entry.read_text()?.lines() {
        let Line { add, remove } = serde_json::from_str(line)?;
        named.extend(add.map(|file| Named {
            name: file.path,
            checksum: checksum(file.tags),
            is_removed: false,
        }));
        named.extend(remove.map(|file| Named {
            name: file.path,
            checksum: checksum(file.tags),
            is_removed: true,
        }));
    }
    Ok(named)
}

/// Whether a file with this name, in the folder of a table, has rows.
pub(crate) fn is_data_file(name: &str) -> bool {
    name.ends_with(".parquet") && !name.starts_with(UNFINISHED)
}

/// Whether there is a log. Data files without a log are an error, not an empty table.
pub(crate) fn log_has_entries(
    table: &Location,
    partner: PartnerId,
    kind: Kind,
) -> Result<bool, StoreError> {
    let holds = |folder: &Location, what: fn(&str) -> bool| match folder.has(what) {
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(false),
        has => has.map_err(|err| StoreError::io("list", folder, err)),
    };
    let has_first = matches!(has_version(table, 0), Ok(true));
    if has_first || holds(&table.join(LOG), |name| name.ends_with(".json"))? {
        return Ok(true);
    }
    if holds(table, |name| name.ends_with(".parquet"))? {
        let source = "it has data files and no log".into();
        let action = format!("find the log in `{}`", table.join(LOG));
        return Err(StoreError::Damaged {
            partner,
            table: kind,
            action,
            source,
        });
    }
    Ok(false)
}

/// The time of a file. An invalid time counts as the newest, so the file is kept.
pub(crate) fn timestamp(time: SystemTime) -> Timestamp {
    Timestamp::try_from(time).unwrap_or(Timestamp::MAX)
}

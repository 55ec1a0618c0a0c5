//! Which rows of a table a derived structure covers, and whether it can be updated with those added
//! since.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::table::delta::Table;
use crate::table::log::LogName;

/// All rows of a table at a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Covers {
    /// The id of the table in its log: another table may replace it.
    pub(crate) table: String,
    /// The version of the table. While its log entry exists, nothing has been erased.
    pub(crate) version: u64,
    /// The SHA-256 of that log entry: a restored backup has the same id, and can have other rows
    /// under the same version.
    pub(crate) entry: Option<String>,
    /// The largest delivery number.
    pub(crate) last_delivery: i64,
    /// The number of rows in the table.
    pub(crate) rows: u64,
    /// The names of files without checksum, from other tools or earlier versions of Seatwise.
    pub(crate) without_checksum: Vec<String>,
    /// When the last delivery was recorded; `None` if there is none.
    pub(crate) recorded_at: Option<Timestamp>,
}

impl Covers {
    /// Covers the whole table.
    pub(crate) fn all_of(table: &Table) -> Self {
        Self {
            table: table.id().to_owned(),
            version: table.version(),
            entry: entry_of(table, table.version()),
            last_delivery: table.last_delivery(),
            rows: rows_of(table),
            without_checksum: without_checksum(table),
            recorded_at: table.last_recorded(),
        }
    }

    /// Whether a derived structure can be updated to this version of the table: nothing was erased
    /// since, and no other tool wrote to it.
    pub(crate) fn can_follow(&self, table: &Table) -> bool {
        self.version <= table.version()
            && self.is_of_log(table)
            && self.rows <= rows_of(table)
            && self.last_delivery <= table.last_delivery()
            && self.without_checksum == without_checksum(table)
    }

    /// Whether this version is in the table's log.
    pub(crate) fn is_of_log(&self, table: &Table) -> bool {
        self.table == table.id()
            && self.entry.is_some()
            && self.entry == entry_of(table, self.version)
    }

    /// Whether nothing was added to the table since.
    pub(crate) fn has_all_of(&self, table: &Table) -> bool {
        self.table == table.id()
            && self.last_delivery == table.last_delivery()
            && self.recorded_at == table.last_recorded()
            && self.rows == rows_of(table)
    }
}

/// The SHA-256 of a version's log entry; `None` if it is missing.
fn entry_of(table: &Table, version: u64) -> Option<String> {
    let entry = LogName::entry(version).location(&table.folder);
    entry.checksum().ok().map(|checksum| checksum.to_string())
}

/// The names of a table's files without checksum, sorted.
fn without_checksum(table: &Table) -> Vec<String> {
    let foreign = table.files.iter().filter(|file| file.checksum.is_none());
    let mut names: Vec<String> = foreign.map(|file| file.name.clone()).collect();
    names.sort();
    names
}

/// The number of rows in a table.
pub(crate) fn rows_of(table: &Table) -> u64 {
    table.files.iter().map(|file| file.stats.num_records).sum()
}

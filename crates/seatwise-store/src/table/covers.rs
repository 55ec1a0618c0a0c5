//! Which rows of a table something in memory is made of, and whether it can follow the table by what was
//! added.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::table::checksum::Checksum;
use crate::table::delta::Table;
use crate::table::log::LogName;

/// All rows of a table at a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Covers {
    /// The id that the table has in its log: another table may stand in its place.
    pub(crate) table: String,
    /// The version of the table. While its log entry is there, nothing was erased from the table.
    pub(crate) version: u64,
    /// The SHA-256 of that log entry: a backup that takes the table's place has the same id, and soon other
    /// rows under the same number.
    pub(crate) entry: Option<String>,
    /// The largest number of a delivery.
    pub(crate) last_delivery: i64,
    /// How many rows the table had.
    pub(crate) rows: u64,
    /// The names of the files that another tool wrote, or an earlier version of Seatwise.
    pub(crate) without_checksum: Vec<String>,
    /// When something was recorded last; none if nothing was.
    pub(crate) recorded_at: Option<Timestamp>,
}

impl Covers {
    /// All of a table.
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

    /// Whether what covers this can follow the table: nothing was erased from it since, and no other tool
    /// wrote to it.
    pub(crate) fn can_follow(&self, table: &Table) -> bool {
        self.version <= table.version()
            && self.is_of_log(table)
            && self.rows <= rows_of(table)
            && self.last_delivery <= table.last_delivery()
            && self.without_checksum == without_checksum(table)
    }

    /// Whether the log of the table has this version.
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

/// The SHA-256 of the log entry of a version; none if it is not there.
fn entry_of(table: &Table, version: u64) -> Option<String> {
    let entry = Checksum::of_file(&LogName::entry(version).path(&table.path));
    entry.ok().map(|checksum| checksum.to_string())
}

/// The names of a table's files that have no checksum, in their order.
fn without_checksum(table: &Table) -> Vec<String> {
    let foreign = table.files.iter().filter(|file| file.checksum.is_none());
    let mut names: Vec<String> = foreign.map(|file| file.name.clone()).collect();
    names.sort();
    names
}

/// How many rows a table has.
pub(crate) fn rows_of(table: &Table) -> u64 {
    table.files.iter().map(|file| file.stats.num_records).sum()
}

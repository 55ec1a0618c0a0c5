//! Which rows of a table something in memory is made of, and whether it can follow the table by what was
//! added.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::table::delta::Table;
use crate::table::log::has_version;

/// All rows of a table at a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Covers {
    /// The id that the table has in its log: another table may stand in its place.
    pub(crate) table: String,
    /// The version of the table. While it can still be read, nothing was erased from the table.
    pub(crate) version: u64,
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
        let foreign = table.files.iter().filter(|file| file.checksum.is_none());
        let mut without_checksum: Vec<String> = foreign.map(|file| file.name.clone()).collect();
        without_checksum.sort();
        Self {
            table: table.id().to_owned(),
            version: table.version(),
            last_delivery: table.last_delivery(),
            rows: rows_of(table),
            without_checksum,
            recorded_at: table.last_recorded(),
        }
    }

    /// Whether what covers this can follow the table: nothing was erased from it since, and no other tool
    /// wrote to it.
    pub(crate) fn can_follow(&self, table: &Table) -> bool {
        let now = Self::all_of(table);
        self.table == now.table
            && self.version <= now.version
            && has_version(&table.path, self.version)
            && self.rows <= now.rows
            && self.last_delivery <= now.last_delivery
            && self.without_checksum == now.without_checksum
    }

    /// Whether nothing was added to the table since.
    pub(crate) fn has_all_of(&self, table: &Table) -> bool {
        self.table == table.id()
            && self.last_delivery == table.last_delivery()
            && self.rows == rows_of(table)
    }
}

/// How many rows a table has.
pub(crate) fn rows_of(table: &Table) -> u64 {
    table.files.iter().map(|file| file.stats.num_records).sum()
}

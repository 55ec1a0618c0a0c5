//! What became of the deliveries of an import.

use serde::Serialize;

use crate::ingest::lost::Losses;

/// What became of deliveries.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Rows that were stored, those of new and restated deliveries.
    pub(crate) rows: u64,
    /// Deliveries of units that were not known.
    pub(crate) new: u64,
    /// Deliveries that say what is known already: nothing was stored for them.
    pub(crate) unchanged: u64,
    /// Deliveries that say something else about a known unit: both are kept, the new one counts.
    pub(crate) restated: u64,
    /// What took the place of damaged files.
    pub(crate) mended: Mended,
    /// What the restatements take away.
    pub(crate) losses: Losses,
    /// The file that takes too much away: then nothing was stored.
    pub(crate) refused: Option<Share>,
}

/// How much of what is known of its units a file takes away.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Share {
    pub(crate) file: u32,
    /// Rows of the units, as they were known.
    pub(crate) known: u64,
    /// Those of them that the file has not.
    pub(crate) lost: u64,
}

/// What an import did about damaged data files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mended {
    /// Files that were damaged or gone, and that no table names any more.
    pub files: u64,
    /// Deliveries that they had, and that are again as they were.
    pub deliveries: u64,
    /// Rows that they had, and that are lost because the import does not have them.
    pub rows_lost: u64,
    /// Deliveries of the import that were left out, as the tables have the same as an earlier version,
    /// or a version that is newer than all that the files had.
    pub older: u64,
    /// Data files that are still damaged. They are looked for where damage is in the way of an import,
    /// so this is 0 if it met none.
    pub still_damaged: u64,
}

impl Mended {
    pub(crate) fn add(&mut self, other: Self) {
        self.files += other.files;
        self.deliveries += other.deliveries;
        self.rows_lost += other.rows_lost;
        self.older += other.older;
        self.still_damaged += other.still_damaged;
    }
}

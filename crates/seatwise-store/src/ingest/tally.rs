//! What became of the deliveries of an import.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::ingest::lost::{Before, Losses};
use crate::model::fact::Fact;

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
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    pub(crate) file: u32,
    /// Rows of the units, as they were known.
    pub(crate) known: u64,
    /// Those of them that the file has not.
    pub(crate) lost: u64,
}

/// How much of what is known of their units the files of an import take away.
#[derive(Default)]
pub(crate) struct Shares(BTreeMap<u32, Share>);

impl Shares {
    /// Adds a delivery of a file that says what is known: it takes nothing away.
    pub(crate) fn add_unchanged(&mut self, file: u32, rows: &[Fact]) {
        let rows = rows.iter().filter(|row| !row.is_empty_delivery());
        self.of(file).known += rows.count() as u64;
    }

    /// Adds a delivery of a file that restates another one.
    pub(crate) fn add_restated(&mut self, file: u32, before: &Before) {
        let share = self.of(file);
        share.known += before.rows;
        share.lost += before.lost;
    }

    fn of(&mut self, file: u32) -> &mut Share {
        self.0.entry(file).or_insert(Share {
            file,
            known: 0,
            lost: 0,
        })
    }

    /// The first file that takes more than half away.
    pub(crate) fn too_large(self) -> Option<Share> {
        let mut shares = self.0.into_values();
        shares.find(|share| 2 * share.lost > share.known)
    }
}

/// What an import did about damaged data files. An import that meets one mends, and does nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mended {
    /// Files that were damaged or gone, and that no table names any more.
    pub files: u64,
    /// Deliveries that they had, and that are again as they were.
    pub deliveries: u64,
    /// Rows that they had and that are lost: less those that were recorded as of now in their place.
    pub rows_lost: u64,
    /// Deliveries of the import that were left out because it mended, and that the tables have in no
    /// version.
    pub left_out: u64,
    /// Data files that are still damaged. They are looked for where damage is in the way of an import,
    /// so this is 0 if it met none.
    pub still_damaged: u64,
}

impl Mended {
    pub(crate) fn add(&mut self, other: Self) {
        self.files += other.files;
        self.deliveries += other.deliveries;
        self.rows_lost += other.rows_lost;
        self.left_out += other.left_out;
        self.still_damaged += other.still_damaged;
    }
}

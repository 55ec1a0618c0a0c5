//! The outcome of an import's deliveries.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::ingest::losses::{Before, Losses};
use crate::model::fact::Fact;

/// Counts of deliveries by outcome.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Rows stored for new and restated deliveries.
    pub(crate) rows: u64,
    /// Deliveries of new units.
    pub(crate) new: u64,
    /// Deliveries with the existing content. Nothing is stored for them.
    pub(crate) unchanged: u64,
    /// Deliveries of existing units with other content. Both are kept, and the new one counts.
    pub(crate) restated: u64,
    /// What was restored from damaged files.
    pub(crate) mended: Mended,
    /// What the restatements lose.
    pub(crate) losses: Losses,
    /// The file that loses too much. Nothing is stored then.
    pub(crate) refused: Option<Share>,
}

/// How much of the existing rows of its units a file loses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    pub(crate) file: u32,
    /// The existing rows of the units.
    pub(crate) known: u64,
    /// Those of them that the file lacks.
    pub(crate) lost: u64,
}

/// The share that each file of an import loses.
#[derive(Default)]
pub(crate) struct Shares(BTreeMap<u32, Share>);

impl Shares {
    /// Adds an unchanged delivery of a file, which loses nothing.
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

    /// The first file that loses more than half; `None` if there is none.
    pub(crate) fn too_large(self) -> Option<Share> {
        let mut shares = self.0.into_values();
        shares.find(|share| 2 * share.lost > share.known)
    }
}

/// How an import mended damaged data files. An import that meets damage only mends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mended {
    /// Damaged or missing files that no table names any more.
    pub files: u64,
    /// Their deliveries that were restored.
    pub deliveries: u64,
    /// Their rows that are lost, without those replaced by rows recorded now.
    pub rows_lost: u64,
    /// Deliveries of the import that were left out because the import mended, and of which the
    /// tables have no version.
    pub left_out: u64,
    /// Data files that are still damaged. Only an import that meets damage looks for them, so this
    /// is 0 otherwise.
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

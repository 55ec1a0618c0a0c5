//! What an import did.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use seatwise_types::CustomerId;
use serde::Serialize;

use super::check::{BadRow, BadRows};
use crate::ingest::lost::Losses;
use crate::ingest::tally::{Mended, Tally};

/// How many files or customers a list of examples has.
pub(super) const EXAMPLES: usize = 10;

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Files that were read to their end.
    pub files: u64,
    /// Rows that were read, bad ones among them.
    pub rows_read: u64,
    /// Rows that were stored.
    pub rows_stored: u64,
    /// Deliveries of units that were not known.
    pub deliveries_new: u64,
    /// Deliveries that were known already.
    pub deliveries_unchanged: u64,
    /// Deliveries that say something else than before about a known unit.
    pub deliveries_restated: u64,
    /// Deliveries that were left out because a row of them is bad.
    pub deliveries_rejected: u64,
    /// Deliveries whose rows stand in several files.
    pub deliveries_joined: u64,
    /// The first ten files that have rows of these.
    pub joined_files: Vec<String>,
    /// Deliveries without rows, of customers that complete files do not have.
    pub deliveries_emptied: u64,
    /// The first ten of these customers.
    pub first_emptied: Vec<CustomerId>,
    /// What restatements take away from the versions before them.
    pub losses: Losses,
    /// What took the place of damaged data files.
    pub mended: Mended,
    /// Rows that are bad; the rows left out with them are not counted.
    pub bad_rows: u64,
    /// The first ten bad rows that were left out.
    pub first_bad_rows: Vec<BadRow>,
    /// Where the rejected rows are.
    pub rejected_files: Vec<PathBuf>,
    /// Columns that are not used.
    pub ignored_columns: BTreeSet<String>,
    /// Files that were passed over, and why.
    pub passed_over: Vec<PassedOver>,
    /// Files of which nothing was stored because the import ended with an error.
    pub not_stored: Vec<String>,
    /// Nothing was stored because nothing was to be stored.
    pub dry_run: bool,
    /// How many files were taken for what: `usage`, `deployment`, or the name of a download of
    /// Partner Center's Insights, `OfficeUsage` or `DynamicsUsage`.
    pub taken_for: BTreeMap<&'static str, u64>,
    /// Rows of downloads that were left out because they are marked as duplicates.
    pub duplicate_rows: u64,
    /// Rows of downloads that are not marked and repeat another one, which was counted once.
    pub repeated_rows: u64,
    /// How often each word, such as `NULL`, was taken for "no value" in columns of codes and ids and
    /// in names that may be missing.
    pub no_value_words: BTreeMap<String, u64>,
    /// Domains of customers that were not known, or were others. No figure changes with them.
    pub domains_stored: u64,
}

/// A file that was passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PassedOver {
    /// The file, as it was given or found in a folder.
    pub file: String,
    /// Why.
    pub reason: String,
}

/// A receipt, with the time it took: the form in which receipts are given to programs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TimedReceipt<'a> {
    /// What the import did.
    #[serde(flatten)]
    pub receipt: &'a Receipt,
    /// How long it took.
    pub seconds: f64,
    /// Rows read in a second, on average.
    pub rows_per_second: u64,
}

impl Receipt {
    /// With the time that it took.
    pub fn timed(&self, took: Duration) -> TimedReceipt<'_> {
        let seconds = took.as_secs_f64();
        TimedReceipt {
            receipt: self,
            seconds,
            rows_per_second: (self.rows_read as f64 / seconds.max(1e-6)) as u64,
        }
    }

    pub(super) fn add(&mut self, tally: Tally) {
        self.rows_stored += tally.rows;
        self.deliveries_new += tally.new;
        self.deliveries_unchanged += tally.unchanged;
        self.deliveries_restated += tally.restated;
        self.mended.add(tally.mended);
        self.losses.add(tally.losses);
    }

    pub(super) fn add_bad(&mut self, bad: BadRows) {
        self.bad_rows += bad.count;
        let room = EXAMPLES.saturating_sub(self.first_bad_rows.len());
        self.first_bad_rows.extend(bad.first.into_iter().take(room));
    }
}

//! The receipt of an import.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use seatwise_types::CustomerId;
use serde::Serialize;

use super::bad_rows::{BadRow, BadRows};
use crate::ingest::losses::Losses;
use crate::ingest::tally::{Mended, Tally};

/// The number of files or customers in a list of examples.
pub(super) const EXAMPLES: usize = 10;

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Files read to the end.
    pub files: u64,
    /// Rows read, including bad ones.
    pub rows_read: u64,
    /// Rows stored.
    pub rows_stored: u64,
    /// Deliveries of new units.
    pub deliveries_new: u64,
    /// Deliveries with the existing content.
    pub deliveries_unchanged: u64,
    /// Deliveries of existing units with other content.
    pub deliveries_restated: u64,
    /// Deliveries left out because of a bad row.
    pub deliveries_rejected: u64,
    /// Deliveries with rows in several files.
    pub deliveries_joined: u64,
    /// The first ten files with rows of these.
    pub joined_files: Vec<String>,
    /// Deliveries without rows, for customers that complete files lack.
    pub deliveries_emptied: u64,
    /// The first ten of these customers.
    pub first_emptied: Vec<CustomerId>,
    /// What restatements lose compared with previous versions.
    pub losses: Losses,
    /// What was restored from damaged data files.
    pub mended: Mended,
    /// Bad rows; rows left out with them do not count.
    pub bad_rows: u64,
    /// The first ten bad rows that were left out.
    pub first_bad_rows: Vec<BadRow>,
    /// The files with rejected rows.
    pub rejected_files: Vec<PathBuf>,
    /// Unused columns.
    pub ignored_columns: BTreeSet<String>,
    /// Files that were skipped, and why.
    pub passed_over: Vec<PassedOver>,
    /// Files of which nothing was stored because of an error.
    pub not_stored: Vec<String>,
    /// Whether it was a dry run, which stores nothing.
    pub dry_run: bool,
    /// The number of files recognised as `usage`, `deployment`, or a download of Partner Center's
    /// Insights, `OfficeUsage` or `DynamicsUsage`.
    pub taken_for: BTreeMap<&'static str, u64>,
    /// Rows of downloads left out because they are marked as duplicates.
    pub duplicate_rows: u64,
    /// Rows of downloads that repeat another row without a mark, and were counted once.
    pub repeated_rows: u64,
    /// How often each word, such as `NULL`, was read as "no value" in columns of codes and ids and
    /// in optional names.
    pub no_value_words: BTreeMap<String, u64>,
    /// New or changed domains of customers. They change no figure.
    pub domains_stored: u64,
}

/// A file that was skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PassedOver {
    /// The file, as given or as found in a folder.
    pub file: String,
    /// The reason.
    pub reason: String,
}

/// A receipt with its duration: the form for programs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TimedReceipt<'a> {
    /// What the import did.
    #[serde(flatten)]
    pub receipt: &'a Receipt,
    /// The duration in seconds.
    pub seconds: f64,
    /// Rows read per second, on average.
    pub rows_per_second: u64,
}

impl Receipt {
    /// Adds the duration.
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

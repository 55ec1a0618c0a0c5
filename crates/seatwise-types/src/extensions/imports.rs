//! Imports that were made or refused.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Page;
use super::words::words;

words! {
    /// How files came in.
    ImportWay {
        /// They were named on a command line.
        Command = "command",
        /// They were the body of a request.
        Request = "request",
        /// They were dropped in the folder that a server watches.
        Folder = "folder",
        /// A collection gathered them.
        Collection = "collection",
    }
}

words! {
    /// What became of an import.
    ImportOutcome {
        /// All that it has is known now; of files with bad rows, what is not left out for them.
        Stored = "stored",
        /// Its files are wrong, and nothing of them was stored that the counts do not name.
        Refused = "refused",
    }
}

/// The imports of a partner that are listed, the newest first: `GET /seatwise/v1/imports`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "PastImports")
)]
#[serde(rename_all = "camelCase")]
pub struct Imports {
    /// The imports.
    pub imports: Page<PastImport>,
    /// Path and query of the next page; `None` on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_link: Option<String>,
}

/// One import that was made, or refused because of its files.
///
/// Texts come from outside. Each has at most 300 letters; of a longer one the middle is left out.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PastImport {
    /// Its number among the imports of the partner, from 1. After a customer was erased, numbers begin
    /// at 1 again.
    pub number: u64,
    /// When it was made: its deliveries count as recorded then or later.
    pub at: Timestamp,
    /// How its files came in.
    pub way: ImportWay,
    /// What became of it.
    pub outcome: ImportOutcome,
    /// How many files or folders were given.
    pub given: u64,
    /// The first ten of them, as they were given.
    pub files: Vec<String>,
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
    /// Rows that are bad.
    pub bad_rows: u64,
    /// The first ten of them.
    pub first_bad_rows: Vec<BadImportRow>,
    /// Why it was refused; `None` if it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A row that was not stored, and why.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct BadImportRow {
    /// The file, as it was given.
    pub file: String,
    /// Where the row begins, from 1: the line of a text file, else the number of the row.
    pub line: u64,
    /// The column, by its name in the commercial resources; empty if the row is broken as a whole.
    pub column: String,
    /// What stands there.
    pub value: String,
    /// What is wrong, and what should be there.
    pub remedy: String,
}

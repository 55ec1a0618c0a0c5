//! Rows that cannot be stored, and what is wrong with them.

use std::fmt;

use serde::Serialize;

/// The number of bad rows that are listed.
const MOST_LISTED: usize = 10;

/// A row that cannot be stored, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadRow {
    /// The file, as given.
    pub file: String,
    /// The start of the row, from 1: the line in text formats, otherwise the number of the row.
    pub line: u64,
    /// The column, by its name in the commercial resources; empty if the whole row is broken.
    pub column: &'static str,
    /// The value, shortened.
    pub value: String,
    /// What is wrong, and what is expected.
    pub remedy: String,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            column,
            value,
            remedy,
        } = self;
        match (column.is_empty(), value.is_empty()) {
            (true, _) => write!(f, "{file}:{line}: {remedy}"),
            (false, true) => write!(f, "{file}:{line}: {column}: {remedy}"),
            (false, false) => write!(f, "{file}:{line}: {column} `{value}`: {remedy}"),
        }
    }
}

/// The bad rows of one file: the first ten, and their number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BadRows {
    /// The first ten.
    pub first: Vec<BadRow>,
    /// The number of all bad rows.
    pub count: u64,
}

impl BadRows {
    /// A line for each of the first ten, and one with the number of the others.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let more = self.count - self.first.len() as u64;
        let more = (more > 0).then(|| format!("and {more} more"));
        self.first.iter().map(ToString::to_string).chain(more)
    }

    pub(crate) fn add(&mut self, row: BadRow) {
        self.count += 1;
        if self.first.len() < MOST_LISTED {
            self.first.push(row);
        }
    }
}

/// Writes their number: `a bad row`, `2 bad rows`.
impl fmt::Display for BadRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            1 => f.write_str("a bad row"),
            count => write!(f, "{count} bad rows"),
        }
    }
}

//! Errors of an import.

use std::io;

use super::bad_rows::BadRows;
use super::receipt::Receipt;
use crate::model::error::StoreError;
use crate::model::kind::Kind;

/// Why an import stopped. Each kind is stored as a whole or not at all; the receipt says what was
/// stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// A file cannot be opened or read, or has no rows. Nothing was stored.
    #[error("cannot import `{file}`: {source}")]
    File {
        /// The file, as given.
        file: String,
        /// The cause, and what to do.
        source: io::Error,
        /// What was read.
        receipt: Box<Receipt>,
    },
    /// A file has bad rows. Nothing was stored.
    #[error("`{file}` has {bad}: nothing of it was stored")]
    BadRows {
        /// The file, as given.
        file: String,
        /// The rows.
        bad: BadRows,
        /// What was read.
        receipt: Box<Receipt>,
    },
    /// Two files have rows of the same delivery, and it is unclear whether they are parts or
    /// versions. Nothing was stored.
    #[error("`{before}` and `{file}` both have rows of {delivery}, and {why}")]
    Unclear {
        /// The later file.
        file: String,
        /// The earlier file.
        before: String,
        /// The delivery.
        delivery: String,
        /// Why it is unclear.
        why: &'static str,
        /// What was read.
        receipt: Box<Receipt>,
    },
    /// A file would lose more than half of the existing rows or customers. Nothing of its kind was
    /// stored.
    #[error(
        "`{file}` would remove {lost} of the {known} {what} that its deliveries have now: no {kind} \
         was stored"
    )]
    Loses {
        /// The file, as given.
        file: String,
        /// The kind.
        kind: Kind,
        /// What it would lose: `rows` or `customers`.
        what: &'static str,
        /// How many it would lose.
        lost: u64,
        /// The number of existing ones.
        known: u64,
        /// What would have been stored, and what was stored of other kinds.
        receipt: Box<Receipt>,
    },
    /// The store cannot be read or written. Nothing was stored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store cannot be written, after one kind was stored.
    #[error("only a part of the import was stored")]
    Partly {
        /// Why the rest was not stored.
        source: StoreError,
        /// What was stored.
        receipt: Box<Receipt>,
    },
}

impl ImportError {
    /// Whether the input is wrong, and not this computer: a new import of the same input fails
    /// again.
    pub fn is_of_input(&self) -> bool {
        use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
        match self {
            Self::BadRows { .. } | Self::Unclear { .. } | Self::Loses { .. } => true,
            Self::File { source, .. } => matches!(
                source.kind(),
                InvalidData | InvalidInput | Other | UnexpectedEof
            ),
            Self::Store(StoreError::TooLong) => true,
            Self::Store(_) | Self::Partly { .. } => false,
        }
    }

    /// What was read and stored before the error; `None` if the store was not usable at all.
    pub fn receipt(&self) -> Option<&Receipt> {
        match self {
            Self::File { receipt, .. }
            | Self::BadRows { receipt, .. }
            | Self::Unclear { receipt, .. }
            | Self::Loses { receipt, .. }
            | Self::Partly { receipt, .. } => Some(receipt),
            Self::Store(_) => None,
        }
    }

    /// The error of the store, if it failed.
    pub fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(source) | Self::Partly { source, .. } => Some(source),
            _ => None,
        }
    }
}

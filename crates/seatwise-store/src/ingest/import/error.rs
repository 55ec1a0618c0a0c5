//! Why an import stopped.

use std::io;

use super::check::BadRows;
use super::receipt::Receipt;
use crate::model::error::StoreError;
use crate::model::kind::Kind;

/// Why an import stopped. Each kind of facts is stored as a whole or not at all; what the receipt says
/// was stored is stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// A file cannot be opened or read, or is not a file of rows; nothing was stored.
    #[error("cannot import `{file}`: {source}")]
    File {
        /// The file, as it was given.
        file: String,
        /// Why, and what to do.
        source: io::Error,
        /// What was read.
        receipt: Box<Receipt>,
    },
    /// A file has bad rows; nothing was stored.
    #[error("`{file}` has {bad}: nothing of it was stored")]
    BadRows {
        /// The file, as it was given.
        file: String,
        /// The rows.
        bad: BadRows,
        /// What was read.
        receipt: Box<Receipt>,
    },
    /// Two files have rows of the same delivery, and it is not clear whether they are parts of it or
    /// versions; nothing was stored.
    #[error("`{before}` and `{file}` both have rows of {delivery}, and {why}")]
    Unclear {
        /// The later file.
        file: String,
        /// The one before it.
        before: String,
        /// The delivery.
        delivery: String,
        /// Why it is not clear.
        why: &'static str,
        /// What was read.
        receipt: Box<Receipt>,
    },
    /// A file takes more than half of what is known away; nothing of its kind was stored.
    #[error(
        "`{file}` takes {lost} of {known} {what} away that are known of its deliveries: no {kind} \
         was stored"
    )]
    Loses {
        /// The file, as it was given.
        file: String,
        /// The kind of facts.
        kind: Kind,
        /// What it takes away: `rows` or `customers`.
        what: &'static str,
        /// How many.
        lost: u64,
        /// Of how many.
        known: u64,
        /// What would have been stored, and what was stored of other kinds.
        receipt: Box<Receipt>,
    },
    /// The store cannot be read or written; nothing was stored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store cannot be written, after one kind of facts was stored.
    #[error("only a part of the import was stored")]
    Partly {
        /// Why the rest was not.
        source: StoreError,
        /// What was stored.
        receipt: Box<Receipt>,
    },
}

impl ImportError {
    /// Whether it is the input that is wrong, and not this computer: imported again as it is, it is
    /// refused again.
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

    /// What was read and stored before; none if the store could not be used at all.
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

    /// What to say about a store that failed, if one did.
    pub fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(source) | Self::Partly { source, .. } => Some(source),
            _ => None,
        }
    }
}

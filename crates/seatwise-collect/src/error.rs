//! Why a collection stops.

use std::io;
use std::path::{Path, PathBuf};

use seatwise_client::Error as ClientError;
use seatwise_store::StoreError;
use seatwise_store::import::ImportError;
use seatwise_types::own::Metric;

/// Why a collection stopped. What was gathered before is kept: the next one goes on from there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CollectError {
    /// Another collector is at work for the same partner.
    #[error("another collector is at work in `{}`", folder.display())]
    Busy {
        /// Where the collector keeps its progress.
        folder: PathBuf,
    },
    /// The source does not answer.
    #[error("cannot ask for {what}")]
    Source {
        /// What was asked for.
        what: String,
        /// Why not.
        #[source]
        source: ClientError,
    },
    /// The source fails for one customer after the other.
    #[error("{in_a_row} customers in a row could not be asked for {metric}")]
    Failing {
        /// What was asked for.
        metric: Metric,
        /// How many.
        in_a_row: usize,
        /// Why the last one could not.
        #[source]
        source: ClientError,
    },
    /// The rows of all customers changed while they were read, each time.
    #[error("the {metric} rows changed while they were read, {times} times: {last}")]
    Unsteady {
        /// Which rows.
        metric: Metric,
        /// How often they were begun again.
        times: usize,
        /// What was seen the last time.
        last: String,
    },
    /// The list of customers or of rows does not come to an end.
    #[error("gave up: the list of {what} does not come to an end")]
    Endless {
        /// What is listed.
        what: String,
    },
    /// What was gathered cannot be imported.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file of the collector cannot be read or written.
    #[error("cannot {action} `{}`", path.display())]
    File {
        /// What was to be done.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl CollectError {
    /// Makes an error of this crate of one of the file system.
    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File {
            action,
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn source(what: impl Into<String>) -> impl FnOnce(ClientError) -> Self {
        |source| Self::Source {
            what: what.into(),
            source,
        }
    }

    /// The error of the source, if that is what stopped the collection.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_collect::CollectError;
    ///
    /// let busy = CollectError::Busy { folder: "collections".into() };
    /// assert!(busy.of_the_source().is_none());
    /// ```
    pub fn of_the_source(&self) -> Option<&ClientError> {
        match self {
            Self::Source { source, .. } | Self::Failing { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// An error with its causes, on one line.
///
/// # Example
///
/// ```
/// use std::io::{Error, ErrorKind};
///
/// let err = Error::new(ErrorKind::NotFound, "no such file");
/// assert_eq!(seatwise_collect::full_message(&err), "no such file");
/// ```
pub fn full_message(err: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(err.source(), |err| err.source());
    causes.fold(err.to_string(), |message, cause| {
        format!("{message}: {cause}")
    })
}

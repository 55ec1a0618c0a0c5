//! Errors of a collection.

use std::io;
use std::path::{Path, PathBuf};

use seatwise_client::Error as ClientError;
use seatwise_store::StoreError;
use seatwise_store::import::ImportError;
use seatwise_types::extensions::Metric;

/// Why a collection stopped. Gathered data is kept, and the next collection resumes from it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CollectError {
    /// Another collector of the same partner is running.
    #[error("another collector is running in `{}`", folder.display())]
    Busy {
        /// The folder of the collector's progress.
        folder: PathBuf,
    },
    /// The source does not answer.
    #[error("cannot ask for {what}")]
    Source {
        /// What was requested.
        what: String,
        /// The cause.
        #[source]
        source: ClientError,
    },
    /// The source fails for many customers in a row.
    #[error("requests for {metric} failed for {in_a_row} customers in a row")]
    Failing {
        /// The metric.
        metric: Metric,
        /// The number of customers.
        in_a_row: usize,
        /// The cause of the last failure.
        #[source]
        source: ClientError,
    },
    /// The rows of all customers changed while they were read, each time.
    #[error("the {metric} rows changed while they were read, {times} times: {last}")]
    Unsteady {
        /// The metric.
        metric: Metric,
        /// The number of attempts.
        times: usize,
        /// What changed in the last attempt.
        last: String,
    },
    /// The list of customers or of rows does not end.
    #[error("stopped: the list of {what} does not end")]
    Endless {
        /// The list.
        what: String,
    },
    /// The gathered data cannot be imported.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file of the collector cannot be read or written.
    #[error("cannot {action} `{}`", path.display())]
    File {
        /// What the collector tried to do.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl CollectError {
    /// Converts an error of the file system.
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

    /// The error of the source, if it stopped the collection; `None` for other causes.
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

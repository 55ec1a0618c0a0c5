//! Errors of a data folder, grouped by what the caller can do about them.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use seatwise_types::PartnerId;

use crate::model::kind::Kind;

/// An error from another library, kept as the cause.
pub(crate) type Cause = Box<dyn Error + Send + Sync>;

/// Why a call of the store failed. No data is overwritten in any of these cases.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The folder does not exist: nothing has been imported into it.
    #[error("data folder `{}` does not exist", folder.display())]
    NoFolder {
        /// The requested folder.
        folder: PathBuf,
    },
    /// The folder has other content, and is not changed.
    #[error("`{}` is not a Seatwise data folder: it contains `{found}` and no `{marker}`", folder.display())]
    ForeignFolder {
        /// The requested folder.
        folder: PathBuf,
        /// The first entry found in it.
        found: String,
        /// The file that marks a data folder.
        marker: &'static str,
    },
    /// Nothing has been stored in the folder.
    #[error("`{}` is empty", folder.display())]
    EmptyFolder {
        /// The requested folder.
        folder: PathBuf,
    },
    /// The target folder of a copy is not empty, and is not changed.
    #[error("`{}` is not empty: it contains `{found}`", folder.display())]
    Occupied {
        /// The requested folder.
        folder: PathBuf,
        /// The first entry found in it.
        found: String,
    },
    /// The target folder of a copy is inside the data folder. Nothing was copied.
    #[error("`{}` is inside `{}`, the folder to copy", folder.display(), copied.display())]
    Within {
        /// The folder for the copy.
        folder: PathBuf,
        /// The data folder.
        copied: PathBuf,
    },
    /// A guest link cannot be created.
    #[error("cannot make the link: {problem}")]
    NoGuestLink {
        /// The reason.
        problem: &'static str,
    },
    /// A newer Seatwise wrote this. It is not changed.
    #[error("`{}` has layout {found}; this version supports layouts up to {known}", path.display())]
    Newer {
        /// The folder or table.
        path: PathBuf,
        /// The layout that was found.
        found: u32,
        /// The newest layout that this version knows.
        known: u32,
    },
    /// A table cannot be opened, or a file of it cannot be read.
    #[error("table `{table}` of partner {partner} is damaged: cannot {action}")]
    Damaged {
        /// The partner.
        partner: PartnerId,
        /// The table.
        table: Kind,
        /// What the store tried to do.
        action: String,
        /// The engine's error.
        #[source]
        source: Cause,
    },
    /// A data file is damaged or missing. An import has deliveries of it, but cannot restore it.
    #[error(
        "{problem}: it had {rows} {}, of days from {from} to {to}, and {why}",
        if *rows == 1 { "row" } else { "rows" }
    )]
    Unmended {
        /// The partner.
        partner: PartnerId,
        /// The table.
        table: Kind,
        /// What is wrong with the file.
        problem: String,
        /// The first day of its rows.
        from: Date,
        /// The last day of its rows.
        to: Date,
        /// How many rows it had.
        rows: u64,
        /// Why the import cannot restore it.
        why: String,
        /// Whether the file merges several imports, so that no import can restore it.
        is_merged: bool,
    },
    /// An import was stopped before it found out which damaged files it restores. Nothing was stored.
    #[error(
        "finding out which deliveries of damaged files the import restores takes too long; nothing \
         was stored"
    )]
    TooLong,
    /// Something that existed is missing: a disk is not mounted, or a folder was moved.
    #[error("`{}` is gone", path.display())]
    Gone {
        /// The folder or file.
        path: PathBuf,
    },
    /// A write to a folder that was opened read-only.
    #[error("data folder `{}` was opened read-only", path.display())]
    OnlyRead {
        /// The folder.
        path: PathBuf,
    },
    /// A table never had this version, or the files of the version have been removed.
    #[error("table `{table}` of partner {partner} has no version {version}")]
    NoVersion {
        /// The partner.
        partner: PartnerId,
        /// The table.
        table: Kind,
        /// The requested version.
        version: u64,
    },
    /// An instant in the future, where the known deliveries can still change.
    #[error("`{known_at}` is in the future: it is {now} now")]
    NotYet {
        /// The requested instant.
        known_at: Timestamp,
        /// The time.
        now: Timestamp,
    },
    /// By this clock, something was recorded in the future, or an answer was given as known at a
    /// future instant.
    #[error(
        "this computer's clock says {now}, but the last record is of `{last}`: one of the two is wrong"
    )]
    ClockBehind {
        /// The time of the computer's clock.
        now: Timestamp,
        /// The last instant that was recorded or used in an answer.
        last: Timestamp,
    },
    /// Nothing was recorded for so long that the clock is probably wrong.
    #[error(
        "this computer's clock says {now}, {} days after the last record, of {last}",
        now.duration_since(*last).as_hours() / 24
    )]
    ClockAhead {
        /// The time of the computer's clock.
        now: Timestamp,
        /// The last instant that was recorded or used in an answer.
        last: Timestamp,
    },
    /// The file system or object storage has no locks, so concurrent writes could be lost.
    #[error("`{}` is on storage without locks, so other processes may write to it at the same time", folder.display())]
    NoLocks {
        /// The folder of a partner.
        folder: PathBuf,
    },
    /// Another tool gave the table a feature that this store does not support.
    #[error("table `{table}` of partner {partner} uses {feature}, which Seatwise does not support")]
    Unsupported {
        /// The partner.
        partner: PartnerId,
        /// The table.
        table: Kind,
        /// The feature.
        feature: String,
    },
    /// The memory for questions is used up.
    #[error("there is not enough memory left for this question")]
    Memory {
        /// The requested size, and the largest users.
        #[source]
        source: Cause,
    },
    /// Other writers changed the table during each attempt.
    #[error(
        "other writers changed table `{table}` of partner {partner} during each of {attempts} attempts to write to it"
    )]
    Contended {
        /// The partner.
        partner: PartnerId,
        /// The table.
        table: Kind,
        /// The number of attempts.
        attempts: u32,
    },
    /// The object storage of a data folder cannot be used: it does not answer, refuses, or cannot have
    /// a store.
    #[error("cannot use `{url}`")]
    Storage {
        /// The URL of the data folder.
        url: String,
        /// The error of the storage.
        #[source]
        source: Cause,
    },
    /// The disk is full. Acknowledged deliveries are safe.
    #[error("no space left on the device of `{}`", path.display())]
    Full {
        /// A path on the full device.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: Cause,
    },
    /// The system refused access.
    #[error("no permission to {action} `{}`", path.display())]
    Denied {
        /// What the store tried to do.
        action: &'static str,
        /// The path.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: Cause,
    },
    /// Any other failure of the file system.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What the store tried to do.
        action: &'static str,
        /// The path.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: Cause,
    },
}

impl StoreError {
    /// A hint on how to fix it; `None` if there is none.
    #[expect(clippy::too_many_lines, reason = "one arm for each error")]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoGuestLink { .. } => {
                Some("give a shorter text or time, or revoke links that are not needed")
            }
            Self::NoFolder { .. } => {
                Some("import something into it first, or check the path given with --data-dir")
            }
            Self::EmptyFolder { .. } => Some(
                "check the path, or import something into it first: `seatwise import` makes an empty \
                 folder a data folder",
            ),
            Self::ForeignFolder { .. } => {
                Some("check the path; a new data folder must be empty, or not exist yet")
            }
            Self::Occupied { .. } => Some("give an empty folder, or one that does not exist yet"),
            Self::Within { .. } => Some("choose a folder outside of it"),
            Self::Newer { .. } => Some("use the version of seatwise that wrote it, or a newer one"),
            Self::Damaged { .. } => {
                Some("run `seatwise verify`: it shows what is damaged and what to do")
            }
            Self::Unmended {
                is_merged: true, ..
            } => Some(
                "restore the folder from a backup; or import all files of these days together with \
                 --mend: the last version of each delivery is recorded as of now; --dry-run shows \
                 whether rows are lost",
            ),
            Self::Unmended { .. } => Some(
                "import all files of these days again, with the same options, such as --complete: \
                 together, or one after the other with the oldest first, before anything else is \
                 recorded; or restore the folder from a backup; or add --mend: what this import has \
                 of them is recorded as of now, and the rest is lost",
            ),
            Self::TooLong => Some(
                "import fewer files at once, or use `seatwise import`, which takes the time it needs",
            ),
            Self::Gone { .. } => Some(
                "mount the disk or move the folder back, or restore the data folder from a backup",
            ),
            Self::Unsupported { .. } => Some(
                "write the table again without that feature (deletion vectors: purge; column mapping: a copy without it)",
            ),
            Self::NoVersion { .. } => Some("ask for one up to the newest, or for none"),
            Self::NotYet { .. } => Some("ask for an instant in the past"),
            Self::ClockBehind { .. } => Some(
                "set the clock if it is wrong; if it is right, `seatwise repair` shows the records \
                 of the future and corrects them",
            ),
            Self::ClockAhead { .. } => Some(
                "set the clock if it is wrong; if it is right, confirm it with `seatwise repair \
                 --today DATE`",
            ),
            Self::NoLocks { .. } => Some(
                "stop the processes that write to it, copy it to a local disk with `seatwise backup`, \
                 run the command there, and restore the copy into an empty place with `seatwise \
                 restore`",
            ),
            Self::Memory { .. } => Some(
                "ask for less, such as fewer days or one customer, or give questions more memory",
            ),
            Self::Contended { .. } => Some("run it again when the other writers are done"),
            Self::Storage { .. } => Some(
                "check the URL, that its bucket or container exists, and the settings in the \
                 environment: see docs/object-storage.md",
            ),
            Self::Full { .. } => Some("make room and run it again; nothing is half stored"),
            Self::OnlyRead { .. } => None,
            Self::Denied { .. } => {
                Some("run it as the owner of the folder, or give your user access to it")
            }
            Self::Io { source, .. } => match io_kind(source.as_ref()) {
                Some(io::ErrorKind::NotADirectory) => {
                    Some("give a folder: this path, or a part of it, is a file")
                }
                _ => None,
            },
        }
    }

    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::from_cause(action, path, Box::new(source))
    }

    /// Classifies a failure by the first `io::Error` in its source chain.
    pub(crate) fn from_cause(
        action: &'static str,
        path: impl Into<PathBuf>,
        source: Cause,
    ) -> Self {
        let path = path.into();
        match io_kind(source.as_ref()) {
            Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => {
                Self::Full { path, source }
            }
            Some(io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) => {
                Self::Denied {
                    action,
                    path,
                    source,
                }
            }
            _ => Self::Io {
                action,
                path,
                source,
            },
        }
    }
}

/// The kind of the first `io::Error` in the source chain; `None` if there is none.
pub(crate) fn io_kind(err: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    let mut next = Some(err);
    while let Some(err) = next {
        if let Some(io) = err.downcast_ref::<io::Error>() {
            // An `io::Error` may wrap a more specific one.
            return io
                .get_ref()
                .and_then(|inner| io_kind(inner))
                .or(Some(io.kind()));
        }
        next = err.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An error as libraries wrap it: with its own message, and the cause as the source.
    #[derive(Debug, thiserror::Error)]
    #[error("something went wrong")]
    struct Wrapped(#[source] io::Error);

    fn sorted(kind: io::ErrorKind) -> StoreError {
        let deep = io::Error::other(Wrapped(io::Error::from(kind)));
        StoreError::from_cause("write to", "/data", Box::new(Wrapped(deep)))
    }

    #[test]
    fn failures_of_the_disk_are_found_below_the_words_of_libraries() {
        let full = sorted(io::ErrorKind::StorageFull);
        assert_eq!(full.to_string(), "no space left on the device of `/data`");
        assert!(full.hint().is_some());
        let denied = sorted(io::ErrorKind::PermissionDenied);
        assert_eq!(denied.to_string(), "no permission to write to `/data`");
        let other = sorted(io::ErrorKind::Interrupted);
        assert_eq!(other.to_string(), "cannot write to `/data`");
    }
}

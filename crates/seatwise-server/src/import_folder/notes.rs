//! How an import ended, and the note about it beside the file.

use std::fs;
use std::path::{Path, PathBuf};

pub(super) const RECEIPT: &str = ".receipt.json";
pub(super) const REASON: &str = ".reason.txt";

/// Removes the folder and notes of a file that was moved aside. The next look removes what remains.
pub(super) fn remove_own(own: &Path) {
    if fs::remove_dir(own).is_ok() {
        for ended in [Ended::Done, Ended::Rejected] {
            fs::remove_file(beside(own, ended.note_ending())).ok();
        }
    }
}

/// The path of a note, such as `FOLDER.receipt.json`.
pub(super) fn beside(own: &Path, ending: &str) -> PathBuf {
    let mut path = own.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

/// The result of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The data is stored.
    Done,
    /// The file is invalid.
    Rejected,
}

impl Ended {
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Rejected => "rejected",
        }
    }

    pub(super) fn note_ending(self) -> &'static str {
        match self {
            Self::Done => RECEIPT,
            Self::Rejected => REASON,
        }
    }
}

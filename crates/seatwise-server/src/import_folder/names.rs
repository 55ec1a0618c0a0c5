//! Names of files that hold no facts: unfinished, temporary and backup files of the usual
//! programs, and what this program writes. `docs/import.md` has the same table.

use super::taken::{REASON, RECEIPT};

/// Names that begin so.
const BEGINNINGS: [&str; 4] = [
    // Hidden: rsync, lftp, swap files of Vim, locks of LibreOffice, `.DS_Store`.
    ".", // Spark, Hadoop and Hive: `_SUCCESS`, `_temporary`.
    "_", // Microsoft Office: `~$usage.csv` while the file is open.
    "~", // Emacs: `#usage.csv#` while the file is edited.
    "#",
];

/// Names that end so.
const ENDINGS: [&str; 27] = [
    // Many programs, curl and rclone among them.
    ".tmp",
    ".temp",
    ".part",
    ".partial",
    // WinSCP.
    ".filepart",
    // Browsers: Chrome and Edge, Safari, Opera.
    ".crdownload",
    ".download",
    ".opdownload",
    // aria2, gsutil, Google Drive, Nextcloud and Syncthing use these or `.part` or a leading dot.
    ".aria2",
    ".gstmp",
    ".gdownload",
    ".driveupload",
    ".uploading",
    ".upload",
    ".writing",
    ".incomplete",
    ".inprogress",
    ".lock",
    ".lck",
    // Vim, also of files that are hidden by other means.
    ".swp",
    ".swo",
    // Copies that editors and people keep.
    "~",
    ".bak",
    ".old",
    ".orig",
    // Written here, beside files that were moved aside.
    RECEIPT,
    REASON,
];

/// Names that systems write by themselves.
const WHOLE: [&str; 3] = ["desktop.ini", "thumbs.db", "ehthumbs.db"];

/// Whether a file of this name is left alone without a word.
pub(super) fn is_left_alone(name: &str) -> bool {
    let name = name.to_lowercase();
    BEGINNINGS.iter().any(|start| name.starts_with(start))
        || ENDINGS.iter().any(|end| name.ends_with(end))
        || WHOLE.contains(&name.as_str())
}

//! Names of files to ignore: unfinished, temporary and backup files of common programs, and
//! Seatwise's notes. `docs/import.md` has the same table.

use super::notes::{REASON, RECEIPT};

/// Prefixes of these names: `.` of hidden files (rsync, lftp, swap files of Vim, locks of
/// LibreOffice, `.DS_Store`), `_` of Spark, Hadoop and Hive (`_SUCCESS`, `_temporary`), `~` of files
/// that are open in Microsoft Office (`~$usage.csv`), and `#` of files that are open in Emacs
/// (`#usage.csv#`).
const BEGINNINGS: [&str; 4] = [".", "_", "~", "#"];

/// Suffixes of these names.
const ENDINGS: [&str; 27] = [
    // Many programs, such as curl and rclone.
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
    // Copies by editors and people.
    "~",
    ".bak",
    ".old",
    ".orig",
    // Notes beside files that were moved aside.
    RECEIPT,
    REASON,
];

/// Names of files that operating systems write.
const WHOLE: [&str; 3] = ["desktop.ini", "thumbs.db", "ehthumbs.db"];

/// Whether a file of this name is ignored without a message.
pub(super) fn is_left_alone(name: &str) -> bool {
    let name = name.to_lowercase();
    BEGINNINGS.iter().any(|start| name.starts_with(start))
        || ENDINGS.iter().any(|end| name.ends_with(end))
        || WHOLE.contains(&name.as_str())
}

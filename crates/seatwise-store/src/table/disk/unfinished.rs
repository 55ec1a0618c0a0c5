//! Temporary files: those that do not have their name yet.

use std::fs;
use std::io;
use std::path::Path;

use jiff::Timestamp;

use super::DurableFiles;
use crate::table::access::share;
use crate::table::names::UNFINISHED;

/// A new temporary file with the permissions of [`access`](crate::table::access).
pub(super) fn unfinished_in(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    let file = builder
        .prefix(UNFINISHED)
        .suffix(".tmp")
        .tempfile_in(folder)?;
    share(file.path(), folder)?;
    Ok(file)
}

impl DurableFiles {
    /// Removes temporary files that a killed writer left in a folder at least an hour ago. Younger
    /// files may be in use: some network drives have no locks, and an export takes none.
    pub(crate) fn remove_unfinished(&self, folder: &Path, now: Timestamp) {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        // Checking each finished file would cost more than a small import.
        let unfinished =
            entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(UNFINISHED));
        let mut removed = false;
        for entry in unfinished {
            let written = entry.metadata().and_then(|file| file.modified()).ok();
            let written = written.and_then(|time| Timestamp::try_from(time).ok());
            let is_old = written.is_some_and(|time| now.duration_since(time).as_hours() >= 1);
            if is_old {
                // What cannot be removed now is left to the next writer, and does no harm.
                removed |= self.remove(&entry.path()).is_ok();
            }
        }
        // Otherwise a power cut could bring back rows of a customer that was erased.
        if removed {
            self.sync_folder(folder).ok();
        }
    }
}

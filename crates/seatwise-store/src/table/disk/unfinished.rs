//! Temporary files: those that do not have their name yet.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

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

/// The temporary files that a killed writer left in a folder at least an hour ago. Younger files may
/// be in use: some network drives have no locks, and an export takes none.
pub(super) fn left_in(folder: &Path, now: Timestamp) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    // Checking each finished file would cost more than a small import.
    let unfinished =
        entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(UNFINISHED));
    let old = unfinished.filter(move |entry| {
        let written = entry.metadata().and_then(|file| file.modified()).ok();
        let written = written.and_then(|time| Timestamp::try_from(time).ok());
        written.is_some_and(|time| now.duration_since(time).as_hours() >= 1)
    });
    old.map(|entry| entry.path())
}

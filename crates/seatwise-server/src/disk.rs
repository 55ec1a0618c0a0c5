//! What is left of the disk of the data folder.

use std::path::Path;

/// How many bytes this process may still write to the disk of a folder; none if the system does not
/// tell.
#[cfg(unix)]
pub(crate) fn free(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Other systems are not asked.
#[cfg(not(unix))]
pub(crate) fn free(_folder: &Path) -> Option<u64> {
    None
}

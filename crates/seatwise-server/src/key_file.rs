//! Key files that only their owner can read.

use std::fs::{File, Metadata};
use std::io::{self, Write as _};
use std::path::Path;

/// Creates a key file atomically, with mode 0600. An existing file stays.
///
/// # Errors
/// If the folder of the file does not exist, or the file system refuses.
pub fn create_key_file(path: &Path, key: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidFilename)?;
    // Temporary files have mode 0600 from the start.
    let mut builder = tempfile::Builder::new();
    let mut file = builder.prefix(".seatwise-").tempfile_in(folder)?;
    file.write_all(key)?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(err) if err.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(err) => Err(err.error),
        // On Unix, sync the folder to make the new name durable.
        Ok(_) if cfg!(unix) => File::open(folder)?.sync_all(),
        Ok(_) => Ok(()),
    }
}

/// The mode of a file or folder if other users have any access; `None` if they have none or the
/// system has no modes. Pass the metadata of the open file, so that the file cannot be swapped in
/// between.
#[cfg(unix)]
pub fn exposed_mode(metadata: &Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = metadata.permissions().mode() & 0o7777;
    (mode & 0o077 != 0).then_some(mode)
}

/// Always `None`, because the system has no modes.
#[cfg(not(unix))]
pub fn exposed_mode(_: &Metadata) -> Option<u32> {
    None
}

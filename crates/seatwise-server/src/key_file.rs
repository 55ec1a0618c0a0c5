//! Files with a key that their owner alone may read.

use std::fs::{File, Metadata};
use std::io::{self, Write as _};
use std::path::Path;

/// Writes a new key, whole or not at all, with mode 0600. If another process was faster, its key stays.
///
/// # Errors
/// If the folder of the file does not exist, or the file system refuses.
pub fn create_key_file(path: &Path, key: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidFilename)?;
    // A temporary file has mode 0600 before anything is in it.
    let mut builder = tempfile::Builder::new();
    let mut file = builder.prefix(".seatwise-").tempfile_in(folder)?;
    file.write_all(key)?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(err) if err.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(err) => Err(err.error),
        // Only Unix lets a folder be opened to make the names in it durable.
        Ok(_) if cfg!(unix) => File::open(folder)?.sync_all(),
        Ok(_) => Ok(()),
    }
}

/// The mode of a file or folder that other users may use in some way; none if they may not, and where the
/// system has no modes. Ask it of the open file, so that it cannot be exchanged in between.
#[cfg(unix)]
pub fn exposed_mode(metadata: &Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = metadata.permissions().mode() & 0o7777;
    (mode & 0o077 != 0).then_some(mode)
}

/// The mode of a file or folder that other users may use in some way; none where the system has no modes.
#[cfg(not(unix))]
pub fn exposed_mode(_: &Metadata) -> Option<u32> {
    None
}

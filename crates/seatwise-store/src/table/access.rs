//! Who may use files and folders that are made: the user alone, or the group of a folder that is shared.
//!
//! A folder that has the setgid bit is shared with its group, as is usual on Unix: what is made in it
//! gets that group and, by this module, the group's rights of the folder. What is made in any other
//! folder is for its user alone (0600 in 0700), whatever the umask. Others never get anything.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Creates a folder, and those above it that are missing.
///
/// # Errors
/// If the file system refuses.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = parent(folder)?;
    create_folder(parent)?;
    make_folder(folder)
}

/// Creates one folder, or finds it there.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(err) if err.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.and_then(|()| share(folder, parent(folder)?)),
    }
}

/// Creates a file, or empties the one that is there.
///
/// # Errors
/// If the file system refuses.
pub fn create(path: &Path) -> io::Result<File> {
    open(
        path,
        OpenOptions::new().write(true).create(true).truncate(true),
    )
}

/// Opens a file with options, which may create it.
///
/// # Errors
/// If the file system refuses.
pub fn open(path: &Path, options: &OpenOptions) -> io::Result<File> {
    let mut options = options.clone();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let is_new = !path.exists();
    let file = options.open(path)?;
    if is_new {
        share(path, parent(path)?)?;
    }
    Ok(file)
}

/// Gives what was made in a folder for its user alone to the folder's group too, if that folder is
/// shared.
pub(crate) fn share(made: &Path, folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(folder)?.permissions().mode();
        if mode & 0o2000 != 0 {
            let (own, most) = match made.is_dir() {
                true => (0o700, 0o2770),
                false => (0o600, 0o660),
            };
            fs::set_permissions(made, fs::Permissions::from_mode(own | mode & most))?;
        }
    }
    Ok(())
}

/// Takes a file from all but its user, as the libraries make files by the umask.
pub(crate) fn keep_private(file: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(file, fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

fn parent(path: &Path) -> io::Result<&Path> {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Ok(Path::new(".")),
        Some(parent) => Ok(parent),
        None => Err(io::ErrorKind::InvalidFilename.into()),
    }
}

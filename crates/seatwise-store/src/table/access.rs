//! Permissions of created files and folders: for the user alone, or for the group of a shared
//! folder.
//!
//! A folder with the setgid bit is shared with its group, as usual on Unix: what is created in it
//! gets that group and, by this module, the group's rights of the folder. In other folders, files
//! and folders are for their user alone (0600 and 0700), whatever the umask. Others never get
//! access.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Creates a folder and its missing parents.
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

/// Creates one folder, unless it exists.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(err) if err.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.and_then(|()| share(folder, parent(folder)?)),
    }
}

/// Creates a file, or truncates an existing one.
///
/// # Errors
/// If the file system refuses.
pub fn create(path: &Path) -> io::Result<File> {
    open(
        path,
        OpenOptions::new().write(true).create(true).truncate(true),
    )
}

/// Opens a file with options that may create it.
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

/// Gives a created file or folder to its parent's group too, if the parent is shared.
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

/// Restricts a file to its user, because libraries create files by the umask.
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

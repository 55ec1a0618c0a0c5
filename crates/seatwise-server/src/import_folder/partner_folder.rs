//! A folder with one partner's files. `next` takes a file from it to import it.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use seatwise_types::PartnerId;

use super::names::is_left_alone;

/// The folder of taken files. Each has a separate folder in it, so that it keeps its name and
/// overwrites no other file. After the import, a note lies beside that folder until the file is
/// moved aside.
pub(super) const TAKEN: &str = ".taken";

/// In the folder of taken files: locked by the server that imports from this folder.
const LOCK: &str = ".lock";

/// A folder for the files of one partner.
#[derive(Debug)]
pub(super) struct PartnerFolder {
    pub(super) path: PathBuf,
    pub(super) partner: PartnerId,
}

/// Shows whether a file is still growing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) bytes: u64,
    written: Option<SystemTime>,
}

impl Size {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        fs::symlink_metadata(path).map(|file| Self::said_by(&file))
    }

    pub(super) fn said_by(file: &Metadata) -> Self {
        Self {
            bytes: file.len(),
            written: file.modified().ok(),
        }
    }
}

/// The folders in this folder whose name is a partner id. Links are ignored.
pub(super) fn of_partners(folder: &Path) -> io::Result<Vec<PartnerFolder>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let partner = name.to_str().and_then(|name| name.parse().ok());
        if let Some(partner) = partner
            && entry.file_type()?.is_dir()
        {
            folders.push(PartnerFolder::new(&entry.path(), partner));
        }
    }
    Ok(folders)
}

/// The files in a folder, by name. Links and ignored names are left out.
pub(super) fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !is_left_alone(&entry.file_name().to_string_lossy()) && entry.file_type()?.is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

impl PartnerFolder {
    pub(super) fn new(folder: &Path, partner: PartnerId) -> Self {
        Self {
            path: folder.to_owned(),
            partner,
        }
    }

    /// Locks the folder, so that one server alone imports its files, one after the other; `None` if
    /// another server has the lock.
    pub(super) fn lock(&self) -> io::Result<Option<File>> {
        let path = self.own_folder(TAKEN)?.join(LOCK);
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => Ok(None),
            // Some network drives do not support locks. There, only one server must watch a folder.
            Err(TryLockError::Error(err)) if err.kind() != io::ErrorKind::Unsupported => Err(err),
            _ => Ok(Some(lock)),
        }
    }

    /// Whether files were ever taken here, so that some can be unfinished.
    pub(super) fn has_taken(&self) -> bool {
        self.path.join(TAKEN).symlink_metadata().is_ok()
    }

    /// A folder in this one, created if necessary. Except for taken files, users of this folder can
    /// use it. A link is not followed: it could lead anywhere.
    pub(super) fn own_folder(&self, name: &str) -> io::Result<PathBuf> {
        let folder = self.path.join(name);
        match fs::create_dir(&folder) {
            Err(err) if err.kind() == io::ErrorKind::AlreadyExists => {
                if !fs::symlink_metadata(&folder)?.is_dir() {
                    return Err(no_folder(name));
                }
            }
            made => {
                made?;
                if name != TAKEN {
                    self.share(&folder, 0o7777)?;
                }
            }
        }
        Ok(folder)
    }

    /// Gives users of this folder the same access to a path, limited by `most`, whatever the umask
    /// is. The path is about their files.
    pub(super) fn share(&self, path: &Path, most: u32) -> io::Result<()> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(&self.path)?.permissions().mode();
            fs::set_permissions(path, fs::Permissions::from_mode(mode & most))?;
        }
        Ok(())
    }
}

fn no_folder(name: &str) -> io::Error {
    io::Error::other(format!(
        "`{name}` in it is no folder, and a link is not followed: put a folder in its place"
    ))
}

/// Opens a file; `None` if it does not exist.
pub(super) fn open(path: &Path) -> io::Result<Option<File>> {
    let opened = fs::symlink_metadata(path).and_then(|found| {
        // Opening a pipe would wait for a writer.
        if !found.is_file() {
            return Err(io::Error::other("it is no file"));
        }
        File::open(path)
    });
    match opened {
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some),
    }
}

//! A folder with one partner's files, and taking a file from it to import it. `taken` has what
//! follows.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use seatwise_types::PartnerId;

use super::names::is_left_alone;
use super::taken::{Taken, remove_own};

/// The folder of taken files. Each has a separate folder in it, so that it keeps its name and
/// overwrites no other file. After the import, a note lies beside that folder until the file is
/// moved aside.
const TAKEN: &str = ".taken";

/// In the folder of taken files: locked by the server that imports from this place.
const LOCK: &str = ".lock";

/// A folder for the files of one partner.
#[derive(Debug)]
pub(super) struct PartnerFolder {
    pub(super) folder: PathBuf,
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

    fn said_by(file: &Metadata) -> Self {
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
            folder: folder.to_owned(),
            partner,
        }
    }

    /// Locks the place, so that one server alone imports its files, one after the other; `None` if
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
        self.folder.join(TAKEN).symlink_metadata().is_ok()
    }

    /// The files that were taken and not finished, by name; and other entries. The caller must hold
    /// the lock.
    pub(super) fn unfinished(self: &Arc<Self>) -> io::Result<(Vec<Next>, Vec<PathBuf>)> {
        let (mut unfinished, mut others) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(self.own_folder(TAKEN)?)? {
            let entry = entry?;
            if !entry.file_type()?.is_dir() {
                continue;
            }
            let mut files = fs::read_dir(entry.path())?.peekable();
            if files.peek().is_none() {
                // The process ended after it had moved the file aside.
                remove_own(&entry.path());
            }
            for file in files {
                let file = file?;
                if file.file_type()?.is_file() {
                    unfinished.push(Next {
                        place: Arc::clone(self),
                        path: file.path(),
                        dropped: None,
                    });
                } else {
                    others.push(file.path());
                }
            }
        }
        // The names of the folders are random.
        unfinished.sort_by(|one, other| one.path.file_name().cmp(&other.path.file_name()));
        Ok((unfinished, others))
    }

    /// A folder in this one, created if necessary. Except for taken files, users of this folder can
    /// use it. A link is not followed: it could lead anywhere.
    pub(super) fn own_folder(&self, name: &str) -> io::Result<PathBuf> {
        let folder = self.folder.join(name);
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
            let mode = fs::metadata(&self.folder)?.permissions().mode();
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

/// A file to import.
pub(super) struct Next {
    pub(super) place: Arc<PartnerFolder>,
    pub(super) path: PathBuf,
    /// The size at the look that found it complete; `None` for a file that was taken before.
    pub(super) dropped: Option<Size>,
}

/// The result of taking a file.
pub(super) enum Turn {
    /// This server imports it.
    Taken(Taken),
    /// It no longer exists.
    Gone,
    /// It has changed since the look.
    Changed,
}

impl Next {
    /// Moves the file to the folder of taken files, so that its name is free.
    ///
    /// # Errors
    /// If it cannot be read or moved. It then stays in place.
    pub(super) fn take(self) -> io::Result<Turn> {
        let Self {
            place,
            path,
            dropped,
        } = self;
        let Some(size) = dropped else {
            return Taken::open(place, path);
        };
        let Some(file) = open(&path)? else {
            return Ok(Turn::Gone);
        };
        if Size::said_by(&file.metadata()?) != size {
            return Ok(Turn::Changed);
        }
        let all = place.own_folder(TAKEN)?;
        let own = tempfile::Builder::new().prefix("").tempdir_in(&all)?;
        let Some(name) = path.file_name() else {
            return Ok(Turn::Gone);
        };
        let taken = own.path().join(name);
        match fs::rename(&path, &taken) {
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(Turn::Gone),
            moved => moved?,
        }
        // The folder now has the file, so it must not be removed.
        let _ = own.keep();
        // Open it again: another file may have taken the name before the move.
        Taken::open(place, taken)
    }
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

//! A folder of one partner's files: what lies in it, and a file is taken when its turn comes. What
//! becomes of it then is in `taken`.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use seatwise_types::PartnerId;

use super::names::is_left_alone;
use super::taken::{Taken, remove_own};

/// Where files wait that were taken. Each has a folder of its own in it, so that it keeps its name and
/// takes the place of no other. Beside such a folder there is a note once it is known how the
/// import ended.
const TAKEN: &str = ".taken";

/// In the folder of what is taken: held by the server that imports files of the place.
const LOCK: &str = ".lock";

/// A folder in which the files of one partner are dropped.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) folder: PathBuf,
    pub(super) partner: PartnerId,
}

/// What tells whether a file is still growing.
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

/// The folders in a folder that are named after a partner. Links are none.
pub(super) fn of_partners(folder: &Path) -> io::Result<Vec<Place>> {
    let mut places = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let partner = name.to_str().and_then(|name| name.parse().ok());
        if let Some(partner) = partner
            && entry.file_type()?.is_dir()
        {
            places.push(Place::new(&entry.path(), partner));
        }
    }
    Ok(places)
}

/// The files in a folder that may be taken, in the order of their names. Links are none.
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

impl Place {
    pub(super) fn new(folder: &Path, partner: PartnerId) -> Self {
        Self {
            folder: folder.to_owned(),
            partner,
        }
    }

    /// Keeps other servers from importing files of this place, so that one file follows the other;
    /// none if one of them is at it.
    pub(super) fn lock(&self) -> io::Result<Option<File>> {
        let path = self.own_folder(TAKEN)?.join(LOCK);
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => Ok(None),
            // Some network drives know no locks: there one server may watch a folder.
            Err(TryLockError::Error(err)) if err.kind() != io::ErrorKind::Unsupported => Err(err),
            _ => Ok(Some(lock)),
        }
    }

    /// Whether files were taken here at some time, so that some may not be finished.
    pub(super) fn has_taken(&self) -> bool {
        self.folder.join(TAKEN).symlink_metadata().is_ok()
    }

    /// What was taken and not finished, in the order of the names; and what lies there and is no
    /// file. For those who hold the lock.
    pub(super) fn unfinished(self: &Arc<Self>) -> io::Result<(Vec<Next>, Vec<PathBuf>)> {
        let (mut unfinished, mut others) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(self.own_folder(TAKEN)?)? {
            let entry = entry?;
            if !entry.file_type()?.is_dir() {
                continue;
            }
            let mut files = fs::read_dir(entry.path())?.peekable();
            if files.peek().is_none() {
                // Its file was moved aside, and then the process ended.
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
        // The folders have names of no meaning.
        unfinished.sort_by(|one, other| one.path.file_name().cmp(&other.path.file_name()));
        Ok((unfinished, others))
    }

    /// A folder in this one that files are moved to, made if it is not there: for those who use this
    /// one, but for what is taken. One that is a link is not followed: it may lead anywhere.
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

    /// Lets those use something that use this folder, as far as `most` goes, whatever the mask of
    /// this process: it is about what they dropped in.
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

/// A file that is to be imported when its turn comes.
pub(super) struct Next {
    pub(super) place: Arc<Place>,
    pub(super) path: PathBuf,
    /// How it was when it was found whole; none of one that was taken before.
    pub(super) dropped: Option<Size>,
}

/// What became of a file whose turn came.
pub(super) enum Turn {
    /// It is this server's to import.
    Taken(Taken),
    /// It is not there any more.
    Gone,
    /// It is not as it was: somebody writes to it.
    Changed,
}

impl Next {
    /// Takes the file away, so that its name is free for the next one.
    ///
    /// # Errors
    /// If it cannot be read or moved: it stays where its owner looks for it.
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
        // The file is in it now: whatever happens, it is not to be removed.
        let _ = own.keep();
        // Opened again: what was moved may be another file that took the name.
        Taken::open(place, taken)
    }
}

/// Opens a file; none if it is gone.
pub(super) fn open(path: &Path) -> io::Result<Option<File>> {
    let opened = fs::symlink_metadata(path).and_then(|found| {
        // Opening a pipe would wait for somebody who writes to it.
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

//! The next file to import, and taking it. `taken` has what follows.

use std::path::PathBuf;
use std::sync::Arc;
use std::{fs, io};

use super::notes::remove_own;
use super::partner_folder::{PartnerFolder, Size, TAKEN, open};
use super::taken::Taken;

/// A file to import.
pub(super) struct Next {
    pub(super) folder: Arc<PartnerFolder>,
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
    /// The files that were taken and not finished, by name; and other entries. The caller must hold
    /// the lock.
    pub(super) fn unfinished(folder: &Arc<PartnerFolder>) -> io::Result<(Vec<Self>, Vec<PathBuf>)> {
        let (mut unfinished, mut others) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(folder.own_folder(TAKEN)?)? {
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
                    unfinished.push(Self {
                        folder: Arc::clone(folder),
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

    /// Moves the file to the folder of taken files, so that its name is free.
    ///
    /// # Errors
    /// If it cannot be read or moved. It then stays in place.
    pub(super) fn take(self) -> io::Result<Turn> {
        let Self {
            folder,
            path,
            dropped,
        } = self;
        let Some(size) = dropped else {
            return Ok(Taken::open(folder, path)?.map_or(Turn::Gone, Turn::Taken));
        };
        let Some(file) = open(&path)? else {
            return Ok(Turn::Gone);
        };
        if Size::said_by(&file.metadata()?) != size {
            return Ok(Turn::Changed);
        }
        let all = folder.own_folder(TAKEN)?;
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
        Ok(Taken::open(folder, taken)?.map_or(Turn::Gone, Turn::Taken))
    }
}

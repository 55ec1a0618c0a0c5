//! Durable files: when a write returns, the file is on the disk.
//!
//! `object_store`'s local file system never syncs, and neither does the Delta library. Here every
//! file is written under a temporary name, synced and renamed, and then its folder is synced: after
//! a power cut, a name never stands for an incomplete file. Log entries are written the same way
//! after their data files, so acknowledged deliveries survive.

mod as_object_store;
mod unfinished;

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use object_store::PutPayload;
use object_store::local::LocalFileSystem;

use crate::table::access::{self, make_folder};

use self::unfinished::{left_in, unfinished_in};

/// One step of reading or changing the disk, reported to an observer after it is done. What a step
/// changes can be lost in a power cut until the file, or the folder of its name, is synced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiskStep {
    /// A file of a table's log will be read.
    Reading(PathBuf),
    /// The folder is created.
    Created(PathBuf),
    /// The file has new content, and is created if there was none.
    Written(PathBuf),
    /// The content of the file is synced.
    Synced(PathBuf),
    /// The file or folder has another name.
    Named {
        /// Its name before.
        from: PathBuf,
        /// Its name now, which another file may have had.
        to: PathBuf,
    },
    /// The folder is synced: its names are on the disk.
    FolderSynced(PathBuf),
    /// The file is removed, or the folder with all that was in it.
    Removed(PathBuf),
}

type Observer = Arc<dyn Fn(DiskStep) + Send + Sync>;

/// The local file system as an object store with durable writes.
#[derive(Clone)]
pub struct DurableFiles {
    inner: Arc<LocalFileSystem>,
    observer: Option<Observer>,
}

impl DurableFiles {
    /// The whole local file system, with absolute paths.
    pub fn new() -> Self {
        Self {
            inner: Arc::new(LocalFileSystem::new()),
            observer: None,
        }
    }

    /// As [`new`](Self::new), and reports every step to the observer, in order.
    pub fn observed(observer: impl Fn(DiskStep) + Send + Sync + 'static) -> Self {
        Self {
            observer: Some(Arc::new(observer)),
            ..Self::new()
        }
    }

    /// Reports a step to the observer.
    pub(crate) fn tell(&self, step: DiskStep) {
        if let Some(observer) = &self.observer {
            observer(step);
        }
    }

    /// Writes a whole file. Replaces an existing one, unless `only_new`.
    pub(crate) fn write(
        &self,
        path: &Path,
        payload: &PutPayload,
        only_new: bool,
    ) -> io::Result<()> {
        self.write_with(path, only_new, |file| {
            payload.iter().try_for_each(|part| file.write_all(part))
        })
    }

    /// As [`write`](Self::write), but `content` writes the file. If it fails, nothing changes under
    /// the name.
    pub(crate) fn write_with<T>(
        &self,
        path: &Path,
        only_new: bool,
        content: impl FnOnce(&mut File) -> io::Result<T>,
    ) -> io::Result<T> {
        let folder = path.parent().ok_or(io::ErrorKind::InvalidFilename)?;
        self.create_folder(folder)?;
        let mut file = unfinished_in(folder)?;
        let from = file.path().to_owned();
        let written = content(file.as_file_mut())?;
        self.tell(DiskStep::Written(from.clone()));
        self.sync_file(file.as_file(), &from)?;
        if only_new {
            file.persist_noclobber(path).map_err(|err| err.error)?;
        } else {
            file.persist(path).map_err(|err| err.error)?;
        }
        let to = path.to_owned();
        self.tell(DiskStep::Named { from, to });
        self.sync_folder(folder)?;
        Ok(written)
    }

    /// Appends to a file, or creates it. Keeps its first `stays` bytes and cuts the rest off
    /// before.
    pub(crate) fn append(&self, path: &Path, stays: u64, added: &[u8]) -> io::Result<()> {
        let folder = path.parent().ok_or(io::ErrorKind::InvalidFilename)?;
        self.create_folder(folder)?;
        let mut file = access::open(path, OpenOptions::new().create(true).append(true))?;
        if file.metadata()?.len() > stays {
            file.set_len(stays)?;
        }
        file.write_all(added)?;
        self.tell(DiskStep::Written(path.to_owned()));
        self.sync_file(&file, path)?;
        if stays == 0 {
            self.sync_folder(folder)?;
        }
        Ok(())
    }

    /// Creates the folder and syncs the parent of each new folder.
    pub(crate) fn create_folder(&self, folder: &Path) -> io::Result<()> {
        if folder.is_dir() {
            return self.sync_name_if_empty(folder);
        }
        let parent = folder.parent().ok_or(io::ErrorKind::InvalidFilename)?;
        self.create_folder(parent)?;
        make_folder(folder)?;
        self.tell(DiskStep::Created(folder.to_owned()));
        self.sync_folder(parent)
    }

    /// Syncs the name of an empty folder, because a killed process may not have done so. One that has
    /// files has a synced name.
    fn sync_name_if_empty(&self, folder: &Path) -> io::Result<()> {
        if fs::read_dir(folder)?.next().is_some() {
            return Ok(());
        }
        match self.sync_folder_of(folder) {
            // The data folder can be in one that only others may read, and was created by them.
            Err(err) if err.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            synced => synced,
        }
    }

    /// Gives a file or folder another name. Neither folder is synced.
    pub(crate) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)?;
        let (from, to) = (from.to_owned(), to.to_owned());
        self.tell(DiskStep::Named { from, to });
        Ok(())
    }

    /// Removes a file. Its folder is not synced.
    pub(crate) fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)?;
        self.tell(DiskStep::Removed(path.to_owned()));
        Ok(())
    }

    /// Removes a folder and its content. The folder that it was in is not synced.
    pub(crate) fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        fs::remove_dir_all(folder)?;
        self.tell(DiskStep::Removed(folder.to_owned()));
        Ok(())
    }

    /// Removes the temporary files that a killed writer left in a folder at least an hour ago.
    pub(crate) fn remove_unfinished(&self, folder: &Path, now: Timestamp) {
        let mut removed = false;
        for path in left_in(folder, now) {
            // What cannot be removed now is left to the next writer, and does no harm.
            removed |= self.remove(&path).is_ok();
        }
        // Otherwise a power cut could bring back rows of a customer that was erased.
        if removed {
            self.sync_folder(folder).ok();
        }
    }

    /// Syncs the folder of a file, so that the name of the file is on the disk.
    pub(crate) fn sync_folder_of(&self, path: &Path) -> io::Result<()> {
        self.sync_folder(path.parent().ok_or(io::ErrorKind::InvalidFilename)?)
    }

    /// Syncs the content of a file.
    pub(crate) fn sync_file(&self, file: &File, path: &Path) -> io::Result<()> {
        file.sync_all()?;
        self.tell(DiskStep::Synced(path.to_owned()));
        Ok(())
    }

    /// Syncs a folder: which names are in it.
    pub(crate) fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        // A name alone is in the current folder.
        let named = match folder.as_os_str().is_empty() {
            true => Path::new("."),
            false => folder,
        };
        File::open(named)?.sync_all()?;
        self.tell(DiskStep::FolderSynced(folder.to_owned()));
        Ok(())
    }

    /// Syncs a folder and all folders below it.
    pub(crate) fn sync_folders(&self, folder: &Path) -> io::Result<()> {
        self.sync_folder(folder)?;
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                match self.sync_folders(&entry.path()) {
                    // A ledger that is replaced meanwhile.
                    Err(err) if err.kind() == io::ErrorKind::NotFound => {}
                    synced => synced?,
                }
            }
        }
        Ok(())
    }
}

/// Replaces a file as a whole, or creates it: after a crash it has the old or the new content. Its
/// permissions are those of [`access`].
///
/// # Errors
/// If the file cannot be written. It is then unchanged.
pub fn replace_file(path: &Path, content: &[u8]) -> io::Result<()> {
    DurableFiles::new().write_with(path, false, |file| file.write_all(content))
}

impl fmt::Debug for DurableFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurableFiles").finish_non_exhaustive()
    }
}

impl Default for DurableFiles {
    fn default() -> Self {
        Self::new()
    }
}

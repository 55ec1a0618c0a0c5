//! Files and folders of a store, and all work with them.
//!
//! Every other part of the store names a file by its [`Location`] and never calls the file system.
//! A call waits until the disk has done it, so call it where waiting is allowed: on a thread for
//! blocking work, or for a single name that the system has in memory.
//!
//! Files outside of the store are not its subject: what you import, where an export goes, and rows
//! that an import puts aside.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, DirEntry, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use jiff::Timestamp;
use object_store::PutPayload;

use crate::table::checksum::Checksum;
use crate::table::disk::{DurableFiles, remove_unfinished, sync_folder_of};

/// The location of a file or folder of a store, which need not exist. Two are equal if they have the
/// same path.
#[derive(Clone)]
pub(crate) struct Location(Arc<OnDisk>);

struct OnDisk {
    files: DurableFiles,
    path: PathBuf,
}

/// What a file system knows about a file without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileInfo {
    /// Its size in bytes.
    pub(crate) bytes: u64,
    /// When it was last written, by the clock of the storage.
    pub(crate) modified: SystemTime,
}

/// A file or folder that a folder lists.
pub(crate) struct Entry {
    pub(crate) location: Location,
    found: DirEntry,
}

impl Location {
    /// A path of the local disk, written through these files.
    pub(crate) fn on_disk(files: DurableFiles, path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self(Arc::new(OnDisk { files, path }))
    }

    fn at(&self, path: PathBuf) -> Self {
        Self::on_disk(self.0.files.clone(), path)
    }

    /// A file or folder in this folder. The name can have several parts, separated by `/`.
    pub(crate) fn join(&self, name: impl AsRef<Path>) -> Self {
        self.at(self.0.path.join(name))
    }

    /// The same file name in the same folder, replaced by another.
    pub(crate) fn beside(&self, name: &str) -> Self {
        self.at(self.0.path.with_file_name(name))
    }

    /// Its name in its folder.
    pub(crate) fn name(&self) -> Option<&str> {
        self.0.path.file_name()?.to_str()
    }

    /// The name relative to a folder; the whole path if it is not in that folder.
    pub(crate) fn below(&self, folder: &Self) -> &Path {
        self.0
            .path
            .strip_prefix(&folder.0.path)
            .unwrap_or(&self.0.path)
    }

    /// The path on the local disk.
    pub(crate) fn path(&self) -> &Path {
        &self.0.path
    }

    /// The durable file system on which it is.
    pub(crate) fn files(&self) -> &DurableFiles {
        &self.0.files
    }

    /// Whether it is a folder.
    pub(crate) fn is_folder(&self) -> bool {
        self.0.path.is_dir()
    }

    /// Whether it exists; also false if that cannot be found out.
    pub(crate) fn exists(&self) -> bool {
        self.0.path.exists()
    }

    /// Whether it exists.
    ///
    /// # Errors
    /// If the file system refuses.
    pub(crate) fn try_exists(&self) -> io::Result<bool> {
        self.0.path.try_exists()
    }

    /// The size and time of a file.
    ///
    /// # Errors
    /// If it is missing, or the file system refuses.
    pub(crate) fn info(&self) -> io::Result<FileInfo> {
        FileInfo::of(fs::metadata(&self.0.path)?)
    }

    /// The content of a file.
    ///
    /// # Errors
    /// If it is missing or cannot be read.
    pub(crate) fn read(&self) -> io::Result<Vec<u8>> {
        fs::read(&self.0.path)
    }

    /// The content of a file of text.
    ///
    /// # Errors
    /// As for [`read`](Self::read), and `InvalidData` if it is not UTF-8.
    pub(crate) fn read_text(&self) -> io::Result<String> {
        fs::read_to_string(&self.0.path)
    }

    /// Opens a file for a reader that needs parts of it.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub(crate) fn open(&self) -> io::Result<File> {
        File::open(&self.0.path)
    }

    /// The SHA-256 of a file, which is read in parts.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub(crate) fn checksum(&self) -> io::Result<Checksum> {
        Checksum::of_reader(self.open()?)
    }

    /// The files and folders in a folder, in no order.
    ///
    /// # Errors
    /// If the folder is missing or cannot be listed.
    pub(crate) fn list(&self) -> io::Result<Vec<Entry>> {
        let entry = |found: io::Result<DirEntry>| {
            let found = found?;
            let location = self.at(found.path());
            Ok(Entry { location, found })
        };
        fs::read_dir(&self.0.path)?.map(entry).collect()
    }

    /// Writes a whole file, which replaces an existing one. It is on the disk when this returns.
    ///
    /// # Errors
    /// If the file system refuses. The file is then as before.
    pub(crate) fn write(&self, content: impl Into<PutPayload>) -> io::Result<()> {
        self.0.files.write(&self.0.path, &content.into(), false)
    }

    /// Writes a whole file under a new name. It is on the disk when this returns.
    ///
    /// # Errors
    /// `AlreadyExists` if there is such a file, or if the file system refuses.
    pub(crate) fn write_new(&self, content: impl Into<PutPayload>) -> io::Result<()> {
        self.0.files.write(&self.0.path, &content.into(), true)
    }

    /// Puts the name of a file on the disk that another process created, which may not have done so
    /// yet.
    ///
    /// # Errors
    /// If the file system refuses.
    pub(crate) fn sync_name(&self) -> io::Result<()> {
        sync_folder_of(&self.0.path)
    }

    /// Appends to a file, or creates it. Keeps its first `stays` bytes and cuts the rest off before.
    ///
    /// # Errors
    /// If the file system refuses.
    pub(crate) fn append(&self, stays: u64, added: &[u8]) -> io::Result<()> {
        self.0.files.append(&self.0.path, stays, added)
    }

    /// Copies a file, which gets its name after it is complete and on the disk. Returns its size in
    /// bytes.
    ///
    /// # Errors
    /// If it cannot be read, or the other cannot be written.
    pub(crate) fn copy_to(&self, to: &Self) -> io::Result<u64> {
        to.0.files.copy(&self.0.path, &to.0.path)
    }

    /// Gives a file or folder another name on the same disk.
    ///
    /// # Errors
    /// If it is missing, or the file system refuses.
    pub(crate) fn rename_to(&self, to: &Self) -> io::Result<()> {
        fs::rename(&self.0.path, &to.0.path)
    }

    /// Creates a folder and its missing parents.
    ///
    /// # Errors
    /// If the file system refuses.
    pub(crate) fn create_folder(&self) -> io::Result<()> {
        self.0.files.create_folder(&self.0.path)
    }

    /// Removes a file, if it exists.
    ///
    /// # Errors
    /// If the file system refuses.
    pub(crate) fn remove(&self) -> io::Result<()> {
        unless_absent(fs::remove_file(&self.0.path))
    }

    /// Removes a folder and its content, if it exists.
    ///
    /// # Errors
    /// If the file system refuses.
    pub(crate) fn remove_folder(&self) -> io::Result<()> {
        unless_absent(fs::remove_dir_all(&self.0.path))
    }

    /// Removes temporary files that a killed writer left in this folder at least an hour ago.
    pub(crate) fn remove_unfinished(&self, now: Timestamp) {
        remove_unfinished(&self.0.path, now);
    }
}

fn unless_absent(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

impl FileInfo {
    fn of(file: Metadata) -> io::Result<Self> {
        Ok(Self {
            bytes: file.len(),
            modified: file.modified()?,
        })
    }
}

impl Entry {
    /// Its name in its folder; `None` if it is not UTF-8.
    pub(crate) fn name(&self) -> Option<&str> {
        self.location.name()
    }

    /// Its name in its folder.
    pub(crate) fn os_name(&self) -> OsString {
        self.found.file_name()
    }

    /// Its size and time.
    ///
    /// # Errors
    /// If it was removed meanwhile, or the file system refuses.
    pub(crate) fn info(&self) -> io::Result<FileInfo> {
        FileInfo::of(self.found.metadata()?)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.path.display().fmt(f)
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.path.fmt(f)
    }
}

impl PartialEq for Location {
    fn eq(&self, other: &Self) -> bool {
        self.0.path == other.0.path
    }
}

impl Eq for Location {}

impl std::hash::Hash for Location {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.path.hash(state);
    }
}

/// The path for an error.
impl From<&Location> for PathBuf {
    fn from(location: &Location) -> Self {
        location.0.path.clone()
    }
}

impl From<Location> for PathBuf {
    fn from(location: Location) -> Self {
        Self::from(&location)
    }
}

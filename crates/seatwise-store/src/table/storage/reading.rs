//! Reading and listing.

use std::ffi::OsString;
use std::fs::{self, DirEntry, File};
use std::io;

use aws_lc_rs::digest::{Context, SHA256};

use super::At::{Disk, Object};
use super::Location;
use super::file_info::{FileInfo, Tag};
use crate::table::checksum::Checksum;

/// A file or folder in a folder.
pub(crate) struct Entry {
    pub(crate) location: Location,
    found: Found,
}

enum Found {
    OnDisk(DirEntry),
    Object(FileInfo),
    /// Has no size and no time.
    Prefix,
}

impl Entry {
    /// Its name in its folder; `None` if it is not UTF-8.
    pub(crate) fn name(&self) -> Option<&str> {
        self.location.name()
    }

    /// Its name in its folder.
    pub(crate) fn os_name(&self) -> OsString {
        match &self.found {
            Found::OnDisk(found) => found.file_name(),
            _ => self.name().unwrap_or_default().into(),
        }
    }

    /// The size and time of a file.
    ///
    /// # Errors
    /// If it was removed meanwhile, if the storage refuses, or for a folder of object storage.
    pub(crate) fn info(&self) -> io::Result<FileInfo> {
        match &self.found {
            Found::OnDisk(found) => FileInfo::of(&found.metadata()?),
            Found::Object(info) => Ok(info.clone()),
            Found::Prefix => Err(io::ErrorKind::IsADirectory.into()),
        }
    }
}

impl Location {
    /// Whether there is a file, or a folder on the local disk.
    ///
    /// # Errors
    /// If the storage does not say.
    pub(crate) fn exists(&self) -> io::Result<bool> {
        match &*self.0 {
            Disk { path, .. } => path.try_exists(),
            Object { objects, key } => objects.exists(key),
        }
    }

    /// Whether there is a folder. In object storage, an empty folder does not exist.
    ///
    /// # Errors
    /// If the storage does not say.
    pub(crate) fn is_folder(&self) -> io::Result<bool> {
        match &*self.0 {
            Disk { path, .. } => match fs::metadata(path) {
                Err(err) if is_absent(&err) => Ok(false),
                found => found.map(|found| found.is_dir()),
            },
            Object { objects, key } => objects.is_prefix(key),
        }
    }

    /// The size and time of a file.
    ///
    /// # Errors
    /// If it is missing, or the storage refuses.
    pub(crate) fn info(&self) -> io::Result<FileInfo> {
        match &*self.0 {
            Disk { path, .. } => FileInfo::of(&fs::metadata(path)?),
            Object { objects, key } => objects.head(key),
        }
    }

    /// The content of a file.
    ///
    /// # Errors
    /// If it is missing or cannot be read.
    pub(crate) fn read(&self) -> io::Result<Vec<u8>> {
        match &*self.0 {
            Disk { path, .. } => fs::read(path),
            Object { objects, key } => objects.get(key),
        }
    }

    /// The content of a file, and its tag, to [replace](Self::replace) it.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub(crate) fn read_tagged(&self) -> io::Result<(Vec<u8>, Tag)> {
        match &*self.0 {
            Disk { path, .. } => Ok((fs::read(path)?, Tag(None))),
            Object { objects, key } => objects.get_tagged(key),
        }
    }

    /// The content of a file of text.
    ///
    /// # Errors
    /// As for [`read`](Self::read), and `InvalidData` if it is not UTF-8.
    pub(crate) fn read_text(&self) -> io::Result<String> {
        let text = String::from_utf8(self.read()?);
        text.map_err(|err| io::Error::new(io::ErrorKind::InvalidData, err))
    }

    /// Opens a file for a reader that needs parts of it.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub(crate) fn open(&self) -> io::Result<File> {
        match &*self.0 {
            Disk { path, .. } => File::open(path),
            Object { objects, key } => objects.fetch(key),
        }
    }

    /// The SHA-256 of a file, which is read in parts.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub(crate) fn checksum(&self) -> io::Result<Checksum> {
        match &*self.0 {
            Disk { path, .. } => Checksum::of_reader(File::open(path)?),
            Object { objects, key } => {
                let mut context = Context::new(&SHA256);
                objects.each_part(key, |part| {
                    context.update(part);
                    Ok(())
                })?;
                Ok(context.finish().into())
            }
        }
    }

    /// Whether a folder has a file or folder whose name fits. Looks no further than the first.
    ///
    /// # Errors
    /// As for [`list`](Self::list).
    pub(crate) fn has(&self, fits: impl Fn(&str) -> bool) -> io::Result<bool> {
        match &*self.0 {
            Disk { path, .. } => {
                let mut names = fs::read_dir(path)?.flatten().map(|entry| entry.file_name());
                Ok(names.any(|name| fits(&name.to_string_lossy())))
            }
            Object { .. } => Ok(self.list()?.iter().filter_map(Entry::name).any(fits)),
        }
    }

    /// The files and folders in a folder, in no order.
    ///
    /// # Errors
    /// If the folder is missing (in object storage it is empty then), or cannot be listed.
    pub(crate) fn list(&self) -> io::Result<Vec<Entry>> {
        match &*self.0 {
            Disk { files, path } => {
                let entry = |found: io::Result<DirEntry>| {
                    let found = found?;
                    Ok(Entry {
                        location: Self::on_disk(files.clone(), found.path()),
                        found: Found::OnDisk(found),
                    })
                };
                fs::read_dir(path)?.map(entry).collect()
            }
            Object { objects, key } => {
                let entry = |(key, info): (_, Option<_>)| Entry {
                    location: Self::object(objects, key),
                    found: info.map_or(Found::Prefix, Found::Object),
                };
                Ok(objects.list(key)?.into_iter().map(entry).collect())
            }
        }
    }
}

/// Whether an error says that a file, or its folder, does not exist.
pub(crate) fn is_absent(err: &io::Error) -> bool {
    matches!(
        err.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

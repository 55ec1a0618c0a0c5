//! Writing, renaming and removing.

use std::fs::File;
use std::io;

use jiff::Timestamp;
use object_store::{PutMode, PutPayload};

use super::At::{Disk, Object};
use super::{Location, Tag};

impl Location {
    /// Writes a whole file, which replaces an existing one. It is durable when this returns.
    ///
    /// # Errors
    /// If the storage refuses. The file is then as before.
    pub(crate) fn write(&self, content: impl Into<PutPayload>) -> io::Result<()> {
        match &*self.0 {
            Disk { files, path } => files.write(path, &content.into(), false),
            Object { objects, key } => objects
                .put(key, content.into(), PutMode::Overwrite)
                .map(drop),
        }
    }

    /// Writes a whole file under a new name. It is durable when this returns.
    ///
    /// # Errors
    /// `AlreadyExists` if there is such a file, or if the storage refuses.
    pub(crate) fn write_new(&self, content: impl Into<PutPayload>) -> io::Result<()> {
        match &*self.0 {
            Disk { files, path } => files.write(path, &content.into(), true),
            Object { objects, key } => objects.put(key, content.into(), PutMode::Create).map(drop),
        }
    }

    /// Replaces the whole file that was read with this tag; without a tag it is new. It is durable
    /// when this returns, with its next tag.
    ///
    /// # Errors
    /// If the storage refuses; `ResourceBusy` if another process wrote the file meanwhile, which
    /// object storage finds out. On the disk, the lock of a partner keeps such a process out.
    pub(crate) fn replace(
        &self,
        tag: Option<&Tag>,
        content: impl Into<PutPayload>,
    ) -> io::Result<Tag> {
        match &*self.0 {
            Disk { .. } => self.write(content).map(|()| Tag(None)),
            Object { objects, key } => objects.replace(key, tag, content.into()),
        }
    }

    /// Makes durable that there is a file or folder of this name, or none: what another process created,
    /// which may not have done so yet, or what was removed.
    ///
    /// # Errors
    /// If the storage refuses.
    pub(crate) fn sync_name(&self) -> io::Result<()> {
        match &*self.0 {
            Disk { files, path } => files.sync_folder_of(path),
            Object { .. } => Ok(()),
        }
    }

    /// Makes durable which files and folders are in this folder. There may be no such folder.
    ///
    /// # Errors
    /// If the storage refuses.
    pub(crate) fn sync_names(&self) -> io::Result<()> {
        match &*self.0 {
            Disk { files, path } => unless_absent(files.sync_folder(path)),
            Object { .. } => Ok(()),
        }
    }

    /// The same for this folder and all folders below it.
    ///
    /// # Errors
    /// If the storage refuses.
    pub(crate) fn sync_names_below(&self) -> io::Result<()> {
        match &*self.0 {
            Disk { files, path } => unless_absent(files.sync_folders(path)),
            Object { .. } => Ok(()),
        }
    }

    /// Makes the content of a file durable, if it exists.
    ///
    /// # Errors
    /// If the storage refuses.
    pub(crate) fn sync_content(&self) -> io::Result<()> {
        match &*self.0 {
            Disk { files, path } => {
                unless_absent(File::open(path).and_then(|file| files.sync_file(&file, path)))
            }
            Object { .. } => Ok(()),
        }
    }

    /// Appends to the file that was read with this tag. Keeps its first `stays` bytes and cuts the
    /// rest off before.
    ///
    /// # Errors
    /// As for [`replace`](Self::replace).
    pub(crate) fn append(&self, tag: &Tag, stays: u64, added: &[u8]) -> io::Result<()> {
        match &*self.0 {
            Disk { files, path } => files.append(path, stays, added),
            Object { objects, key } => objects.append(key, tag, stays, added),
        }
    }

    /// Copies a file, which gets its name after it is complete and durable. Returns its size in
    /// bytes.
    ///
    /// # Errors
    /// If it cannot be read, or the other cannot be written.
    pub(crate) fn copy_to(&self, to: &Self) -> io::Result<u64> {
        match &*to.0 {
            Disk { files, path } => {
                let mut from = self.open()?;
                files.write_with(path, false, |file| io::copy(&mut from, file))
            }
            Object { .. } => {
                let content = self.read()?;
                let bytes = content.len() as u64;
                to.write(content).map(|()| bytes)
            }
        }
    }

    /// Gives a file or folder another name in the same storage. In object storage there are both
    /// for a moment.
    ///
    /// # Errors
    /// If it is missing, or the storage refuses.
    pub(crate) fn rename_to(&self, to: &Self) -> io::Result<()> {
        match (&*self.0, &*to.0) {
            (Disk { files, path }, Disk { path: to, .. }) => files.rename(path, to),
            (Object { objects, key }, Object { .. }) => {
                let below = objects.all_below(key)?;
                if below.is_empty() {
                    return objects.rename(key, &to.object_path().map_err(io::Error::other)?);
                }
                for object in below {
                    let from = Self::object(objects, object.clone());
                    let to = to.join(from.below(self)).object_path();
                    objects.rename(&object, &to.map_err(io::Error::other)?)?;
                }
                Ok(())
            }
            _ => Err(io::ErrorKind::CrossesDevices.into()),
        }
    }

    /// Creates a folder and its missing parents. Object storage needs none.
    ///
    /// # Errors
    /// If the storage refuses.
    pub(crate) fn create_folder(&self) -> io::Result<()> {
        match &*self.0 {
            Disk { files, path } => files.create_folder(path),
            Object { .. } => Ok(()),
        }
    }

    /// Removes a file, if it exists.
    ///
    /// # Errors
    /// If the storage refuses.
    pub(crate) fn remove(&self) -> io::Result<()> {
        match &*self.0 {
            Disk { files, path } => unless_absent(files.remove(path)),
            Object { objects, key } => objects.delete(key),
        }
    }

    /// Removes a folder and its content, if it exists.
    ///
    /// # Errors
    /// If the storage refuses.
    pub(crate) fn remove_folder(&self) -> io::Result<()> {
        match &*self.0 {
            Disk { files, path } => unless_absent(files.remove_folder(path)),
            Object { objects, key } => {
                let below = objects.all_below(key)?;
                below.iter().try_for_each(|key| objects.delete(key))
            }
        }
    }

    /// Removes temporary files that a killed writer left in this folder at least an hour ago. Object
    /// storage has none.
    pub(crate) fn remove_unfinished(&self, now: Timestamp) {
        if let Disk { files, path } = &*self.0 {
            files.remove_unfinished(path, now);
        }
    }
}

fn unless_absent(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

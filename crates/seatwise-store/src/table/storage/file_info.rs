//! What the storage knows about a file without reading it.

use std::fs::Metadata;
use std::io;
use std::time::SystemTime;

use object_store::ObjectMeta;

/// The size and time of a file. If they differ, the file was written again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileInfo {
    /// Its size in bytes.
    pub(crate) bytes: u64,
    /// When it was last written, by the clock of the storage.
    pub(crate) modified: SystemTime,
    /// In object storage: another after each write.
    tag: Option<String>,
}

impl FileInfo {
    /// Of a file on the disk.
    ///
    /// # Errors
    /// If the system has no time of files.
    pub(super) fn of(file: &Metadata) -> io::Result<Self> {
        Ok(Self {
            bytes: file.len(),
            modified: file.modified()?,
            tag: None,
        })
    }

    /// Of an object.
    pub(super) fn of_object(object: &ObjectMeta) -> Self {
        let tag = object.e_tag.as_ref().or(object.version.as_ref());
        Self {
            bytes: object.size,
            modified: object.last_modified.into(),
            tag: tag.cloned(),
        }
    }
}

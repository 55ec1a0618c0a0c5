//! What the storage knows about a file without reading it.

use std::fs::Metadata;
use std::io;
use std::time::SystemTime;

use object_store::{ObjectMeta, PutResult, UpdateVersion};

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

/// The state of a file when it was read or written. Another write changes it in object storage; on
/// the local disk, where a lock keeps other writers out, all are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag(pub(super) Option<UpdateVersion>);

impl Tag {
    /// Of an object that was read.
    pub(super) fn of_object(object: &ObjectMeta) -> Self {
        Self(Some(UpdateVersion {
            e_tag: object.e_tag.clone(),
            version: object.version.clone(),
        }))
    }

    /// Of an object that was written.
    pub(super) fn of_written(object: PutResult) -> Self {
        Self(Some(object.into()))
    }
}

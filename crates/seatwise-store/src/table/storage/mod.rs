//! Files and folders of a store, and all work with them: on the local disk or in object storage.
//!
//! Every other part of the store names a file by its [`Location`], and calls neither the file system
//! nor object storage. A call waits until the work is done, so call it where waiting is allowed: on
//! a thread for blocking work, or for a single name that the system has in memory.
//!
//! Files outside of the store are not its subject: what you import, where an export goes, and rows
//! that an import puts aside.

mod clouds;
mod file_info;
mod objects;
mod probe;
mod reading;
mod without_hints;
mod writing;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path as ObjectPath;
use url::Url;

pub(crate) use self::file_info::{FileInfo, Tag};
pub use self::objects::ObjectStorage;
pub(crate) use self::objects::is_unanswered;
pub(crate) use self::reading::is_absent;
use crate::table::disk::DurableFiles;

/// The location of a file or folder of a store, which need not exist. Two are equal if they have the
/// same path. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Location(Arc<At>);

enum At {
    /// A path of the local disk, written through these files.
    Disk { files: DurableFiles, path: PathBuf },
    /// An object, or the objects below a prefix.
    Object {
        objects: ObjectStorage,
        key: ObjectPath,
    },
}
use self::At::{Disk, Object};

impl Location {
    /// A path of the local disk, written through these files.
    pub(crate) fn on_disk(files: DurableFiles, path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self(Arc::new(Disk { files, path }))
    }

    /// All that is in object storage.
    ///
    /// # Errors
    /// If its URL has a part that is no name of an object.
    pub(crate) fn in_objects(objects: ObjectStorage) -> io::Result<Self> {
        let key = objects.prefix()?;
        Ok(Self(Arc::new(Object { objects, key })))
    }

    fn object(objects: &ObjectStorage, key: ObjectPath) -> Self {
        let objects = objects.clone();
        Self(Arc::new(Object { objects, key }))
    }

    /// A file or folder in this folder. The name can have several parts, separated by `/`.
    pub(crate) fn join(&self, name: impl AsRef<str>) -> Self {
        let name = name.as_ref();
        match &*self.0 {
            Disk { files, path } => Self::on_disk(files.clone(), path.join(name)),
            Object { objects, key } => {
                let below = format!("{key}/{name}");
                // A name that no object can have is escaped, so that there is no such object.
                let key = ObjectPath::parse(&below).unwrap_or_else(|_| ObjectPath::from(below));
                Self::object(objects, key)
            }
        }
    }

    /// A file in the same folder.
    pub(crate) fn beside(&self, name: &str) -> Self {
        match &*self.0 {
            Disk { files, path } => Self::on_disk(files.clone(), path.with_file_name(name)),
            Object { objects, key } => {
                let mut parts: Vec<_> = key.parts().collect();
                parts.pop();
                let folder = Self::object(objects, parts.into_iter().collect());
                folder.join(name)
            }
        }
    }

    /// Its name in its folder; `None` if it is not UTF-8.
    pub(crate) fn name(&self) -> Option<&str> {
        match &*self.0 {
            Disk { path, .. } => path.file_name()?.to_str(),
            Object { key, .. } => key.filename(),
        }
    }

    /// The name relative to a folder; the whole path if it is not in that folder.
    pub(crate) fn below(&self, folder: &Self) -> String {
        match (&*self.0, &*folder.0) {
            (Disk { path, .. }, Disk { path: folder, .. }) => {
                let below = path.strip_prefix(folder).unwrap_or(path);
                below.display().to_string()
            }
            (Object { key, .. }, Object { key: folder, .. }) => {
                let below = key.as_ref().strip_prefix(folder.as_ref());
                below
                    .map_or(key.as_ref(), |it| it.trim_start_matches('/'))
                    .to_owned()
            }
            _ => self.to_string(),
        }
    }

    /// The path on the local disk; `None` in object storage.
    pub(crate) fn path(&self) -> Option<&Path> {
        match &*self.0 {
            Disk { path, .. } => Some(path),
            Object { .. } => None,
        }
    }

    /// The storage for the Delta library, and the URL of this folder in it.
    ///
    /// # Errors
    /// If the path is not absolute.
    pub(crate) fn for_delta(&self) -> io::Result<(Arc<dyn ObjectStore>, Url)> {
        match &*self.0 {
            Disk { files, path } => {
                let url = Url::from_directory_path(path);
                let url = url.map_err(|()| io::Error::from(io::ErrorKind::InvalidFilename))?;
                Ok((Arc::new(files.clone()), url))
            }
            Object { objects, key } => {
                Ok((objects.for_delta(), objects.url_of(&format!("{key}/"))))
            }
        }
    }

    /// The name of a file for libraries.
    ///
    /// # Errors
    /// If the path is not absolute.
    pub(crate) fn object_path(&self) -> Result<ObjectPath, object_store::path::Error> {
        match &*self.0 {
            Disk { path, .. } => ObjectPath::from_absolute_path(path),
            Object { key, .. } => Ok(key.clone()),
        }
    }

    /// The objects for the query engine, and the URL by which it names them; `None` on the local
    /// disk, which it knows.
    pub(crate) fn for_queries(&self) -> Option<(Url, Arc<dyn ObjectStore>)> {
        match &*self.0 {
            Disk { .. } => None,
            Object { objects, .. } => Some((objects.bucket(), Arc::clone(objects.objects()))),
        }
    }
}

/// The path, or the URL in object storage.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Disk { path, .. } => path.display().fmt(f),
            Object { objects, key } => objects.url_of(key.as_ref()).fmt(f),
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for Location {
    fn eq(&self, other: &Self) -> bool {
        match (&*self.0, &*other.0) {
            (Disk { path, .. }, Disk { path: other, .. }) => path == other,
            (Object { key, .. }, Object { key: other, .. }) => key == other,
            _ => false,
        }
    }
}

impl Eq for Location {}

impl Hash for Location {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &*self.0 {
            Disk { path, .. } => path.hash(state),
            Object { key, .. } => key.hash(state),
        }
    }
}

/// What errors show of a location.
impl From<&Location> for PathBuf {
    fn from(location: &Location) -> Self {
        match &*location.0 {
            Disk { path, .. } => path.clone(),
            Object { .. } => location.to_string().into(),
        }
    }
}

impl From<Location> for PathBuf {
    fn from(location: Location) -> Self {
        Self::from(&location)
    }
}

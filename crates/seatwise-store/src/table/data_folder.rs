//! Where a data folder is.

use std::path::{Path, PathBuf};

use crate::table::storage::ObjectStorage;

/// Where a data folder is: on the local disk, or in object storage.
///
/// ```
/// use std::path::Path;
///
/// let folder = seatwise_store::DataFolder::from(Path::new("licences"));
/// assert_eq!(folder.to_string(), "licences");
/// ```
#[derive(Debug, Clone)]
pub enum DataFolder {
    /// A folder of the local disk.
    Local(PathBuf),
    /// The objects below a URL.
    Objects(ObjectStorage),
}

impl From<&Path> for DataFolder {
    fn from(path: &Path) -> Self {
        Self::Local(path.to_owned())
    }
}

impl From<&PathBuf> for DataFolder {
    fn from(path: &PathBuf) -> Self {
        Self::Local(path.clone())
    }
}

impl From<&ObjectStorage> for DataFolder {
    fn from(objects: &ObjectStorage) -> Self {
        Self::Objects(objects.clone())
    }
}

impl From<&DataFolder> for DataFolder {
    fn from(folder: &DataFolder) -> Self {
        folder.clone()
    }
}

/// The path or URL.
impl std::fmt::Display for DataFolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Local(path) => path.display().fmt(f),
            Self::Objects(objects) => objects.url().fmt(f),
        }
    }
}

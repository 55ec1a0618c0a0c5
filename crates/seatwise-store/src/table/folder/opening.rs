//! Opening of data folders, on the local disk and in object storage.

use std::path::Path;

use super::Folder;
use super::take_over::new_id;
use crate::model::error::StoreError;
use crate::table::data_folder::DataFolder;
use crate::table::disk::DurableFiles;
use crate::table::layout::LAYOUT;
use crate::table::marker::{Marker, first_entry};
use crate::table::storage::{Location, ObjectStorage};

impl Folder {
    /// Opens an existing data folder. Object storage is probed, because the store will be written to.
    pub(crate) fn open(at: &DataFolder) -> Result<Self, StoreError> {
        match at {
            DataFolder::Local(path) => Self::on_disk(path, DurableFiles::new()),
            DataFolder::Objects(objects) => {
                let folder = Self::probed(objects)?;
                folder.known().map_err(|err| unusable(objects, err))
            }
        }
    }

    /// Opens an existing data folder read-only: locks for writing are refused.
    pub(crate) fn open_to_read(at: &DataFolder) -> Result<Self, StoreError> {
        let folder = match at {
            DataFolder::Local(path) => Self::on_disk(path, DurableFiles::new()),
            DataFolder::Objects(objects) => {
                let folder = Self::in_objects(objects)?;
                folder.known().map_err(|err| unusable(objects, err))
            }
        };
        Ok(Self {
            only_read: true,
            ..folder?
        })
    }

    /// As [`open`](Self::open), but makes a missing or empty folder a data folder.
    pub(crate) fn create(at: &DataFolder) -> Result<Self, StoreError> {
        match at {
            DataFolder::Local(path) => Self::create_on_disk(path, DurableFiles::new()),
            DataFolder::Objects(objects) => {
                let marked = Self::probed(objects)?.marked();
                let folder = marked.and_then(Self::known);
                folder.map_err(|err| unusable(objects, err))
            }
        }
    }

    /// As [`create`](Self::create), on the local disk and through these files.
    pub(crate) fn create_on_disk(path: &Path, files: DurableFiles) -> Result<Self, StoreError> {
        let path = &std::path::absolute(path).map_err(|err| StoreError::io("find", path, err))?;
        let root = Location::on_disk(files.clone(), path);
        let created = root.create_folder();
        created.map_err(|err| StoreError::io("create", &root, err))?;
        Self {
            root,
            files: files.clone(),
            work_dir: path.to_owned(),
            only_read: false,
            id: new_id(),
        }
        .marked()?;
        Self::on_disk(path, files)
    }

    fn on_disk(path: &Path, files: DurableFiles) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::NoFolder {
                folder: path.to_owned(),
            });
        }
        let root = path
            .canonicalize()
            .map_err(|err| StoreError::io("open", path, err))?;
        Self {
            root: Location::on_disk(files.clone(), &root),
            files,
            work_dir: root,
            only_read: false,
            id: new_id(),
        }
        .known()
    }

    fn in_objects(objects: &ObjectStorage) -> Result<Self, StoreError> {
        let work_dir = objects.work_dir().to_owned();
        let root = Location::in_objects(objects.clone());
        Ok(Self {
            root: root.map_err(|err| StoreError::io("find", &work_dir, err))?,
            files: DurableFiles::new(),
            work_dir,
            only_read: false,
            id: new_id(),
        })
    }

    /// The folder in object storage, if that can have a store.
    pub(crate) fn probed(objects: &ObjectStorage) -> Result<Self, StoreError> {
        let folder = Self::in_objects(objects)?;
        let probed = objects.probe();
        probed.map_err(|err| unusable(objects, StoreError::io("use", &folder.root, err)))?;
        Ok(folder)
    }

    /// The folder, if this version of Seatwise knows its layout.
    fn known(self) -> Result<Self, StoreError> {
        let found = Marker::read(&self.root)?;
        if found.layout > LAYOUT {
            return Err(StoreError::Newer {
                path: self.root.into(),
                found: found.layout,
                known: LAYOUT,
            });
        }
        Ok(self)
    }

    /// The folder with a marker, which an empty one gets.
    fn marked(self) -> Result<Self, StoreError> {
        if first_entry(&self.root)?.is_none() {
            let marked = Marker::create(&self.root);
            marked.map_err(|err| StoreError::io("write to", &self.root, err))?;
        }
        Ok(self)
    }
}

/// The error of opening a store in object storage: what the storage says, for all of it.
fn unusable(objects: &ObjectStorage, err: StoreError) -> StoreError {
    match err {
        StoreError::Io { source, .. } | StoreError::Denied { source, .. } => StoreError::Storage {
            url: objects.url().to_owned(),
            source,
        },
        other => other,
    }
}

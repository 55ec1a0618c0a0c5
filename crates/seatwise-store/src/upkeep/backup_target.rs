//! The place of a copy: another folder of the local disk, or object storage.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use seatwise_types::PartnerId;

use crate::model::error::StoreError;
use crate::table::data_folder::DataFolder;
use crate::table::folder::{Folder, is_folder};
use crate::table::marker::first_entry;
use crate::table::names::COLLECTIONS;
use crate::table::storage::Location;
use crate::table::store::Store;

/// The place of a copy, empty at first.
#[derive(Clone)]
pub(crate) struct Target {
    at: DataFolder,
    pub(crate) root: Location,
    /// The state of collectors, which is on the local disk in any case.
    pub(crate) collections: Location,
    /// Whether the folder did not exist.
    is_new: bool,
}

impl Target {
    /// Checks that a place can have a copy of a store. Creates a folder on the local disk.
    pub(crate) fn prepare(store: &Store, at: DataFolder) -> Result<Self, StoreError> {
        let (root, work_dir) = match &at {
            DataFolder::Local(path) => {
                let path =
                    std::path::absolute(path).map_err(|err| StoreError::io("find", path, err))?;
                let root = Location::on_disk(store.files().clone(), path);
                (root.clone(), root)
            }
            DataFolder::Objects(objects) => {
                let work_dir = Location::on_disk(store.files().clone(), objects.work_dir());
                let root = Location::in_objects(objects.clone());
                (
                    root.map_err(|err| StoreError::io("find", &work_dir, err))?,
                    work_dir,
                )
            }
        };
        if lies_in(&root, store.root()) {
            return Err(StoreError::Within {
                folder: root.into(),
                copied: store.root().into(),
            });
        }
        let is_new = root.path().is_some_and(|path| !path.exists());
        root.create_folder()
            .map_err(|err| StoreError::io("create", &root, err))?;
        if let DataFolder::Objects(objects) = &at {
            Folder::probed(objects)?;
        }
        let collections = work_dir.join(COLLECTIONS);
        let occupied = match first_entry(&root)? {
            Some(found) => Some((&root, found)),
            None if is_folder(&collections)? => Some((&work_dir, COLLECTIONS.to_owned())),
            None => None,
        };
        if let Some((folder, found)) = occupied {
            let folder = folder.into();
            return Err(StoreError::Occupied { folder, found });
        }
        Ok(Self {
            at,
            root,
            collections,
            is_new,
        })
    }

    /// Removes the content of an incomplete copy.
    pub(crate) fn clear(&self) -> Result<(), StoreError> {
        let removed = self.root.list().and_then(|entries| {
            entries
                .iter()
                .try_for_each(|entry| match entry.location.is_folder()? {
                    true => entry.location.remove_folder(),
                    false => entry.location.remove(),
                })
        });
        removed
            .and_then(|()| self.collections.remove_folder())
            .map_err(|err| StoreError::io("remove half a copy from", &self.root, err))
    }

    /// Removes the folder of a failed copy, if it was created for the copy.
    pub(crate) fn remove(&self) {
        if self.is_new {
            // If this fails, an empty folder is left.
            self.root.path().map(fs::remove_dir);
        }
    }

    /// Whether instants are settled by commits in the copy: it is in object storage.
    pub(crate) fn settles_by_commit(&self) -> bool {
        self.root.path().is_none()
    }

    /// Settles instants in a complete copy in object storage: answers for them stay as they are.
    pub(crate) async fn settle(
        &self,
        settled: &[(PartnerId, Timestamp)],
    ) -> Result<(), StoreError> {
        let copy = Store::open(&self.at)?;
        for (partner, at) in settled {
            copy.settle_by_commit(*partner, *at).await?;
        }
        Ok(())
    }
}

/// Whether a place is another one, or inside of it.
fn lies_in(place: &Location, other: &Location) -> bool {
    match (place.path(), other.path()) {
        (Some(place), Some(other)) => is_folder_in(place, other),
        (None, None) => format!("{place}/").starts_with(&format!("{other}/")),
        _ => false,
    }
}

/// Whether a folder, which need not exist, is another one or inside of it.
fn is_folder_in(folder: &Path, other: &Path) -> bool {
    let mut above = folder.ancestors().map(Path::canonicalize);
    above
        .find_map(Result::ok)
        .is_some_and(|above| above.starts_with(other))
}

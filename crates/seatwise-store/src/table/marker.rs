//! The marker of a data folder: the file that says that the folder is one, and in which layout.

use std::io;

use serde::{Deserialize, Serialize};

use crate::model::error::StoreError;
use crate::table::layout::LAYOUT;
use crate::table::names::{MARKER, UNFINISHED};
use crate::table::storage::Location;

/// The content of the marker file.
#[derive(Serialize, Deserialize)]
pub(crate) struct Marker {
    pub(crate) layout: u32,
}

impl Marker {
    /// The marker of a folder.
    ///
    /// # Errors
    /// If the folder has none, or it cannot be read.
    pub(crate) fn read(folder: &Location) -> Result<Self, StoreError> {
        let marker = folder.join(MARKER);
        let text = match marker.read() {
            Ok(text) => text,
            Err(err) if err.kind() == io::ErrorKind::NotFound => {
                return Err(match first_entry(folder)? {
                    None => StoreError::EmptyFolder {
                        folder: folder.into(),
                    },
                    Some(found) => StoreError::ForeignFolder {
                        folder: folder.into(),
                        found,
                        marker: MARKER,
                    },
                });
            }
            Err(err) => return Err(StoreError::io("read", marker, err)),
        };
        serde_json::from_slice(&text)
            .map_err(|err| StoreError::io("understand", &marker, err.into()))
    }

    /// Marks a folder as one of this layout, in the place of an earlier marker.
    pub(crate) fn replace(folder: &Location) -> io::Result<()> {
        folder.join(MARKER).write(Self::text()?)
    }

    /// Marks a folder as one of this layout, unless another process did so meanwhile.
    pub(crate) fn create(folder: &Location) -> io::Result<()> {
        let marker = folder.join(MARKER);
        match marker.write_new(Self::text()?) {
            // The other process may not have synced its name yet.
            Err(err) if err.kind() == io::ErrorKind::AlreadyExists => marker.sync_name(),
            written => written,
        }
    }

    fn text() -> io::Result<Vec<u8>> {
        let mut text = serde_json::to_vec(&Self { layout: LAYOUT })?;
        text.push(b'\n');
        Ok(text)
    }
}

/// The name of an entry in the folder, except unfinished files; `None` if it is empty.
pub(crate) fn first_entry(folder: &Location) -> Result<Option<String>, StoreError> {
    let entries = folder.list();
    let entries = entries.map_err(|err| StoreError::io("list", folder, err))?;
    let mut names: Vec<String> = entries
        .iter()
        .map(|entry| entry.os_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with(UNFINISHED))
        .collect();
    names.sort();
    Ok(names.into_iter().next())
}

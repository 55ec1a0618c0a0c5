//! A copy of a data folder that is whole although others go on writing to the folder.

use std::fs;
use std::io;
use std::path::Path;

use object_store::PutPayload;
use serde::{Deserialize, Serialize};

use crate::disk::{DurableFiles, UNFINISHED};
use crate::erase::ERASING;
use crate::folder::{MARKER, WRITER_LOCK, first_entry};
use crate::log::{LogEntry, is_data_file, log_entries};
use crate::recorded::RECORDED;
use crate::{Store, StoreError};

/// The key of the development identity opens the server that it belongs to, and is made anew where
/// it is missing.
const DEV_IDENTITY: &str = "dev-identity";

const LAST_CHECKPOINT: &str = "_last_checkpoint";

/// What was copied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Copied {
    /// Files.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
}

impl Store {
    /// Copies all that is stored into another folder, which is a data folder then. Every table is
    /// copied as it is at one version, with all its history, whoever writes to it meanwhile. What
    /// is copied is on the disk when this returns. The key of the development identity stays where
    /// it is.
    ///
    /// # Errors
    /// If the other folder is not empty, or cannot be written; it is no data folder then. If
    /// something was erased from the store at the same time: run it again.
    ///
    /// # Example
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// use seatwise_store::Store;
    ///
    /// let store = Store::create(&folder.path().join("data"))?;
    /// store.backup(&folder.path().join("backup"))?;
    /// let copy = Store::open(&folder.path().join("backup"))?;
    /// assert_eq!(copy.status().await?, store.status().await?);
    /// # Ok(()) }
    /// ```
    pub fn backup(&self, to: &Path) -> Result<Copied, StoreError> {
        let files = DurableFiles::new();
        let to = &std::path::absolute(to).map_err(|err| StoreError::io("find", to, err))?;
        files
            .create_folder(to)
            .map_err(|err| StoreError::io("create", to, err))?;
        if let Some(found) = first_entry(to)? {
            let folder = to.clone();
            return Err(StoreError::Occupied { folder, found });
        }
        let mut copy = Copy {
            files,
            copied: Copied::default(),
        };
        for name in names_in(self.path())? {
            // The marker comes last: half a copy is no data folder.
            if name != MARKER && name != DEV_IDENTITY {
                copy.entry(&self.path().join(&name), &to.join(&name))?;
            }
        }
        copy.file(&self.path().join(MARKER), &to.join(MARKER))?;
        Ok(copy.copied)
    }
}

struct Copy {
    files: DurableFiles,
    copied: Copied,
}

impl Copy {
    fn entry(&mut self, from: &Path, to: &Path) -> Result<(), StoreError> {
        if !from.is_dir() {
            return self.file(from, to);
        }
        self.files
            .create_folder(to)
            .map_err(|err| StoreError::io("create", to, err))?;
        if from.join("_delta_log").is_dir() {
            return self.table(from, to);
        }
        for name in names_in(from)? {
            self.entry(&from.join(&name), &to.join(&name))?;
        }
        Ok(())
    }

    /// A table up to the version that it has now. What its log names is there already.
    fn table(&mut self, from: &Path, to: &Path) -> Result<(), StoreError> {
        let mut log = log_entries(from)?;
        let newest = log.iter().filter(|entry| entry.is_commit());
        let newest = newest.map(|entry| entry.version).max();
        for name in names_in(from)? {
            if is_data_file(&name) || [ERASING, RECORDED].contains(&name.as_str()) {
                self.file(&from.join(&name), &to.join(&name))?;
            }
        }
        let (log_from, log_to) = (from.join("_delta_log"), to.join("_delta_log"));
        self.files
            .create_folder(&log_to)
            .map_err(|err| StoreError::io("create", &log_to, err))?;
        log.sort_by_key(|entry| entry.version);
        for entry in log.iter().filter(|entry| Some(entry.version) <= newest) {
            if let Some(name) = entry.path.file_name() {
                self.file(&entry.path, &log_to.join(name))?;
            }
        }
        // Only a hint where to begin; without it all of the log is listed.
        let Ok(hint) = fs::read(log_from.join(LAST_CHECKPOINT)) else {
            return Ok(());
        };
        let Ok(known) = serde_json::from_slice::<LastCheckpoint>(&hint) else {
            return Ok(());
        };
        // One that was written after the log was listed is not in the copy, and a hint at it would
        // make the copy unreadable.
        let is_it = |entry: &LogEntry| !entry.is_commit() && entry.version == known.version;
        if Some(known.version) <= newest && log.iter().any(is_it) {
            self.text(hint, &log_to.join(LAST_CHECKPOINT))?;
        }
        Ok(())
    }

    /// What was read already: by now the file may say something else.
    fn text(&mut self, text: Vec<u8>, to: &Path) -> Result<(), StoreError> {
        self.copied.bytes += text.len() as u64;
        self.copied.files += 1;
        let written = self.files.write(to, &PutPayload::from(text), true);
        written.map_err(|err| StoreError::io("write to", to, err))
    }

    fn file(&mut self, from: &Path, to: &Path) -> Result<(), StoreError> {
        let copied = self.files.copy(from, to);
        self.copied.bytes += copied.map_err(|err| StoreError::io("copy", from, err))?;
        self.copied.files += 1;
        Ok(())
    }
}

#[derive(Deserialize)]
struct LastCheckpoint {
    version: u64,
}

/// The names in a folder that are worth a copy, in order.
fn names_in(folder: &Path) -> Result<Vec<String>, StoreError> {
    let names = fs::read_dir(folder).and_then(|entries| {
        let names = entries.map(|entry| {
            let name = entry?.file_name();
            name.into_string()
                .map_err(|_| io::Error::from(io::ErrorKind::InvalidFilename))
        });
        names.collect::<io::Result<Vec<_>>>()
    });
    let mut names = names.map_err(|err| StoreError::io("list", folder, err))?;
    names.retain(|name| !name.starts_with(UNFINISHED) && name != WRITER_LOCK);
    names.sort();
    Ok(names)
}

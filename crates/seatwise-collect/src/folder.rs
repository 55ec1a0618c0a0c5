//! The collector's files in the data folder of its store.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use seatwise_store::{Store, access};
use seatwise_types::PartnerId;
use tokio::time::sleep;

use crate::CollectError;

/// `DIR/collections/{partner}`: the runs, the lock, and a folder for each source.
#[derive(Clone)]
pub(crate) struct CollectorFolder(PathBuf);

/// How often a waiting collector checks the lock.
const LOOK: Duration = Duration::from_millis(200);

/// The lock of a partner's only collector; released when the process ends.
pub(crate) struct Lock {
    _file: File,
}

impl CollectorFolder {
    pub(crate) fn of(store: &Store, partner: PartnerId) -> Self {
        let root = store.work_dir().join("collections");
        Self(root.join(partner.to_string()))
    }

    /// The partners with collections, by id.
    pub(crate) fn partners(store: &Store) -> Result<Vec<PartnerId>, CollectError> {
        let root = store.work_dir().join("collections");
        let entries = match fs::read_dir(&root) {
            Ok(entries) => entries,
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(err) => return Err(CollectError::file("list", &root)(err)),
        };
        let mut partners = Vec::new();
        for entry in entries {
            let name = entry
                .map_err(CollectError::file("list", &root))?
                .file_name();
            partners.extend(
                name.to_str()
                    .and_then(|name| name.parse::<PartnerId>().ok()),
            );
        }
        partners.sort();
        Ok(partners)
    }

    /// The file of the runs.
    pub(crate) fn runs(&self) -> PathBuf {
        self.0.join("runs.ndjson")
    }

    /// The folder of a source, whose name encodes the address.
    pub(crate) fn source(&self, url: &str) -> PathBuf {
        let mut name = String::new();
        for byte in url.trim_end_matches('/').bytes() {
            match byte {
                b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' => name.push(char::from(byte)),
                b'A'..=b'Z' => name.push(char::from(byte.to_ascii_lowercase())),
                // Writing to a string does not fail.
                _ => drop(write!(name, "_{byte:02x}")),
            }
        }
        // File systems do not accept longer names.
        name.truncate(200);
        self.0.join("sources").join(name)
    }

    /// Takes the lock; with `wait`, waits for it.
    pub(crate) async fn lock(&self, wait: bool) -> Result<Lock, CollectError> {
        access::create_folder(&self.0).map_err(CollectError::file("create", &self.0))?;
        let path = self.0.join("collector.lock");
        let file = open(&path).map_err(CollectError::file("open", &path))?;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                // A collector that stops waiting leaves nothing behind.
                Err(TryLockError::WouldBlock) if wait => sleep(LOOK).await,
                Err(TryLockError::WouldBlock) => {
                    let folder = self.0.clone();
                    return Err(CollectError::Busy { folder });
                }
                // Some network drives have no locks, so nothing prevents two collectors there.
                Err(TryLockError::Error(err)) if err.kind() == io::ErrorKind::Unsupported => break,
                Err(TryLockError::Error(err)) => {
                    return Err(CollectError::file("lock", &path)(err));
                }
            }
        }
        Ok(Lock { _file: file })
    }

    /// Whether a collector is running. Concurrent checks do not disturb each other.
    pub(crate) fn is_locked(&self) -> bool {
        let file = File::open(self.0.join("collector.lock"));
        file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    access::open(path, &options)
}

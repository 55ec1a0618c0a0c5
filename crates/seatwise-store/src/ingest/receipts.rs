//! Stored receipts by key, so that a repeated request for the same import returns the receipt of
//! the first one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use object_store::PutPayload;
use seatwise_types::PartnerId;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use crate::model::error::StoreError;
use crate::table::log::timestamp;
use crate::table::store::Store;

/// The largest number of stored receipts of a partner. Beyond it, the oldest is removed.
const MOST_RECEIPTS: usize = 1000;

/// How long a receipt is stored.
const LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The receipt of an import with a key.
///
/// A lost receipt does no harm: the repeated import finds everything unchanged, and its receipt
/// says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptReceipt {
    /// The key, as chosen by the caller.
    pub key: String,
    /// Identifies the content and options of the import. Another content under the same key is
    /// another import.
    pub content: String,
    /// When it was stored.
    pub kept_at: Timestamp,
    /// The receipt, as sent.
    pub receipt: String,
}

impl Store {
    /// The receipt stored under this key within the last seven days; `None` if there is none, or if
    /// it was removed because of the limit of 1,000.
    ///
    /// # Errors
    /// If it exists and cannot be read.
    pub fn kept_receipt(
        &self,
        partner: PartnerId,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<KeptReceipt>, StoreError> {
        let path = self.receipts_folder(partner).join(file_name(key));
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(err) if is_absent(&err) => return Ok(None),
            Err(err) => return Err(StoreError::io("read", path, err)),
        };
        let kept: KeptReceipt = serde_json::from_slice(&text)
            .map_err(|err| StoreError::io("understand", path, err.into()))?;
        let is_kept = kept.key == key && now.duration_since(kept.kept_at) < LIFE;
        Ok(Some(kept).filter(|_| is_kept))
    }

    /// Stores a receipt under its key, replacing an earlier one. It is on the disk when this
    /// returns.
    ///
    /// # Errors
    /// If the file system refuses.
    pub fn keep_receipt(&self, partner: PartnerId, kept: &KeptReceipt) -> Result<(), StoreError> {
        let folder = self.receipts_folder(partner);
        let path = folder.join(file_name(&kept.key));
        let write = || {
            let text = serde_json::to_vec(kept)?;
            self.files().write(&path, &PutPayload::from(text), false)
        };
        write().map_err(|err| StoreError::io("keep a receipt in", &folder, err))?;
        remove_old(&folder, &path, kept.kept_at);
        Ok(())
    }

    /// Removes all receipts of a partner, because they have values of bad rows.
    pub(crate) fn remove_receipts(&self, partner: PartnerId) -> Result<(), StoreError> {
        let folder = self.receipts_folder(partner);
        match fs::remove_dir_all(&folder) {
            Err(err) if !is_absent(&err) => Err(StoreError::io("remove", folder, err)),
            _ => Ok(()),
        }
    }

    fn receipts_folder(&self, partner: PartnerId) -> PathBuf {
        self.partner_folder(partner).join("receipts")
    }
}

/// A file name for a key, which can have any characters.
fn file_name(key: &str) -> String {
    format!("{:032x}.json", xxh3_128(key.as_bytes()))
}

/// Whether the file, or its folder, does not exist.
fn is_absent(err: &io::Error) -> bool {
    matches!(
        err.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Removes receipts that are too old or too many. What cannot be removed now is removed next time.
fn remove_old(folder: &Path, newest: &Path, now: Timestamp) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut others: Vec<(Timestamp, PathBuf)> = entries
        .filter_map(|entry| {
            let written = entry.metadata().and_then(|file| file.modified()).ok()?;
            Some((timestamp(written), entry.path()))
        })
        .filter(|(_, path)| path != newest)
        .collect();
    others.sort();
    let too_many = (others.len() + 1).saturating_sub(MOST_RECEIPTS);
    let too_old = others.partition_point(|(written, _)| now.duration_since(*written) >= LIFE);
    for (_, path) in &others[..too_many.max(too_old)] {
        fs::remove_file(path).ok();
    }
}

//! Receipts that are kept under a key, so that a caller that asks for the same import again gets the
//! receipt of the first one.

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

/// How many receipts of a partner are kept; the oldest has to go when there is one more.
const MOST_RECEIPTS: usize = 1000;

/// How long a receipt is kept.
const LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What an import did that came with a key.
///
/// A lost receipt does no harm: the import that is then made once more finds that everything is
/// known, and its receipt says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptReceipt {
    /// The key, as the caller chose it.
    pub key: String,
    /// Stands for what was imported and how: another one under the same key is another import.
    pub content: String,
    /// When it was kept.
    pub kept_at: Timestamp,
    /// The receipt, as it was sent.
    pub receipt: String,
}

impl Store {
    /// The receipt that was kept under this key within the last seven days; none if there is none,
    /// or if a thousand others were kept since.
    ///
    /// # Errors
    /// If it is there and cannot be read.
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
        let is_told = kept.key == key && now.duration_since(kept.kept_at) < LIFE;
        Ok(Some(kept).filter(|_| is_told))
    }

    /// Keeps a receipt under its key, in the place of an earlier one. It is on the disk when this
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

    /// Removes all receipts of a partner: they tell values of bad rows.
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

/// A key may hold anything, a file's name may not.
fn file_name(key: &str) -> String {
    format!("{:032x}.json", xxh3_128(key.as_bytes()))
}

/// Whether there is nothing of the name, or nothing that could hold it.
fn is_absent(err: &io::Error) -> bool {
    matches!(
        err.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Removes receipts that are too old, and makes room. What cannot be removed now is so the next time.
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

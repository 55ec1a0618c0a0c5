//! Stored receipts by key, so that a repeated request for the same import returns the receipt of
//! the first one.

use jiff::{SignedDuration, Timestamp};
use seatwise_types::PartnerId;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use crate::model::error::StoreError;
use crate::table::folder::remove_folder;
use crate::table::log::timestamp;
use crate::table::names::RECEIPTS;
use crate::table::storage::{Location, is_absent};
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
        let file = self.receipts_folder(partner).join(file_name(key));
        let text = match file.read() {
            Ok(text) => text,
            Err(err) if is_absent(&err) => return Ok(None),
            Err(err) => return Err(StoreError::io("read", file, err)),
        };
        let kept: KeptReceipt = serde_json::from_slice(&text)
            .map_err(|err| StoreError::io("understand", &file, err.into()))?;
        let is_kept = kept.key == key && now.duration_since(kept.kept_at) < LIFE;
        // A process that was killed may have written it.
        let synced = file.sync_name();
        synced.map_err(|err| StoreError::io("read", &file, err))?;
        Ok(Some(kept).filter(|_| is_kept))
    }

    /// Stores a receipt under its key, replacing an earlier one. It is on the disk when this
    /// returns.
    ///
    /// # Errors
    /// If the file system refuses.
    pub fn keep_receipt(&self, partner: PartnerId, kept: &KeptReceipt) -> Result<(), StoreError> {
        let folder = self.receipts_folder(partner);
        let file = folder.join(file_name(&kept.key));
        let write = || file.write(serde_json::to_vec(kept)?);
        write().map_err(|err| StoreError::io("keep a receipt in", &folder, err))?;
        remove_old(&folder, &file, kept.kept_at);
        Ok(())
    }

    /// Removes all receipts of a partner, because they have values of bad rows.
    pub(crate) fn remove_receipts(&self, partner: PartnerId) -> Result<(), StoreError> {
        remove_folder(&self.receipts_folder(partner))
    }

    fn receipts_folder(&self, partner: PartnerId) -> Location {
        self.partner_folder(partner).join(RECEIPTS)
    }
}

/// A file name for a key, which can have any characters.
fn file_name(key: &str) -> String {
    format!("{:032x}.json", xxh3_128(key.as_bytes()))
}

/// Removes receipts that are too old or too many. What cannot be removed now is removed next time.
fn remove_old(folder: &Location, newest: &Location, now: Timestamp) {
    let entries = folder.list().unwrap_or_default().into_iter();
    let mut others: Vec<(Timestamp, Location)> = entries
        .filter_map(|entry| Some((timestamp(entry.info().ok()?.modified), entry.location)))
        .filter(|(_, file)| file != newest)
        .collect();
    others.sort_by_key(|(written, _)| *written);
    let too_many = (others.len() + 1).saturating_sub(MOST_RECEIPTS);
    let too_old = others.partition_point(|(written, _)| now.duration_since(*written) >= LIFE);
    for (_, file) in &others[..too_many.max(too_old)] {
        file.remove().ok();
    }
}

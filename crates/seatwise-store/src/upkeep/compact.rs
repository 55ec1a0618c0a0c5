//! Compaction: as few files as possible, and none that only earlier versions need.

use jiff::{SignedDuration, Timestamp};
use seatwise_types::PartnerId;
use serde::Serialize;

use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::table::damage::damaged;
use crate::table::delta::DataFile;
use crate::table::merge::{merge_while, together};
use crate::table::store::Store;
use crate::table::vacuum::{KeptVersions, vacuum};

/// The result of compacting a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Compacted {
    /// Live data files before.
    pub files_before: u64,
    /// Live data files after.
    pub files_after: u64,
    /// Data files removed from the disk.
    pub files_removed: u64,
    /// Their size in bytes.
    pub bytes_removed: u64,
    /// Data files kept for versions within the retention time.
    pub files_kept: u64,
    /// Their size in bytes.
    pub bytes_kept: u64,
    /// Data files that no version names and that are younger than a day: an import on another
    /// machine may be writing them.
    pub files_unnamed: u64,
    /// Their size in bytes.
    pub bytes_unnamed: u64,
    /// Log entries and checkpoints that were removed.
    pub log_files_removed: u64,
}

impl Store {
    /// Merges the small files of a table into as few as possible, and removes data and log files
    /// that no version within `keep` before `now` needs; with zero `keep`, those that the newest
    /// version does not need. `None` if the partner has no such table.
    ///
    /// No row is removed: deliveries, restatements and recording times stay. What is removed are
    /// copies of rows that larger files have now, and with them the versions of the table that
    /// named them: a link to a further page of such a version returns that it is gone. The log
    /// keeps two checkpoints before that time, and everything after the first of them. A data file
    /// that no log entry ever named is kept for a day.
    ///
    /// With less than a minute, a running question can fail. Other writers wait for the lock.
    /// Memory is bounded by one file of half a million rows.
    ///
    /// # Errors
    /// If the table cannot be read or written.
    pub async fn compact(
        &self,
        partner: PartnerId,
        kind: Kind,
        keep: SignedDuration,
        now: Timestamp,
    ) -> Result<Option<Compacted>, StoreError> {
        if self.table(partner, kind).await?.is_none() {
            return Ok(None);
        }
        let _lock = self.lock(partner, now).await?;
        let Some(table) = self.table(partner, kind).await? else {
            return Ok(None);
        };
        let mut compacted = Compacted {
            files_before: table.files.len() as u64,
            ..Compacted::default()
        };
        let merged = merge_while(self, table, together).await;
        let table = merged.map_err(|(table, err)| {
            damaged(partner, kind, "merge its files", &table.folder, err)
        })?;
        compacted.files_after = table.files.len() as u64;
        let kept = match keep.is_zero() {
            true => KeptVersions::Newest,
            false => KeptVersions::Since(now.saturating_sub(keep).unwrap_or(Timestamp::MIN)),
        };
        // A replaced file may be the last copy of rows whose new file is damaged.
        let files: Vec<&DataFile> = table.files.iter().collect();
        let checked = table.check(&files).await;
        checked.map_err(|err| damaged(partner, kind, "check its files", &table.folder, err))?;
        let vacuumed = vacuum(&table, kept, now).await?;
        compacted.files_removed = vacuumed.removed.count;
        compacted.bytes_removed = vacuumed.removed.bytes;
        compacted.files_kept = vacuumed.kept.count;
        compacted.bytes_kept = vacuumed.kept.bytes;
        compacted.files_unnamed = vacuumed.unnamed.count;
        compacted.bytes_unnamed = vacuumed.unnamed.bytes;
        compacted.log_files_removed = vacuumed.log_files;
        Ok(Some(compacted))
    }
}

//! The note of the latest settled instant, in the folder of a partner.

use std::io;

use jiff::Timestamp;
use seatwise_types::PartnerId;

use crate::model::error::{StoreError, io_kind};
use crate::table::checksum::damage;
use crate::table::folder::{Folder, WriterLock};
use crate::table::names::SETTLED;
use crate::table::storage::Location;

impl Folder {
    /// The latest instant noted by [`note_settled`](Self::note_settled).
    ///
    /// # Errors
    /// If the note is damaged or cannot be read.
    pub(crate) fn noted_settled(
        &self,
        partner: PartnerId,
    ) -> Result<Option<Timestamp>, StoreError> {
        let folder = self.partner(partner);
        read_settled(&folder).map_err(|err| StoreError::io("read", folder.join(SETTLED), err))
    }

    /// The same, but `None` if the note is damaged, because the next writer replaces it.
    pub(crate) fn settled(&self, partner: PartnerId) -> Result<Option<Timestamp>, StoreError> {
        match self.noted_settled(partner) {
            Err(StoreError::Io { source, .. })
                if io_kind(source.as_ref()) == Some(io::ErrorKind::InvalidData) =>
            {
                Ok(None)
            }
            settled => settled,
        }
    }

    /// Replaces a damaged note by an instant that no answer has exceeded.
    pub(crate) fn mend_settled(
        &self,
        partner: PartnerId,
        now: Timestamp,
        lock: &WriterLock,
    ) -> Result<(), StoreError> {
        match read_settled(&self.partner(partner)) {
            Err(err) if err.kind() == io::ErrorKind::InvalidData => {
                tracing::warn!(%partner, error = %err, "`settled-at` is damaged and written again");
                self.note_settled(partner, now, lock)
            }
            _ => Ok(()),
        }
    }

    /// Notes that an answer is given as known at an instant: nothing may be recorded at or before
    /// it any more. On the disk when this returns.
    pub(crate) fn note_settled(
        &self,
        partner: PartnerId,
        at: Timestamp,
        _lock: &WriterLock,
    ) -> Result<(), StoreError> {
        let note = self.partner(partner).join(SETTLED);
        note.write(note_of(at))
            .map_err(|err| StoreError::io("write to", note, err))
    }

    /// Makes a note durable that another process has written, and may not have synced.
    pub(crate) fn sync_settled(&self, partner: PartnerId) -> Result<(), StoreError> {
        let note = self.partner(partner).join(SETTLED);
        let synced = note.sync_name();
        synced.map_err(|err| StoreError::io("sync", note, err))
    }
}

/// The content of the note.
pub(crate) fn note_of(at: Timestamp) -> String {
    format!("{at}\n")
}

/// The instant noted in the folder of a partner; `None` without a note.
///
/// # Errors
/// If the note is damaged, with the kind `InvalidData`, or cannot be read.
fn read_settled(partner: &Location) -> io::Result<Option<Timestamp>> {
    let text = match partner.join(SETTLED).read_text() {
        Ok(text) => text,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(err) => return Err(err),
    };
    let settled = text.trim().parse();
    settled
        .map(Some)
        .map_err(|_| damage(format!("`{}` is not an instant", text.trim())))
}

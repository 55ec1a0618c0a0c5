//! The lock of a partner's writers, and the instant up to which nothing more is recorded.

use std::sync::Arc;

use jiff::Timestamp;
use seatwise_types::PartnerId;

use super::Store;
use crate::model::error::StoreError;
use crate::table::folder::WriterLock;

impl Store {
    /// Waits for the lock to write to the tables of a partner: first in this process, then among
    /// all processes that have the folder open.
    ///
    /// The first wait uses no thread, so the writer that holds the lock always gets the threads
    /// that it needs.
    pub(crate) async fn lock(
        &self,
        partner: PartnerId,
        now: Timestamp,
    ) -> Result<WriterLock, StoreError> {
        let lock = self.lock_as_is(partner, now).await?;
        if !self.settles_by_commit() {
            self.shared.folder.mend_settled(partner, now, &lock)?;
        }
        Ok(lock)
    }

    /// As [`lock`](Self::lock), but keeps a damaged note of the settled instant.
    pub(crate) async fn lock_as_is(
        &self,
        partner: PartnerId,
        now: Timestamp,
    ) -> Result<WriterLock, StoreError> {
        let turn = Arc::clone(self.shared.turns.lock().entry(partner).or_default());
        let turn = turn.lock_owned().await;
        self.blocking("lock", move |store| {
            store.shared.folder.lock(partner, turn, now)
        })
        .await
    }

    /// The latest instant noted as settled; `None` in object storage, which has no notes.
    pub(crate) fn settled(&self, partner: PartnerId) -> Result<Option<Timestamp>, StoreError> {
        match self.settles_by_commit() {
            true => Ok(None),
            false => self.shared.folder.settled(partner),
        }
    }

    /// The same, but a damaged note is an error.
    pub(crate) fn noted_settled(
        &self,
        partner: PartnerId,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.shared.folder.noted_settled(partner)
    }

    /// Makes the note of the settled instant durable, which another process may have written.
    pub(crate) fn sync_settled_note(&self, partner: PartnerId) -> Result<(), StoreError> {
        self.shared.folder.sync_settled(partner)
    }

    /// Notes an instant as settled, unless a later one is noted.
    pub(crate) fn note_settled(
        &self,
        partner: PartnerId,
        at: Timestamp,
        lock: &WriterLock,
    ) -> Result<(), StoreError> {
        if self.settled(partner)? < Some(at) {
            self.shared.folder.note_settled(partner, at, lock)?;
        }
        Ok(())
    }

    /// Notes an instant as settled, replacing any note.
    pub(crate) fn settle_again(
        &self,
        partner: PartnerId,
        at: Timestamp,
        lock: &WriterLock,
    ) -> Result<(), StoreError> {
        self.shared.folder.note_settled(partner, at, lock)
    }
}

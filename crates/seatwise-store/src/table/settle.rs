//! Settling of instants: afterwards, nothing is recorded at or before them.

use jiff::Timestamp;
use seatwise_types::PartnerId;

use crate::model::axes::{KnownAt, whole_millisecond};
use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::table::clock::{Future, agree};
use crate::table::store::Store;

impl Store {
    /// Guarantees that nothing is recorded at or before an instant from now on, so that answers as
    /// known at it stay the same.
    ///
    /// If something was recorded later in any of the partner's tables, that already holds for all
    /// of them. Otherwise this waits for the partner's write lock and notes the instant in the
    /// partner's folder: the next writer records after it.
    ///
    /// # Errors
    /// If the instant is after `now` and after everything recorded or noted, or in any case more
    /// than a day after `now`; if a note is needed but `now` cannot be right
    /// ([`Store::check_clock`]); if the folder cannot be read or written.
    pub async fn settle(
        &self,
        partner: PartnerId,
        known_at: Timestamp,
        now: Timestamp,
    ) -> Result<KnownAt, StoreError> {
        let known_at = whole_millisecond(known_at);
        let settled_up_to = self.settled_up_to(partner).await?;
        // Records further in the future are wrong, and will be repaired.
        let can_be_told = known_at <= Future::of(now).recorded;
        if can_be_told && Some(known_at) <= settled_up_to {
            return Ok(KnownAt::settled(known_at));
        }
        if known_at > now {
            return Err(StoreError::NotYet { known_at, now });
        }
        agree(settled_up_to, now)?;
        let lock = self.lock(partner, now).await?;
        // A writer that is gone by now may have left a record that is not on the disk.
        self.settled_up_to(partner).await?;
        self.blocking("write to", move |store| {
            store.note_settled(partner, known_at, &lock)
        })
        .await?;
        Ok(KnownAt::settled(known_at))
    }

    /// The latest instant at or before which nothing more is recorded in any of a partner's tables:
    /// that of the last commit, or a later one that was noted. Writers record after it, and read it
    /// while they hold the lock. What it follows from is on the disk when this returns: no power cut
    /// takes back an answer for it.
    pub(crate) async fn settled_up_to(
        &self,
        partner: PartnerId,
    ) -> Result<Option<Timestamp>, StoreError> {
        let mut last = self.settled(partner)?;
        for kind in Kind::ALL {
            let table = self.table(partner, kind).await?;
            if let Some(table) = table {
                table.sync().await?;
                last = last.max(table.last_recorded());
            }
        }
        Ok(last)
    }
}

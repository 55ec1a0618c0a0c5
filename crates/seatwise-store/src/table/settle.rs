//! Settling an instant: nothing more is recorded at or before it.

use jiff::Timestamp;
use seatwise_types::PartnerId;

use crate::model::axes::{KnownAt, whole_millisecond};
use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::table::clock::{Future, agree};
use crate::table::delta::Table;
use crate::table::store::Store;

impl Store {
    /// Makes sure that nothing is recorded at or before an instant from now on, so that an
    /// answer as of then stays the same.
    ///
    /// If something was recorded later in one of the partner's tables, that is so already, for all
    /// of them. Otherwise this waits for its turn among the partner's writers, and notes the instant
    /// in the partner's folder: the next writer records after it.
    ///
    /// # Errors
    /// If the instant is after `now` and after everything recorded or noted, or more than a day after
    /// `now` in any case; if `now` cannot be right ([`Store::check_clock`]) and would have to be
    /// noted; if the folder cannot be read or written to.
    pub async fn settle(
        &self,
        partner: PartnerId,
        known_at: Timestamp,
        now: Timestamp,
    ) -> Result<KnownAt, StoreError> {
        let known_at = whole_millisecond(known_at);
        let settled_up_to = self.settled_up_to(partner).await?;
        // What lies further in the future is wrong, and is mended one day.
        let can_be_told = known_at <= Future::of(now).recorded;
        if can_be_told && Some(known_at) <= settled_up_to {
            return Ok(KnownAt::settled(known_at));
        }
        if known_at > now {
            return Err(StoreError::NotYet { known_at, now });
        }
        agree(settled_up_to, now)?;
        let lock = self.lock(partner, now).await?;
        self.blocking("write to", move |store| {
            store.note_settled(partner, known_at, &lock)
        })
        .await?;
        Ok(KnownAt::settled(known_at))
    }

    /// The latest instant at which nothing more is recorded in any of a partner's tables: that of the
    /// last commit to one of them, or a later one that was noted. Who writes next records after it,
    /// and asks for it when it is its turn.
    pub(crate) async fn settled_up_to(
        &self,
        partner: PartnerId,
    ) -> Result<Option<Timestamp>, StoreError> {
        let mut last = self.settled(partner)?;
        for kind in Kind::ALL {
            let table = self.table(partner, kind).await?;
            last = last.max(table.as_ref().and_then(Table::last_recorded));
        }
        Ok(last)
    }
}

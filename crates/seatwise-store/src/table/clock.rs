//! Checks of the clock against the folder: when recording is refused, and what lies in the future.
//!
//! The order of records never depends on a clock (see [`recorded_at`]), but their instants do.
//! After one wrong instant, all later ones would be wrong too, because each must be later than the
//! previous ones. So a writer first compares its clock with the folder.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use seatwise_types::PartnerId;

use crate::model::axes::whole_millisecond;
use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::model::limits::MOST_AHEAD;
use crate::table::store::Store;

/// How far a record may be ahead of the clock before it counts as in the future. Smaller
/// differences come from differing clocks or a wrong time zone, and end when the clock catches up.
const RECORDED_AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// The longest time without records before a person must confirm the clock. A folder that is used
/// once a year is not affected.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(400 * 24);

/// Limits of what can be true by a clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Future {
    /// Later instants were recorded in the future.
    pub(crate) recorded: Timestamp,
    /// Deliveries of later days describe the future.
    pub(crate) processed: Date,
}

impl Future {
    pub(crate) fn of(now: Timestamp) -> Self {
        let after = |ahead| now.saturating_add(ahead).unwrap_or(Timestamp::MAX);
        Self {
            recorded: after(RECORDED_AHEAD),
            // The last day that an import accepts: see [`MOST_AHEAD`].
            processed: after(MOST_AHEAD).to_zoned(TimeZone::UTC).date(),
        }
    }
}

/// Rejects a clock that cannot be right, given the last instant that was recorded or used in an
/// answer.
pub(crate) fn agree(last: Option<Timestamp>, now: Timestamp) -> Result<(), StoreError> {
    let Some(last) = last else {
        return Ok(());
    };
    if last > Future::of(now).recorded {
        Err(StoreError::ClockBehind { now, last })
    } else if now.duration_since(last) > LONGEST_PAUSE {
        Err(StoreError::ClockAhead { now, last })
    } else {
        Ok(())
    }
}

/// The instant of the next commit: now, but strictly after everything in the partner's tables and
/// after each instant used in an answer, even if this machine's clock is behind.
pub(crate) fn recorded_at(settled_up_to: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let next = settled_up_to.map(|before| before + SignedDuration::from_millis(1));
    whole_millisecond(next.map_or(now, |next| now.max(next)))
}

impl Store {
    /// Checks that a clock can be right, by the partner's tables: no record is more than a day in
    /// the future, and something was recorded or used in an answer within the last 400 days.
    /// Without records, every clock can be right. Tables that cannot be opened are ignored.
    ///
    /// # Errors
    /// [`StoreError::ClockBehind`] or [`StoreError::ClockAhead`] if it cannot be right;
    /// [`Store::repair`] settles whether the clock or the folder is wrong.
    pub async fn check_clock(&self, partner: PartnerId, now: Timestamp) -> Result<(), StoreError> {
        let mut last = self.settled(partner).ok().flatten();
        for kind in Kind::ALL {
            if let Ok(Some(table)) = self.table(partner, kind).await {
                last = last.max(self.settled_in(&table).await.ok().flatten());
            }
        }
        agree(last, now)
    }
}

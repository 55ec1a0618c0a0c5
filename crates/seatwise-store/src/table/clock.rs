//! Where a clock and a folder disagree: when nothing is recorded, and what lies in the future.
//!
//! The order of what was recorded never depends on a clock ([`recorded_at`] sees to that), but the
//! instants do. A clock that is wrong once would make every later instant wrong as well, because
//! each is later than those before. So a writer compares its clock with the folder first.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use seatwise_types::PartnerId;

use crate::model::axes::whole_millisecond;
use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::model::limits::MOST_AHEAD;
use crate::table::store::Store;

/// What was recorded lies in the future if it is further ahead of the clock than this. Less happens
/// where clocks differ or a time zone was set wrong, and heals by itself when the clock catches up.
const RECORDED_AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// If nothing was recorded for longer than this, a person has to say that the clock is right. A
/// folder that is used once a year is not bothered.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(400 * 24);

/// What cannot be true by a clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Future {
    /// Instants after this one were recorded in the future.
    pub(crate) recorded: Timestamp,
    /// Deliveries of later days tell of the future.
    pub(crate) processed: Date,
}

impl Future {
    pub(crate) fn of(now: Timestamp) -> Self {
        let after = |ahead| now.saturating_add(ahead).unwrap_or(Timestamp::MAX);
        Self {
            recorded: after(RECORDED_AHEAD),
            // The day that an import may still bring: see [`MOST_AHEAD`].
            processed: after(MOST_AHEAD).to_zoned(TimeZone::UTC).date(),
        }
    }
}

/// Refuses a clock that cannot be right if this instant was the last that was recorded or that
/// an answer was given as known at.
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

/// When the next commit is recorded: now, but strictly after everything that the partner's tables
/// recorded before and after each instant that an answer was given as known at, also if this machine's
/// clock is behind.
pub(crate) fn recorded_at(settled_up_to: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let next = settled_up_to.map(|before| before + SignedDuration::from_millis(1));
    whole_millisecond(next.map_or(now, |next| now.max(next)))
}

impl Store {
    /// Makes sure that a clock can be right by what a partner's tables say: nothing in them lies
    /// more than a day in the future, and something was recorded, or answered as known at, within the
    /// last 400 days. Without anything recorded every clock can be right. A table that cannot be
    /// opened says nothing.
    ///
    /// # Errors
    /// [`StoreError::ClockBehind`] or [`StoreError::ClockAhead`] if it cannot be right;
    /// [`Store::repair`] settles whether the clock or the folder is wrong.
    pub async fn check_clock(&self, partner: PartnerId, now: Timestamp) -> Result<(), StoreError> {
        let mut last = self.settled(partner).ok().flatten();
        for kind in Kind::ALL {
            if let Ok(Some(table)) = self.table(partner, kind).await {
                last = last.max(table.last_recorded());
            }
        }
        agree(last, now)
    }
}

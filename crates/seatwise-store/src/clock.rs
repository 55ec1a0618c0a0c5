//! Where a clock and a folder disagree: when nothing is recorded, and what lies in the future.
//!
//! The order of what was recorded never depends on a clock (`record.rs` sees to that), but the
//! instants do. A clock that is wrong once would make every later instant wrong as well, because
//! each is later than those before. So a writer compares its clock with the folder first.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use seatwise_types::PartnerId;

use crate::import::MOST_AHEAD;
use crate::remedy::Remedy;
use crate::table::Table;
use crate::verify::Finding;
use crate::{Kind, Store, StoreError};

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
            // The day that an import may still bring: see `import::MOST_AHEAD`.
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

    /// What of a partner lies in the future: tables with deliveries that were recorded more than a
    /// day after `now`, or whose processed date no import would take now, and the instant in
    /// `settled-at`, which is named too if it cannot be read. Empty if there is nothing.
    ///
    /// Only logs are read. A table that cannot be opened is left out: [`Store::verify`] says why.
    pub async fn verify_clock(&self, partner: PartnerId, now: Timestamp) -> Vec<Finding> {
        let future = Future::of(now);
        let mut findings = Vec::new();
        let settled = self.noted_settled(partner);
        if let Err(err) = &settled {
            let problem = with_causes(err);
            findings.push(Finding::of_file("settled-at", problem, Remedy::NextImport));
        }
        let mut found = |file: &str, problem: String| {
            findings.push(Finding::of_file(file, problem, Remedy::Repair));
        };
        if let Ok(Some(at)) = settled
            && at > future.recorded
        {
            let problem = format!("it says {at}, which is still to come");
            found("settled-at", problem);
        }
        for kind in Kind::ALL {
            let Ok(Some(table)) = self.table(partner, kind).await else {
                continue;
            };
            if let Some(at) = table.last_recorded().filter(|at| *at > future.recorded) {
                found(
                    kind.as_str(),
                    format!("something in it was recorded at {at}, which is still to come"),
                );
            }
            if let Some(day) = last_processed(&table).filter(|day| *day > future.processed) {
                found(
                    kind.as_str(),
                    format!("something in it was processed on {day}, which is still to come"),
                );
            }
        }
        findings
    }
}

/// The latest day that a table has a delivery of.
fn last_processed(table: &Table) -> Option<Date> {
    let days = table
        .files
        .iter()
        .map(|file| file.stats.max_values.processed_date);
    days.max()
}

/// An error in one line, with what caused it.
fn with_causes(err: &dyn std::error::Error) -> String {
    let mut text = err.to_string();
    let mut next = err.source();
    while let Some(cause) = next {
        text += &format!(": {cause}");
        next = cause.source();
    }
    text
}

//! Days as numbers, for calculations and curves.

use std::ops::Sub;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time, date};

use crate::seeded_hash::SeededHash;

const EPOCH: Date = date(1970, 1, 1);

/// Days since 1970-01-01, UTC.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Day(pub(crate) i32);

impl Day {
    /// The date; `None` before the calendar's first year, -9999.
    fn date(self) -> Option<Date> {
        EPOCH
            .checked_add(SignedDuration::from_hours(24 * i64::from(self.0)))
            .ok()
    }

    pub(crate) fn midnight(self) -> Option<DateTime> {
        Some(self.date()?.to_datetime(Time::midnight()))
    }

    /// When the day's deployment figures were processed: after 03:00, in hundredths of a second,
    /// the same for all customers.
    pub(crate) fn deployment_run(self, runs: SeededHash) -> Option<DateTime> {
        let after_three =
            SignedDuration::from_millis(10 * i64::from(runs.nth(self.0).below(540_000)));
        Some(self.date()?.at(3, 0, 0, 0) + after_three)
    }

    /// 0 for Monday to 6 for Sunday.
    pub(crate) fn weekday(self) -> usize {
        // 1970-01-01 was a Thursday.
        (self.0 + 3).rem_euclid(7) as usize
    }
}

impl From<Date> for Day {
    fn from(date: Date) -> Day {
        Day((date.duration_since(EPOCH).as_hours() / 24) as i32)
    }
}

impl Sub<i32> for Day {
    type Output = Day;

    fn sub(self, days: i32) -> Day {
        Day(self.0 - days)
    }
}

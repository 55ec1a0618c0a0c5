//! Schedules: in fixed intervals, or at a time of the day.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

/// When a task repeats.
#[derive(Clone, Debug)]
pub enum Schedule {
    /// In intervals of this length.
    Every(SignedDuration),
    /// At a time of the day, every `days` days; at least 1.
    At {
        /// The days from one run to the next.
        days: i64,
        /// The time of the day.
        time: Time,
        /// The time zone of the time.
        zone: TimeZone,
    },
}

impl Schedule {
    /// The first time after a start, given the start of the last run, if there was one.
    ///
    /// An overdue run is due now, or at the next time of the day if the schedule has one.
    pub(crate) fn first(&self, last: Option<Timestamp>, now: Timestamp) -> Timestamp {
        match (self, last) {
            (Self::Every(_), None) => now,
            (Self::Every(length), Some(last)) => later(last, *length).max(now),
            (Self::At { time, zone, .. }, None) => next_time(*time, zone, now),
            (Self::At { .. }, Some(last)) => self.after(last, now),
        }
    }

    /// The next time after `now`. It is counted from the last due time, so that delays do not add
    /// up.
    ///
    /// Missed times are skipped. With a time of the day, the next one then is on the next day.
    pub(crate) fn after(&self, due: Timestamp, now: Timestamp) -> Timestamp {
        match self {
            Self::Every(length) => {
                let past = now.duration_since(due).as_nanos() / length.as_nanos().max(1);
                let lengths = i32::try_from(past.max(0) + 1).unwrap_or(i32::MAX);
                later(due, length.saturating_mul(lengths))
            }
            Self::At { days, time, zone } => {
                let day = day_of(due, *time, zone);
                let next = day.checked_add(Span::new().days(*days));
                let next = next.and_then(|day| at(day, *time, zone));
                match next {
                    Ok(next) if next <= now => next_time(*time, zone, now),
                    Ok(next) => next,
                    Err(_) => Timestamp::MAX,
                }
            }
        }
    }
}

/// Adds a length; saturates at the end of time.
fn later(time: Timestamp, length: SignedDuration) -> Timestamp {
    time.saturating_add(length).unwrap_or(Timestamp::MAX)
}

/// The instant of a time on a day.
///
/// When clocks are set forward, a time in the gap moves by the length of the gap. When they are set
/// back, the first of two equal times counts. So each time comes once a day.
fn at(day: Date, time: Time, zone: &TimeZone) -> Result<Timestamp, jiff::Error> {
    let zoned = day.to_datetime(time).to_zoned(zone.clone())?;
    Ok(zoned.timestamp())
}

/// The day on which the time of the day last came.
fn day_of(instant: Timestamp, time: Time, zone: &TimeZone) -> Date {
    let today = instant.to_zoned(zone.clone()).date();
    match at(today, time, zone) {
        Ok(at) if at > instant => today.yesterday().unwrap_or(today),
        _ => today,
    }
}

/// The next instant with this time of the day.
fn next_time(time: Time, zone: &TimeZone, now: Timestamp) -> Timestamp {
    let tomorrow = day_of(now, time, zone).tomorrow();
    let next = tomorrow.and_then(|day| at(day, time, zone));
    next.unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin(days: i64, time: &str) -> Schedule {
        Schedule::At {
            days,
            time: time.parse().unwrap(),
            zone: TimeZone::get("Europe/Berlin").unwrap(),
        }
    }

    fn instant(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    /// The first three times from `now` on, if each run takes no time.
    fn three_from(schedule: &Schedule, now: &str) -> [String; 3] {
        let mut next = schedule.first(None, instant(now));
        std::array::from_fn(|_| {
            let due = next;
            next = schedule.after(due, due);
            due.to_string()
        })
    }

    #[test]
    fn once_on_the_day_that_has_no_such_time() {
        // On 29 March 2026 clocks in Berlin went from 02:00 to 03:00.
        assert_eq!(
            three_from(&berlin(1, "02:30"), "2026-03-27T12:00:00Z"),
            [
                "2026-03-28T01:30:00Z",
                "2026-03-29T01:30:00Z",
                "2026-03-30T00:30:00Z"
            ]
        );
    }

    #[test]
    fn once_on_the_day_that_has_it_twice() {
        // On 25 October 2026 clocks in Berlin went from 03:00 back to 02:00.
        assert_eq!(
            three_from(&berlin(1, "02:30"), "2026-10-24T00:00:00Z"),
            [
                "2026-10-24T00:30:00Z",
                "2026-10-25T00:30:00Z",
                "2026-10-26T01:30:00Z"
            ]
        );
        // Also with a start between the two.
        let next = berlin(1, "02:30").first(None, instant("2026-10-25T00:45:00Z"));
        assert_eq!(next.to_string(), "2026-10-26T01:30:00Z");
    }

    #[test]
    fn an_ordinary_time_keeps_its_place_in_the_day() {
        assert_eq!(
            three_from(&berlin(1, "03:30"), "2026-10-24T00:00:00Z"),
            [
                "2026-10-24T01:30:00Z",
                "2026-10-25T02:30:00Z",
                "2026-10-26T02:30:00Z"
            ]
        );
    }

    #[test]
    fn every_seventh_day_over_the_days_on_which_clocks_are_set() {
        assert_eq!(
            three_from(&berlin(7, "02:30"), "2026-03-21T20:00:00Z"),
            [
                "2026-03-22T01:30:00Z",
                "2026-03-29T01:30:00Z",
                "2026-04-05T00:30:00Z"
            ]
        );
        assert_eq!(
            three_from(&berlin(7, "02:30"), "2026-10-18T00:00:00Z"),
            [
                "2026-10-18T00:30:00Z",
                "2026-10-25T00:30:00Z",
                "2026-11-01T01:30:00Z"
            ]
        );
    }

    #[test]
    fn a_fresh_start_waits_for_no_more_than_a_day() {
        let weekly = berlin(7, "03:30");
        for (now, first) in [
            ("2026-11-02T02:29:59Z", "2026-11-02T02:30:00Z"),
            ("2026-11-02T02:30:00Z", "2026-11-03T02:30:00Z"),
        ] {
            assert_eq!(weekly.first(None, instant(now)), instant(first));
        }
    }

    #[test]
    fn a_restart_changes_nothing_in_the_middle_of_an_interval() {
        let weekly = berlin(7, "03:30");
        // A run usually starts a moment late.
        let last = Some(instant("2026-11-02T02:30:00.1Z"));
        for now in [
            "2026-11-02T03:00:00Z",
            "2026-11-05T01:00:00Z",
            "2026-11-09T02:29:00Z",
        ] {
            let next = weekly.first(last, instant(now));
            assert_eq!(next, instant("2026-11-09T02:30:00Z"), "{now}");
        }
        // A time missed while the computer slept moves to the next time of the day.
        let next = weekly.first(last, instant("2026-11-11T10:00:00Z"));
        assert_eq!(next, instant("2026-11-12T02:30:00Z"));
    }

    #[test]
    fn what_was_late_does_not_put_the_next_one_off() {
        let due = instant("2026-11-02T02:30:00Z");
        // The run ended after midnight.
        let now = instant("2026-11-03T00:20:00Z");
        let next = berlin(7, "03:30").after(due, now);
        assert_eq!(next, instant("2026-11-09T02:30:00Z"));
        let next = berlin(1, "03:30").after(due, now);
        assert_eq!(next, instant("2026-11-03T02:30:00Z"));
        // The same if only the start of the late attempt is known.
        let began = Some(instant("2026-11-03T00:05:00Z"));
        let next = berlin(7, "03:30").first(began, instant("2026-11-04T10:00:00Z"));
        assert_eq!(next, instant("2026-11-09T02:30:00Z"));
    }

    #[test]
    fn every_so_often_is_counted_in_time_that_passes() {
        let schedule = Schedule::Every(SignedDuration::from_hours(12));
        assert_eq!(
            three_from(&schedule, "2026-10-24T13:00:00Z"),
            [
                "2026-10-24T13:00:00Z",
                "2026-10-25T01:00:00Z",
                "2026-10-25T13:00:00Z"
            ]
        );
        // Several missed times are not made up for.
        let due = instant("2026-10-24T13:00:00Z");
        let next = schedule.after(due, instant("2026-10-25T16:00:00Z"));
        assert_eq!(next, instant("2026-10-26T01:00:00Z"));
        // A time missed while no server ran is due at once.
        let now = instant("2026-10-25T16:00:00Z");
        assert_eq!(schedule.first(Some(due), now), now);
        let now = instant("2026-10-24T16:00:00Z");
        let next = schedule.first(Some(due), now);
        assert_eq!(next, instant("2026-10-25T01:00:00Z"));
    }
}

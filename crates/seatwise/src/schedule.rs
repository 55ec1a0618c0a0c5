//! When something is done again and again: every so often, or at a time of the day.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

/// How often, and at what time of which place.
#[derive(Clone, Debug)]
pub(crate) enum Schedule {
    /// This long after the last time began.
    Every(SignedDuration),
    /// Every so many days, at a time of the day.
    At {
        days: i64,
        time: Time,
        zone: TimeZone,
    },
}

impl Schedule {
    /// The next time after this one.
    ///
    /// On the day on which clocks are set forward, a time of the day that does not exist is as much
    /// later as they are set; on the day on which they are set back, one that exists twice is the
    /// first of the two. Either way it comes once a day.
    pub(crate) fn next(&self, after: Timestamp) -> Timestamp {
        let next = match self {
            Self::Every(length) => after.saturating_add(*length),
            Self::At { days, time, zone } => {
                let today = after.to_zoned(zone.clone()).date();
                let at = |date: jiff::civil::Date| {
                    let zoned = date.to_datetime(*time).to_zoned(zone.clone());
                    zoned.map(|zoned| zoned.timestamp())
                };
                match at(today) {
                    Ok(next) if next > after => return next,
                    _ => today.checked_add(Span::new().days(*days)).and_then(at),
                }
            }
        };
        // Only at the end of time.
        next.unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin(time: &str) -> Schedule {
        Schedule::At {
            days: 1,
            time: time.parse().unwrap(),
            zone: TimeZone::get("Europe/Berlin").unwrap(),
        }
    }

    /// The times that follow one another after this one.
    fn three_after(schedule: &Schedule, after: &str) -> [String; 3] {
        let mut after = after.parse().unwrap();
        std::array::from_fn(|_| {
            after = schedule.next(after);
            after.to_string()
        })
    }

    #[test]
    fn once_on_the_day_that_has_no_such_time() {
        // On 29 March 2026 clocks in Berlin went from 02:00 to 03:00.
        assert_eq!(
            three_after(&berlin("02:30"), "2026-03-27T12:00:00Z"),
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
            three_after(&berlin("02:30"), "2026-10-24T00:00:00Z"),
            [
                "2026-10-24T00:30:00Z",
                "2026-10-25T00:30:00Z",
                "2026-10-26T01:30:00Z"
            ]
        );
        // Also when it begins between the two.
        let next = berlin("02:30").next("2026-10-25T00:45:00Z".parse().unwrap());
        assert_eq!(next.to_string(), "2026-10-26T01:30:00Z");
    }

    #[test]
    fn an_ordinary_time_keeps_its_place_in_the_day() {
        assert_eq!(
            three_after(&berlin("03:30"), "2026-10-24T00:00:00Z"),
            [
                "2026-10-24T01:30:00Z",
                "2026-10-25T02:30:00Z",
                "2026-10-26T02:30:00Z"
            ]
        );
    }

    #[test]
    fn every_so_often_is_counted_in_time_that_passes() {
        let schedule = Schedule::Every(SignedDuration::from_hours(12));
        assert_eq!(
            three_after(&schedule, "2026-10-24T13:00:00Z"),
            [
                "2026-10-25T01:00:00Z",
                "2026-10-25T13:00:00Z",
                "2026-10-26T01:00:00Z"
            ]
        );
    }
}

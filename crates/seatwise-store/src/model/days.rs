//! Days as numbers.

use jiff::civil::{Date, date};

/// Days are counted from here.
const EPOCH: Date = date(1970, 1, 1);

/// The date that is this many days after 1970-01-01.
pub(crate) fn day(days: i32) -> Date {
    EPOCH
        .checked_add(jiff::Span::new().days(days))
        .unwrap_or(EPOCH)
}

/// How many days after 1970-01-01 a date is.
pub(crate) fn days(date: Date) -> i32 {
    (date.duration_since(EPOCH).as_hours() / 24) as i32
}

//! Days as numbers.

use jiff::civil::{Date, date};

/// The day with number 0.
const EPOCH: Date = date(1970, 1, 1);

/// The date this many days after 1970-01-01.
pub(crate) fn day(days: i32) -> Date {
    EPOCH
        .checked_add(jiff::Span::new().days(days))
        .unwrap_or(EPOCH)
}

/// The SQL condition that a row has one of these days, in days since 1970; `false` without days.
pub(crate) fn of_days(days: impl IntoIterator<Item = i32>) -> String {
    let days: Vec<String> = days
        .into_iter()
        .map(|it| format!("date '{}'", day(it)))
        .collect();
    match days.is_empty() {
        true => "false".to_owned(),
        false => format!("processed_date in ({})", days.join(", ")),
    }
}

/// The number of days from 1970-01-01 to a date.
pub(crate) fn days(date: Date) -> i32 {
    (date.duration_since(EPOCH).as_hours() / 24) as i32
}

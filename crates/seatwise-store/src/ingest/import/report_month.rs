//! The months in the downloads of Partner Center's Insights.

use jiff::civil::{Date, DateTime};

/// A day in the month of a text: a date with or without time, `2026-09`, `202609`, or the first of
/// the month with slashes. In `9/1/2026` and `1/9/2026`, the number that is not 1 is the month,
/// because months are given by their first day.
pub(super) fn month(text: &str) -> Option<Date> {
    let text = text.trim();
    let date = text.split(['T', ' ']).next()?;
    let number = |text: &str| text.parse::<i16>().ok();
    if let [first, second, year] = date.split('/').collect::<Vec<_>>()[..] {
        let (first, second) = (number(first)?, number(second)?);
        let month = match (first, second) {
            (month, 1) | (1, month) => month,
            _ => return None,
        };
        return Date::new(number(year)?, i8::try_from(month).ok()?, 1).ok();
    }
    let all_digits = date.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits && date.len() == 6 {
        let month = i8::try_from(number(&date[4..])?).ok()?;
        return Date::new(number(&date[..4])?, month, 1).ok();
    }
    if date.len() == 7 {
        return format!("{date}-01").parse().ok();
    }
    date.parse()
        .ok()
        .or_else(|| text.parse::<DateTime>().ok().map(DateTime::date))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_in_the_ways_in_which_they_are_written() {
        for text in [
            "2026-09",
            "2026-09-01",
            "2026-09-30T00:00:00",
            "2026-09-01 00:00:00.000",
            "202609",
            "9/1/2026",
            "09/01/2026 12:00:00 AM",
            "1/9/2026",
            " 2026-09 ",
        ] {
            let found = month(text).map(|date| (date.year(), date.month()));
            assert_eq!(found, Some((2026, 9)), "{text}");
        }
        for text in [
            "",
            "2026",
            "9/2/2026",
            "2026-13",
            "September",
            "202613",
            "1/1",
        ] {
            assert_eq!(month(text), None, "{text}");
        }
    }
}

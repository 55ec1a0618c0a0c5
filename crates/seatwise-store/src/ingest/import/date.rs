//! Parsing of processed dates in the forms that tools write. Ambiguous texts are rejected.

use seatwise_types::ProcessedDateTime;

/// Parses a processed date, in microseconds since 1970. In addition to the forms of
/// [`ProcessedDateTime`], it accepts slashes instead of hyphens, the compact form of ISO 8601, one
/// digit for month, day or hour, missing seconds, spaces before the offset, and `UTC` or `GMT` as
/// the offset.
pub(super) fn read(text: &str) -> Option<i64> {
    let text = text.trim();
    let date = text
        .parse::<ProcessedDateTime>()
        .ok()
        .or_else(|| plain(text)?.parse().ok())?;
    Some(date.as_microsecond())
}

/// What to write instead of an invalid date.
pub(super) fn remedy(text: &[u8]) -> &'static str {
    let is_number = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let day = text.trim_ascii().split(u8::is_ascii_whitespace).next();
    let parts: Vec<&[u8]> = day
        .unwrap_or_default()
        .split(|byte| matches!(byte, b'/' | b'.' | b'-'))
        .collect();
    match parts[..] {
        [first, _, _] if first.len() <= 2 && parts.iter().all(|part| is_number(part)) => {
            "which number is the month? write the year first, such as `2026-10-21`"
        }
        _ => "a date such as `2017-03-10` or `2017-03-10T00:00:00+00:00` is expected",
    }
}

/// The date in a form that [`ProcessedDateTime`] accepts; `None` for other forms.
fn plain(text: &str) -> Option<String> {
    let (date, rest) = match text.split_once(['T', 't', ' ']) {
        Some((date, rest)) => (date, Some(rest.trim_start())),
        None => (text, None),
    };
    let is_compact = date.len() == 8 && digits(date).is_some();
    let date = if is_compact {
        format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..])
    } else {
        let separator = if date.contains('/') { '/' } else { '-' };
        let mut parts = date.split(separator);
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || year.len() != 4 {
            return None;
        }
        format!("{}-{}-{}", digits(year)?, two(month)?, two(day)?)
    };
    match rest {
        Some(rest) => Some(format!("{date}T{}", time(rest, is_compact)?)),
        None => Some(date),
    }
}

/// The time of day and the offset.
fn time(text: &str, is_compact: bool) -> Option<String> {
    let end = text
        .find(|sign: char| !matches!(sign, '0'..='9' | ':' | '.'))
        .unwrap_or(text.len());
    let (time, zone) = (&text[..end], text[end..].trim_start());
    let (time, fraction) = match time.split_once('.') {
        Some((time, fraction)) => (time, Some(digits(fraction)?)),
        None => (time, None),
    };
    let parts: Vec<&str> = match time.len() {
        4 | 6 if is_compact && digits(time).is_some() => (0..time.len())
            .step_by(2)
            .map(|at| &time[at..at + 2])
            .collect(),
        _ => time.split(':').collect(),
    };
    let (hour, minute, second) = match parts[..] {
        [hour, minute] if fraction.is_none() => (hour, minute, "00"),
        [hour, minute, second] => (hour, minute, second),
        _ => return None,
    };
    // Only the hour may have one digit; for minutes it would be a mistake.
    if minute.len() != 2 || second.len() != 2 {
        return None;
    }
    let mut plain = format!("{}:{}:{}", two(hour)?, digits(minute)?, digits(second)?);
    if let Some(fraction) = fraction {
        plain = format!("{plain}.{fraction}");
    }
    let zone = match zone {
        "Z" | "z" | "UTC" | "GMT" => "Z",
        zone => zone,
    };
    Some(plain + zone)
}

/// A text of at least one digit and nothing else.
fn digits(text: &str) -> Option<&str> {
    let are_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    are_digits.then_some(text)
}

/// Pads one or two digits to two.
fn two(text: &str) -> Option<String> {
    let text = digits(text).filter(|text| text.len() <= 2)?;
    Some(format!("{text:0>2}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::select;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// All forms of one instant give that instant.
        #[test]
        fn a_date_in_any_form_is_the_same_date(
            (year, month, day) in (1970..2100_i32, 1..13_u8, 1..29_u8),
            (hour, minute, second, fraction) in (0..24_u8, 0..60_u8, 0..60_u8, 0..1_000_000_u32),
            date_form in 0..4_usize,
            time_form in 0..7_usize,
            between in select(vec!["T", "t", " ", "  "]),
            zone in select(vec!["", "Z", " UTC", " GMT", " Z", "+00:00", " +00:00", " +0000", "-00"]),
        ) {
            let date = match date_form {
                0 => format!("{year}-{month:02}-{day:02}"),
                1 => format!("{year}/{month:02}/{day:02}"),
                2 => format!("{year}/{month}/{day}"),
                _ => format!("{year}{month:02}{day:02}"),
            };
            let is_compact = date_form == 3;
            let (time, has_seconds, has_fraction) = match time_form {
                0 => (format!("{hour:02}:{minute:02}"), false, false),
                1 => (format!("{hour}:{minute:02}"), false, false),
                2 => (format!("{hour:02}:{minute:02}:{second:02}"), true, false),
                3 => (format!("{hour:02}:{minute:02}:{second:02}.{fraction:06}"), true, true),
                4 => (format!("{hour}:{minute:02}:{second:02}.{fraction:06}0"), true, true),
                5 if is_compact => (format!("{hour:02}{minute:02}"), false, false),
                _ if is_compact => (format!("{hour:02}{minute:02}{second:02}"), true, false),
                _ => (format!("{hour:02}:{minute:02}"), false, false),
            };
            let text = format!("{date}{between}{time}{zone}");
            let second = if has_seconds { second } else { 0 };
            let fraction = if has_fraction { fraction } else { 0 };
            let plain = format!(
                "{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:06}Z"
            );
            let expected = plain.parse::<ProcessedDateTime>().map(ProcessedDateTime::as_microsecond);
            prop_assert_eq!(read(&text), expected.ok(), "{}", text);
        }

        /// A date alone is its midnight.
        #[test]
        fn a_day_in_any_form_is_its_midnight(
            (year, month, day) in (1970..2100_i32, 1..13_u8, 1..29_u8),
        ) {
            let midnight = read(&format!("{year}-{month:02}-{day:02}T00:00:00Z"));
            prop_assert!(midnight.is_some());
            for text in [
                format!("{year}-{month:02}-{day:02}"),
                format!("{year}/{month:02}/{day:02}"),
                format!("{year}-{month}-{day}"),
                format!("{year}{month:02}{day:02}"),
                format!(" {year}-{month:02}-{day:02} "),
            ] {
                prop_assert_eq!(read(&text), midnight, "{}", text);
            }
        }

        #[test]
        fn any_text_is_read_or_not(text in any::<String>()) {
            let _ = read(&text);
        }
    }

    #[test]
    fn what_has_two_meanings_or_none_is_no_date() {
        for text in [
            "10/11/2026",
            "21.10.2026",
            "10-11-2026",
            "26-10-21",
            "2026-10",
            "202610",
            "20261321",
            "2026-02-29",
            "2026-10-21T",
            "2026-10-21 5",
            "2026-10-21 5:3",
            "2026-10-21T24:00",
            "2026-10-21 0530",
            "2026-10-21 05:30 CET",
            "2026-10-21 05:30 PM",
            "2026-10-21 05:30.5",
            "2026-10-21 00:00:00 +25:00",
            "1792540800",
            "",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        for text in ["10/11/2026", "21.10.26", "1/2/2026 0:00"] {
            assert!(
                remedy(text.as_bytes()).contains("which number is the month"),
                "{text}"
            );
        }
        for text in ["yesterday", "2026-13-01", "1792540800", "2026/1/2/3"] {
            assert!(remedy(text.as_bytes()).contains("is expected"), "{text}");
        }
    }
}

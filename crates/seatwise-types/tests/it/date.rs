//! The processed date in all its forms.

use jiff::Timestamp;
use proptest::prelude::*;
use seatwise_types::ProcessedDateTime;

fn parse(text: &str) -> Result<ProcessedDateTime, String> {
    text.parse()
        .map_err(|err: seatwise_types::InvalidProcessedDateTime| err.to_string())
}

#[track_caller]
fn check(text: &str, wire: &str) {
    assert_eq!(parse(text).unwrap().to_string(), wire, "{text}");
}

#[test]
fn every_form() {
    for text in [
        "2017-03-10T00:00:00+00:00",
        "2017-03-10T00:00:00Z",
        "2017-03-10t00:00:00z",
        "2017-03-10T00:00:00",
        "2017-03-10 00:00:00",
        "2017-03-10 00:00:00+00",
        "2017-03-10 00:00:00.000",
        "2017-03-10",
        "2017-03-10T02:00:00+02:00",
        "2017-03-10T02:00:00+0200",
        "2017-03-09T14:30:00.0-09:30",
        "2017-03-10T00:00:00-00:00",
    ] {
        check(text, "2017-03-10T00:00:00+00:00");
    }
}

#[test]
fn fractions() {
    check(
        "2017-03-14T03:25:16.36+00:00",
        "2017-03-14T03:25:16.36+00:00",
    );
    check(
        "2017-03-14T03:25:16.3600000Z",
        "2017-03-14T03:25:16.36+00:00",
    );
    check(
        "2017-03-14T03:25:16.000001",
        "2017-03-14T03:25:16.000001+00:00",
    );
    check(
        "2017-03-14T03:25:16.1234567Z",
        "2017-03-14T03:25:16.1234567+00:00",
    );
    check(
        "2017-03-14T03:25:16.123456789Z",
        "2017-03-14T03:25:16.123456789+00:00",
    );
}

#[test]
fn edges() {
    check("0000-01-01T00:00:00Z", "0000-01-01T00:00:00+00:00");
    check("9999-12-30T21:59:59Z", "9999-12-30T21:59:59+00:00");
    check("2016-02-29", "2016-02-29T00:00:00+00:00");
    check("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5+00:00");
    assert!(
        parse("0000-01-01T00:00:00+00:01")
            .unwrap_err()
            .ends_with("the years 0 to 9999")
    );
    assert!(
        parse("9999-12-31T23:59:59Z")
            .unwrap_err()
            .ends_with("the years 0 to 9999")
    );
    assert!(ProcessedDateTime::from_microsecond(-62_167_219_200_000_001).is_err());
}

#[test]
fn refused() {
    let reason = |text| {
        parse(text)
            .unwrap_err()
            .split_once(": ")
            .unwrap()
            .1
            .to_owned()
    };
    for text in [
        "",
        "2017",
        "2017-3-10",
        "17-03-10",
        "10/03/2017",
        "2017-03-10T",
        "2017-03-10T00:00",
        "2017-03-10T00:00:00 Z",
        "2017-03-10T00:00:00Zulu",
        "2017-03-10T00:00:00+1",
        "2017-03-10T00:00:00+01:0",
        "2017-03-10_00:00:00",
        "2017-03-10T00:00:00,5",
        "2017-03-10T0a:00:00",
        " 2017-03-10",
        "２017-03-10",
        "+002017-03-10",
    ] {
        assert_eq!(
            reason(text),
            "expected a form like `2017-03-10T00:00:00+00:00`",
            "{text}"
        );
    }
    for text in [
        "2017-02-29",
        "2017-13-01",
        "2017-00-01",
        "2017-01-00",
        "2100-02-29",
    ] {
        assert_eq!(reason(text), "no such day", "{text}");
    }
    for text in [
        "2017-03-10T24:00:00",
        "2017-03-10T00:60:00",
        "2017-03-10T00:00:60Z",
    ] {
        assert_eq!(reason(text), "no such time of day", "{text}");
    }
    for text in [
        "2017-03-10T00:00:00.",
        "2017-03-10T00:00:00.Z",
        "2017-03-10T00:00:00.1234567890",
    ] {
        assert_eq!(
            reason(text),
            "a fraction of a second has 1 to 9 digits",
            "{text}"
        );
    }
    for text in ["2017-03-10T00:00:00+24:00", "2017-03-10T00:00:00-01:60"] {
        assert_eq!(reason(text), "no such offset from UTC", "{text}");
    }
}

#[test]
fn error_shows_the_beginning_of_a_long_text() {
    let err = parse(&"ä".repeat(1000)).unwrap_err();
    assert!(
        err.starts_with(&format!("`{}…` is not", "ä".repeat(64))),
        "{err}"
    );
}

#[test]
fn other_views() {
    let date = parse("2017-03-10T01:30:00.36+02:00").unwrap();
    assert_eq!(date.day(), jiff::civil::date(2017, 3, 9));
    assert_eq!(date.zoneless().to_string(), "2017-03-09T23:30:00.36");
    assert_eq!(
        date.timestamp(),
        "2017-03-09T23:30:00.36Z".parse::<Timestamp>().unwrap()
    );
    assert_eq!(
        ProcessedDateTime::from_microsecond(date.as_microsecond()),
        Ok(date)
    );
    assert_eq!(
        format!("{date:?}"),
        "ProcessedDateTime(2017-03-09T23:30:00.36+00:00)"
    );
}

/// A date and time in the form of the samples; not all exist.
fn local() -> impl Strategy<Value = String> {
    (0..=9999, 1..=12, 1..=31, 0..=23, 0..=59, 0..=59)
        .prop_map(|(y, mo, d, h, mi, s)| format!("{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}"))
}

proptest! {
    /// jiff's general parser is a slow and independent oracle.
    #[test]
    fn equals_the_general_parser(
        local in local(),
        fraction in "(\\.[0-9]{1,9})?",
        offset in "Z|[+-](0[0-9]|1[0-9]|2[0-3]):[0-5][0-9]",
    ) {
        let text = format!("{local}{fraction}{offset}");
        let judge = text.parse::<Timestamp>().ok().and_then(|at| ProcessedDateTime::new(at).ok());
        prop_assert_eq!(parse(&text).ok(), judge);
    }

    #[test]
    fn forms_of_fixed_width_are_equal(local in local()) {
        let judge = parse(&format!("{local}.000-00:00"));
        for text in [local.clone(), format!("{local}Z"), format!("{local}+00:00")] {
            prop_assert_eq!(parse(&text).ok(), judge.clone().ok());
        }
    }

    #[test]
    fn writes_what_it_reads(microsecond in -62_167_219_200_000_000_i64..253_402_207_200_000_000) {
        let date = ProcessedDateTime::from_microsecond(microsecond).unwrap();
        prop_assert_eq!(date.as_microsecond(), microsecond);
        prop_assert_eq!(parse(&date.to_string()), Ok(date));
        prop_assert_eq!(parse(&date.zoneless().to_string()), Ok(date));
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), date in "[0-9TZ:. +-]{0,30}") {
        let _ = parse(&text);
        let _ = parse(&date);
    }
}

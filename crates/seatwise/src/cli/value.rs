//! Values of options of several commands, and their parsers.

use std::net::SocketAddr;
use std::time::Duration;

use clap::ValueEnum;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use seatwise_emulator::RateLimits;
use seatwise_types::extensions::By;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextOrJson {
    /// For people
    #[value(alias = "table")]
    Text,
    /// For programs
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Output {
    /// For people; fits the terminal
    Table,
    /// For people; all columns, nothing shortened
    Wide,
    /// For programs; the form of the API
    Json,
    /// For spreadsheets
    Csv,
}

impl Output {
    /// Whether the output is for people.
    pub(crate) fn is_table(self) -> bool {
        matches!(self, Self::Table | Self::Wide)
    }
}

pub(super) fn limits(text: &str) -> Result<RateLimits, String> {
    match (text, text.parse()) {
        ("partner-center", _) => Ok(RateLimits::PartnerCenter),
        ("none", _) => Ok(RateLimits::None),
        (_, Ok(requests @ 1..)) => Ok(RateLimits::PerMinute(requests)),
        _ => Err("`partner-center`, a number of requests a minute or `none` is expected".into()),
    }
}

/// Parses a day: `2026-10-31`.
pub(super) fn day(text: &str) -> Result<Date, String> {
    let read = text.parse();
    read.map_err(|_| "a day is expected, such as `2026-10-31`".to_owned())
}

/// Parses what changes are about. Changes always have a row for each workload, and have no
/// products.
pub(super) fn changes_by(text: &str) -> Result<By, String> {
    match text.parse() {
        Ok(by @ (By::Partner | By::Customer)) => Ok(by),
        _ => Err("`partner` or `customer` is expected".to_owned()),
    }
}

/// Parses an address and a port: `127.0.0.1:8080`.
pub(super) fn listen(text: &str) -> Result<SocketAddr, String> {
    let port = text.rsplit(':').next().unwrap_or_default();
    let example = port.parse().unwrap_or(8080_u16);
    text.parse().map_err(|_| {
        format!("an address in digits and a port are expected, such as `127.0.0.1:{example}`")
    })
}

/// Parses the URL of a service: `https://seatwise.example`. The client checks it further.
pub(super) fn address(text: &str) -> Result<String, String> {
    if text.contains("://") {
        return Ok(text.to_owned());
    }
    if text.is_empty() {
        return Err("an address is expected, such as `https://seatwise.example`".to_owned());
    }
    Err(format!(
        "the scheme is missing: write `https://{text}`, or `http://{text}` if it is on this computer"
    ))
}

pub(super) fn time_zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|err| err.to_string())
}

/// Parses a number of bytes: `1048576`, `200MiB`, `1 GiB`.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|sign: char| !sign.is_ascii_digit());
    let unit = match text[digits.len()..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Err("the units are KiB, MiB and GiB".to_owned()),
    };
    let number: u64 = digits
        .parse()
        .map_err(|_| "a number of bytes is expected, such as `200MiB`".to_owned())?;
    match number.checked_mul(unit) {
        Some(bytes) if bytes > 0 => Ok(bytes),
        _ => Err("a number of bytes from 1 is expected, such as `200MiB`".to_owned()),
    }
}

/// Parses a positive duration: `90s`, `1h 30m`, `7d`. A day has 24 hours.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    match duration_or_none(text) {
        Ok(length) if length.is_zero() => {
            Err("a duration longer than zero is expected, such as `1h`".to_owned())
        }
        length => length,
    }
}

/// Parses a duration that may be zero. Zero needs no unit.
pub(super) fn duration_or_none(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let span: Option<jiff::Span> = text.parse().ok();
    if span.is_some_and(|span| span.get_years() != 0 || span.get_months() != 0) {
        return Err("months and years differ in length: give days, such as `1095d`".to_owned());
    }
    let length = span.and_then(|span| {
        let length = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours());
        Duration::try_from(length.ok()?).ok()
    });
    length.ok_or_else(|| "a duration is expected, such as `90s`, `1h 30m`, `7d` or `2w`".to_owned())
}

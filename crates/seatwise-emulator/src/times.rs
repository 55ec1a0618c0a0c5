//! Times in the bodies of control endpoints. Errors are in Seatwise's words, not in those of a
//! library.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// A duration, such as `90m`.
pub(crate) fn length<'de, D: Deserializer<'de>>(body: D) -> Result<SignedDuration, D::Error> {
    read_length(&String::deserialize(body)?)
}

/// A duration; `None` for null.
pub(crate) fn length_or_none<'de, D: Deserializer<'de>>(
    body: D,
) -> Result<Option<SignedDuration>, D::Error> {
    let text: Option<String> = Deserialize::deserialize(body)?;
    text.map(|text| read_length(&text)).transpose()
}

/// A day, such as `2026-10-31`.
pub(crate) fn day<'de, D: Deserializer<'de>>(body: D) -> Result<Date, D::Error> {
    let text = String::deserialize(body)?;
    let read = text.parse();
    read.map_err(|_| expected(&text, "a day, such as `2026-10-31`"))
}

/// An instant, such as `2026-11-22T10:00:00Z`; `None` for null.
pub(crate) fn instant_or_none<'de, D: Deserializer<'de>>(
    body: D,
) -> Result<Option<Timestamp>, D::Error> {
    let text: Option<String> = Deserialize::deserialize(body)?;
    let read = text.map(|text| {
        let read = text.parse();
        read.map_err(|_| expected(&text, "an instant, such as `2026-11-22T10:00:00Z`"))
    });
    read.transpose()
}

fn read_length<E: Error>(text: &str) -> Result<SignedDuration, E> {
    let read = text.parse();
    read.map_err(|_| expected(text, "hours, minutes and seconds, such as `90m` or `25h`"))
}

fn expected<E: Error>(text: &str, expected: &str) -> E {
    E::custom(format_args!(
        "`{text}` is not a time that is understood: write {expected}"
    ))
}

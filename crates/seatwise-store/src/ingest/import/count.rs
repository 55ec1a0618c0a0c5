//! Reading of counts.

use super::fault::{Fault, fault};
use super::fields::FIELDS;
use super::no_value::is_no_value;
use crate::model::limits::LARGEST_COUNT;

/// Whether a field is empty or a word for "no value".
pub(super) fn is_absent(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    text.is_empty() || is_no_value(text)
}

/// The fault of a required field without a value.
pub(super) fn missing<T>(field: usize, text: &[u8], need: &str) -> Result<T, Fault> {
    let found = match text.trim_ascii() {
        [] => "it is empty",
        _ => "it stands for \"no value\"",
    };
    fault(field, format!("{found}: {need}"))
}

/// Reads a count: digits, optionally with a fraction of zeros, as some sources write `206.0`. A
/// fraction of three zeros is rejected: `1.000` is a thousand in half of Europe.
pub(super) fn count(field: usize, fields: &[&[u8]; FIELDS]) -> Result<u32, Fault> {
    let text = fields[field].trim_ascii();
    if (1..=9).contains(&text.len()) && text.iter().all(u8::is_ascii_digit) {
        // Nearly all counts, and none of them is too large.
        let digits = text.iter().map(|digit| u32::from(digit - b'0'));
        return Ok(digits.fold(0, |number, digit| 10 * number + digit));
    }
    if is_absent(text) {
        return missing(
            field,
            text,
            "every row needs a count here, `0` if there is none",
        );
    }
    let (digits, fraction) = match text.iter().position(|byte| *byte == b'.') {
        Some(point) => (&text[..point], &text[point + 1..]),
        None => (text, &b"0"[..]),
    };
    let is_number = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let is_zero = |text: &[u8]| !text.is_empty() && text.iter().all(|byte| *byte == b'0');
    if fraction.len() == 3
        && is_number(digits)
        && is_number(fraction)
        && !(is_zero(digits) && is_zero(fraction))
    {
        return two_readings(field, digits, fraction);
    }
    if !is_number(digits) || !is_zero(fraction) {
        return fault(field, "a whole number of seats, 0 or more, is expected");
    }
    let number = digits.iter().try_fold(0_u32, |number, digit| {
        number.checked_mul(10)?.checked_add(u32::from(digit - b'0'))
    });
    match number {
        Some(number) if number <= LARGEST_COUNT => Ok(number),
        _ => fault(field, format!("counts above {LARGEST_COUNT} are rejected")),
    }
}

/// The fault of a point before three digits, which could separate thousands or a fraction.
fn two_readings(field: usize, digits: &[u8], fraction: &[u8]) -> Result<u32, Fault> {
    let digits = String::from_utf8_lossy(digits);
    let fraction = String::from_utf8_lossy(fraction);
    let small = match fraction.trim_end_matches('0') {
        "" => digits.to_string(),
        rest => format!("{digits}.{rest}"),
    };
    fault(
        field,
        format!(
            "it can be read as {small} and as {digits}{fraction}: write the count without a point"
        ),
    )
}

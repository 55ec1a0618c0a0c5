//! The only place that prints: data to standard output, everything else to standard error.

use std::error::Error as _;
use std::fmt;
use std::io::{self, IsTerminal as _, Write};
use std::iter::successors;

use seatwise_service::{Error, Result};
use seatwise_store::harmless;

/// Whether standard output is a terminal.
pub(crate) fn to_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Prints a line of data.
///
/// # Errors
/// If standard output is closed ([`Error::OutputClosed`]) or full.
pub(crate) fn line(text: impl fmt::Display) -> Result<()> {
    match writeln!(io::stdout().lock(), "{text}") {
        Err(err) if err.kind() == io::ErrorKind::BrokenPipe => Err(Error::OutputClosed),
        written => written.map_err(Error::cannot("write to standard output")),
    }
}

/// Prints a note to standard error.
pub(crate) fn note(text: impl fmt::Display) {
    // An error of standard error cannot be reported anywhere.
    writeln!(io::stderr().lock(), "{text}").ok();
}

/// Prints an error, its causes, details and hint.
pub(crate) fn error(err: &Error) {
    note(format_args!("error: {}", visible(&err.to_string())));
    let mut last = err.to_string();
    for cause in successors(err.source(), |&err| err.source()) {
        let cause = cause.to_string();
        // Skip a cause that its parent's message already contains.
        if !last.contains(&cause) {
            note(format_args!("  caused by: {}", visible(&cause)));
        }
        last = cause;
    }
    for detail in err.details() {
        note(format_args!("  {}", visible(&detail)));
    }
    if let Some(hint) = err.hint() {
        note(format_args!("hint: {hint}"));
    }
}

/// Prints CSV.
///
/// # Errors
/// If standard output is closed or full.
pub(crate) fn csv(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<()> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(header).map_err(io::Error::from)?;
    for row in rows {
        let row = row.iter().map(|cell| harmless(cell).into_owned());
        out.write_record(row).map_err(io::Error::from)?;
    }
    let text = out.into_inner().map_err(csv::IntoInnerError::into_error)?;
    line(String::from_utf8_lossy(&text).trim_end())
}

/// A bar of 20 characters for a percentage. Above 100 it is full and ends with `+`.
pub(crate) fn bar(percent: f64) -> String {
    const WIDTH: usize = 20;
    // The cast saturates, and percentages are never negative.
    let full = ((percent / 100.0 * WIDTH as f64).round() as usize).min(WIDTH);
    let more = if percent > 100.0 { "+" } else { "" };
    format!("{}{}{more}", "█".repeat(full), "░".repeat(WIDTH - full))
}

/// A number with commas between thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun, such as `1 row` or `1,206 rows`.
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// Replaces control characters, so that text from outside cannot steer the terminal.
pub(crate) fn visible(text: &str) -> String {
    text.chars()
        .map(|sign| if sign.is_control() { '\u{fffd}' } else { sign })
        .collect()
}

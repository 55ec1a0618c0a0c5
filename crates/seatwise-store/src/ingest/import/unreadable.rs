//! Detection of files that are not rows, with remedies.

use super::format::{Format, PARQUET};

/// The supported formats, for messages.
pub(super) const READ: &str = "supported are CSV with a header, JSON, JSON Lines and Parquet, \
    also compressed with gzip or zstd";

/// Why content with these first bytes is not readable in this format, and what to do; `None` if it
/// may be rows.
pub(super) fn unreadable(start: &[u8], format: Format) -> Option<String> {
    const FIND_IT: &str = "leave out the format, and it is detected";
    let remedy = match start {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            "it is UTF-16: save it as UTF-8 (in Excel: `CSV UTF-8`)".to_owned()
        }
        [b'P', b'K', 0x03, 0x04, ..] => {
            "it is a zip archive or an Excel workbook: unpack it, or save the sheet as `CSV UTF-8`"
                .to_owned()
        }
        [0xd0, 0xcf, 0x11, 0xe0, ..] => {
            "it is a workbook of an old version of Excel: save the sheet as `CSV UTF-8`".to_owned()
        }
        _ if start.starts_with(PARQUET) => match format {
            Format::Auto | Format::Parquet => return None,
            Format::Csv | Format::Ndjson | Format::Json => format!("it is Parquet: {FIND_IT}"),
        },
        _ => match (looks_like(start), format) {
            (Some(what), _) => format!("it looks like {what}: {READ}"),
            (None, Format::Parquet) => format!("it is not Parquet: {FIND_IT}"),
            (None, _) => return None,
        },
    };
    Some(remedy)
}

/// What content is that is neither text nor Parquet, or another kind of text.
fn looks_like(start: &[u8]) -> Option<&'static str> {
    let text = start.strip_prefix("\u{feff}".as_bytes()).unwrap_or(start);
    let first_line = start.split(|byte| *byte == b'\n').next();
    if start.starts_with(b"\x7fELF") {
        Some("a program")
    } else if start.starts_with(b"%PDF") {
        Some("a PDF")
    } else if text.trim_ascii_start().starts_with(b"<") {
        Some("HTML or XML")
    } else if first_line.is_some_and(|line| line.contains(&0)) {
        Some("binary data")
    } else {
        None
    }
}

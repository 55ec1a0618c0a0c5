//! The values of records with quotes within values, or with values over several lines.

use memchr::{memchr, memchr2};

/// The state of a record after a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It is complete.
    Whole,
    /// A quote is open, so the next line belongs to it.
    Open,
    /// There is text between a closing quote and the next separator.
    TextAfterQuote,
}

/// The values of one record, without surrounding quotes.
pub(super) struct Unquoted {
    delimiter: u8,
    escapes: bool,
    text: Vec<u8>,
    /// The end of each value in the text.
    ends: Vec<usize>,
    is_open: bool,
}

impl Unquoted {
    /// A record without values. Within quotes, a quote is doubled or, with `escapes`, preceded by a
    /// backslash; a backslash before a quote or backslash is then doubled.
    pub(super) fn new(delimiter: u8, escapes: bool) -> Self {
        Self {
            delimiter,
            escapes,
            text: Vec::new(),
            ends: Vec::new(),
            is_open: false,
        }
    }

    /// The values.
    pub(super) fn values(&self) -> impl ExactSizeIterator<Item = &[u8]> + Clone {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let value = &self.text[start..*end];
            start = *end;
            value
        })
    }

    /// Adds a line with its ending.
    pub(super) fn add_line(&mut self, line: &[u8], line_end: u8) -> Step {
        let (mut rest, end) = match line.split_last() {
            Some((last, rest)) if *last == line_end => (rest, &line[rest.len()..]),
            _ => (line, &[][..]),
        };
        loop {
            if self.is_open {
                match self.add_quoted(rest) {
                    Some(after) => rest = after,
                    None => {
                        self.text.extend_from_slice(end);
                        return Step::Open;
                    }
                }
                let length = memchr(self.delimiter, rest).unwrap_or(rest.len());
                if !rest[..length].trim_ascii().is_empty() {
                    return Step::TextAfterQuote;
                }
                rest = &rest[length..];
            } else if let Some(quoted) = rest.strip_prefix(b"\"") {
                self.is_open = true;
                rest = quoted;
                continue;
            } else {
                let length = memchr(self.delimiter, rest).unwrap_or(rest.len());
                self.text.extend_from_slice(&rest[..length]);
                rest = &rest[length..];
            }
            self.ends.push(self.text.len());
            // Here is a separator or the end of the line.
            match rest.split_first() {
                Some((_, after)) => rest = after,
                None => return Step::Whole,
            }
        }
    }

    /// Adds the content of the open quote, and returns what follows the closing quote; `None` if
    /// there is none.
    fn add_quoted<'a>(&mut self, mut rest: &'a [u8]) -> Option<&'a [u8]> {
        loop {
            let length = if self.escapes {
                memchr2(b'"', b'\\', rest)
            } else {
                memchr(b'"', rest)
            };
            let Some(length) = length else {
                self.text.extend_from_slice(rest);
                return None;
            };
            self.text.extend_from_slice(&rest[..length]);
            let sign = rest[length];
            rest = &rest[length + 1..];
            match (sign, rest.first()) {
                (b'"', Some(b'"')) | (b'\\', Some(b'"' | b'\\')) => {
                    self.text.push(rest[0]);
                    rest = &rest[1..];
                }
                (b'\\', _) => self.text.push(b'\\'),
                _ => {
                    self.is_open = false;
                    return Some(rest);
                }
            }
        }
    }
}

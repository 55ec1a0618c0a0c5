//! The lines of separated values.

use std::io::{self, BufRead};

use memchr::{memchr, memchr2};

/// The largest length of a record in bytes. A longer one has an unclosed quote.
const LONGEST_RECORD: usize = 16 << 20;

/// Reads a text line by line.
pub(super) struct TextLines {
    content: Box<dyn BufRead + Send>,
    /// The last byte of a line: a line feed, or a carriage return in files without line feeds.
    pub(super) end: u8,
    /// The number of lines read.
    pub(super) count: u64,
}

impl TextLines {
    pub(super) fn new(content: Box<dyn BufRead + Send>) -> Self {
        Self {
            content,
            end: b'\n',
            count: 0,
        }
    }

    /// Appends the first line to `text`, and detects the line ending; false if there is none.
    pub(super) fn read_first(&mut self, text: &mut Vec<u8>) -> io::Result<bool> {
        loop {
            let buffer = match self.content.fill_buf() {
                Err(err) if err.kind() == io::ErrorKind::Interrupted => continue,
                buffer => buffer?,
            };
            let end = memchr2(b'\n', b'\r', buffer);
            let part = end.map_or(buffer, |end| &buffer[..=end]);
            text.extend_from_slice(part);
            let count = part.len();
            self.content.consume(count);
            refuse_long(text.len(), 1)?;
            if end.is_some() || count == 0 {
                break;
            }
        }
        if text.ends_with(b"\r") {
            match self.content.fill_buf()?.first() {
                Some(b'\n') => {
                    text.push(b'\n');
                    self.content.consume(1);
                }
                Some(_) => self.end = b'\r',
                None => {}
            }
        }
        let has_line = !text.is_empty();
        self.count += u64::from(has_line);
        Ok(has_line)
    }

    /// Appends a line to the record that begins at `start`; false if there is none.
    pub(super) fn read(&mut self, text: &mut Vec<u8>, start: usize) -> io::Result<bool> {
        let before = text.len();
        let mut is_whole = false;
        while !is_whole {
            let buffer = match self.content.fill_buf() {
                Err(err) if err.kind() == io::ErrorKind::Interrupted => continue,
                buffer => buffer?,
            };
            let end = memchr(self.end, buffer);
            let part = end.map_or(buffer, |end| &buffer[..=end]);
            is_whole = end.is_some() || part.is_empty();
            text.extend_from_slice(part);
            let count = part.len();
            self.content.consume(count);
            refuse_long(text.len() - start, self.count + 1)?;
        }
        let has_line = text.len() > before;
        self.count += u64::from(has_line);
        Ok(has_line)
    }
}

fn refuse_long(length: usize, line: u64) -> io::Result<()> {
    if length <= LONGEST_RECORD {
        return Ok(());
    }
    Err(invalid(format!(
        "the row of line {line} is longer than {LONGEST_RECORD} bytes: is a quote not closed?"
    )))
}

pub(super) fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

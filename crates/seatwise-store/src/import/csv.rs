//! Rows from comma-separated values.

use std::io::{self, BufRead};
use std::ops::Range;

use csv_core::ReadRecordResult;
use memchr::memchr;

use super::block::Block;
use super::fields::Columns;
use super::report;
use crate::Kind;

/// No record is longer than this: a longer one has a quote that is not closed.
const LONGEST_RECORD: usize = 16 << 20;

/// Reads the rows of a file of comma-separated values.
pub(crate) struct CsvRows {
    records: Records,
    columns: Columns,
    /// How many fields the header has.
    width: usize,
}

impl CsvRows {
    /// Reads the header.
    ///
    /// # Errors
    /// If the file cannot be read, or the header lacks a column.
    pub(crate) fn open(content: Box<dyn BufRead + Send>, kind: Option<Kind>) -> io::Result<Self> {
        let mut records = Records::new(content)?;
        let mut header = Vec::new();
        records.next(&mut header)?;
        let names: Vec<_> = records
            .fields
            .iter()
            .map(|field| String::from_utf8_lossy(&header[to_usize(field)]))
            .collect();
        let headers: Vec<&str> = names.iter().map(|name| name.trim()).collect();
        let columns = kind
            .is_none()
            .then(|| report::columns(&headers))
            .flatten()
            .unwrap_or_else(|| Columns::find(headers.iter().copied(), kind));
        let columns = columns.map_err(invalid)?;
        Ok(Self {
            width: records.fields.len(),
            records,
            columns,
        })
    }

    pub(crate) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The next rows; an empty block at the end.
    pub(crate) fn next_block(&mut self) -> io::Result<Block> {
        let mut block = Block::default();
        while !block.is_full()
            && let Some(line) = self.records.next(block.text())?
        {
            let fields = &self.records.fields;
            if fields.len() == self.width {
                let field = |place: Option<usize>| place.map_or(0..0, |at| fields[at].clone());
                block.push_found(line, self.columns.place.map(field));
            } else {
                let reason = format!(
                    "it has {} fields, the header has {}: a value with the separator or a line \
                     break in it must stand in quotes",
                    fields.len(),
                    self.width
                );
                block.push_broken(line, reason);
            }
        }
        Ok(block)
    }
}

/// Takes a text apart into records and fields.
///
/// Most lines have no quotes, or only around fields: those are cut at the separators where they
/// stand. Others are left to `csv-core`, with as many lines as it takes until the quotes are closed.
struct Records {
    content: Box<dyn BufRead + Send>,
    delimiter: u8,
    quoted: csv_core::Reader,
    /// How many lines were read.
    lines: u64,
    /// Where the fields of the last record stand in the text that it was added to.
    fields: Vec<Range<u32>>,
}

impl Records {
    fn new(mut content: Box<dyn BufRead + Send>) -> io::Result<Self> {
        let delimiter = delimiter(content.fill_buf()?);
        let quoted = csv_core::ReaderBuilder::new()
            .delimiter(delimiter)
            // Only the line feed ends a row, so that lines can be counted; a carriage return
            // before it is white space at the end of the last field.
            .terminator(csv_core::Terminator::Any(b'\n'))
            .build();
        Ok(Self {
            content,
            delimiter,
            quoted,
            lines: 0,
            fields: Vec::new(),
        })
    }

    /// Adds the next record that is not an empty line to `text`, and finds its fields there. Gives
    /// the line on which it begins; none at the end.
    fn next(&mut self, text: &mut Vec<u8>) -> io::Result<Option<u64>> {
        loop {
            let start = text.len();
            let first_line = self.lines + 1;
            self.fields.clear();
            if !self.read_line(text, start)? {
                return Ok(None);
            }
            if !self.cut(&text[start..], start) {
                self.fields.clear();
                self.unquote(text, start)?;
            }
            match self.fields.as_slice() {
                [only] if text[to_usize(only)].trim_ascii().is_empty() => text.truncate(start),
                _ => return Ok(Some(first_line)),
            }
        }
    }

    /// Adds a line to the record that begins at `start`; false if there is none.
    fn read_line(&mut self, text: &mut Vec<u8>, start: usize) -> io::Result<bool> {
        let before = text.len();
        let mut is_whole = false;
        while !is_whole {
            let buffer = match self.content.fill_buf() {
                Err(err) if err.kind() == io::ErrorKind::Interrupted => continue,
                buffer => buffer?,
            };
            let end = memchr(b'\n', buffer);
            let part = end.map_or(buffer, |end| &buffer[..=end]);
            is_whole = end.is_some() || part.is_empty();
            text.extend_from_slice(part);
            let count = part.len();
            self.content.consume(count);
            if text.len() - start > LONGEST_RECORD {
                return Err(invalid(format!(
                    "the row of line {} is longer than {LONGEST_RECORD} bytes: is a quote not \
                     closed?",
                    self.lines + 1
                )));
            }
        }
        let has_line = text.len() > before;
        self.lines += u64::from(has_line);
        Ok(has_line)
    }

    /// Finds the fields of a line in which quotes, if there are any, stand around whole fields and
    /// not within them; false if there are others.
    fn cut(&mut self, line: &[u8], offset: usize) -> bool {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let field = |start, end| (offset + start) as u32..(offset + end) as u32;
        let mut start = 0;
        loop {
            let rest = &line[start..];
            let (begin, end, next) = if let Some(quoted) = rest.strip_prefix(b"\"") {
                let Some(length) = memchr(b'"', quoted) else {
                    return false;
                };
                let end = start + 1 + length;
                (start + 1, end, end + 1)
            } else {
                let length = memchr(self.delimiter, rest).unwrap_or(rest.len());
                (start, start + length, start + length)
            };
            self.fields.push(field(begin, end));
            match line.get(next) {
                None => return true,
                Some(byte) if *byte == self.delimiter => start = next + 1,
                Some(_) => return false,
            }
        }
    }

    /// Puts the values of a record with quotes in the place of its first line, which stands at the
    /// end of `text`.
    fn unquote(&mut self, text: &mut Vec<u8>, start: usize) -> io::Result<()> {
        let mut values = vec![0; text.len() - start];
        let mut ends = vec![0; 64];
        let (mut read, mut written, mut ended) = (start, 0, 0);
        self.quoted.reset();
        loop {
            let (result, more_read, more_written, more_ended) =
                self.quoted
                    .read_record(&text[read..], &mut values[written..], &mut ends[ended..]);
            read += more_read;
            written += more_written;
            ended += more_ended;
            match result {
                // At the end of the file nothing is added, which tells csv-core that it is the end.
                ReadRecordResult::InputEmpty => {
                    self.read_line(text, start)?;
                }
                ReadRecordResult::OutputFull => values.resize(2 * values.len() + 64, 0),
                ReadRecordResult::OutputEndsFull => ends.resize(2 * ends.len(), 0),
                ReadRecordResult::Record | ReadRecordResult::End => break,
            }
        }
        text.truncate(start);
        text.extend_from_slice(&values[..written]);
        let mut field = start as u32;
        self.fields.extend(ends[..ended].iter().map(|end| {
            let end = (start + end) as u32;
            std::mem::replace(&mut field, end)..end
        }));
        Ok(())
    }
}

fn to_usize(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}

/// The separator that the header uses.
fn delimiter(start: &[u8]) -> u8 {
    let header = start
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let count = |separator: u8| header.iter().filter(|byte| **byte == separator).count();
    // Of those that occur equally often the last one is taken: the comma.
    [b';', b'\t', b',']
        .into_iter()
        .max_by_key(|separator| count(*separator))
        .unwrap_or(b',')
}

fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// The `csv` crate reads any text the same way, slower.
        #[test]
        fn any_text_is_cut_as_the_csv_crate_cuts_it(text in "([a ,\"\n]|\r\n|\"\"|,\"){0,40}") {
            let content = Box::new(io::Cursor::new(text.clone().into_bytes()));
            let mut records = Records::new(content)?;
            let mut ours = Vec::new();
            let mut found = Vec::new();
            while records.next(&mut found)?.is_some() {
                let fields = records.fields.iter().map(|field| found[to_usize(field)].to_vec());
                ours.push(fields.collect::<Vec<_>>());
            }

            let mut reader = csv::ReaderBuilder::new()
                .delimiter(records.delimiter)
                .has_headers(false)
                .flexible(true)
                .terminator(csv::Terminator::Any(b'\n'))
                .from_reader(text.as_bytes());
            let mut theirs = Vec::new();
            for record in reader.byte_records() {
                let record: Vec<_> = record?.iter().map(<[u8]>::to_vec).collect();
                if record.len() > 1 || !record[0].trim_ascii().is_empty() {
                    theirs.push(record);
                }
            }
            prop_assert_eq!(ours, theirs);
        }
    }
}

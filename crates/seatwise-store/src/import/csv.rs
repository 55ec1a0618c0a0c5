//! Rows from comma-separated values.

use std::io::{self, BufRead, Chain, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use csv::ByteRecord;

use super::block::Block;
use super::fields::Columns;
use crate::Kind;

/// No record is longer than this, with room to spare: a longer one has a quote that is not closed.
const LONGEST_RECORD: u64 = 16 << 20;

/// Reads the rows of a file of comma-separated values.
pub(crate) struct CsvRows {
    inner: csv::Reader<Limited>,
    left: Arc<AtomicU64>,
    record: ByteRecord,
    columns: Columns,
    /// How many fields the header has.
    width: usize,
}

impl CsvRows {
    /// Reads the header.
    ///
    /// # Errors
    /// If the file cannot be read, or the header lacks a column.
    pub(crate) fn open(
        mut content: Box<dyn BufRead + Send>,
        kind: Option<Kind>,
    ) -> io::Result<Self> {
        let delimiter = delimiter(content.fill_buf()?);
        let left = Arc::new(AtomicU64::new(LONGEST_RECORD));
        let limited = Limited {
            // The last row may lack its line feed; one more is an empty line, which is no row.
            inner: content.chain(b"\n"),
            left: Arc::clone(&left),
        };
        let mut inner = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            // Only the line feed ends a row, so that lines can be counted; a carriage return
            // before it is white space at the end of the last field.
            .terminator(csv::Terminator::Any(b'\n'))
            .buffer_capacity(1 << 18)
            .from_reader(limited);
        let mut header = ByteRecord::new();
        inner.read_byte_record(&mut header).map_err(csv_to_io)?;
        let names: Vec<_> = header.iter().map(String::from_utf8_lossy).collect();
        let columns = Columns::find(names.iter().map(AsRef::as_ref), kind)
            .map_err(|reason| io::Error::new(io::ErrorKind::InvalidData, reason))?;
        Ok(Self {
            inner,
            left,
            record: ByteRecord::new(),
            columns,
            width: header.len(),
        })
    }

    pub(crate) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The next rows; an empty block at the end.
    pub(crate) fn next_block(&mut self) -> io::Result<Block> {
        let mut block = Block::default();
        while !block.is_full() {
            self.left.store(LONGEST_RECORD, Ordering::Relaxed);
            if !self
                .inner
                .read_byte_record(&mut self.record)
                .map_err(csv_to_io)?
            {
                break;
            }
            let record = &self.record;
            let line = first_line(record, self.inner.position().line());
            if record.len() == 1 && record[0].trim_ascii().is_empty() {
                continue;
            }
            if record.len() == self.width {
                let place = &self.columns.place;
                block.push(line, |field| place[field].map_or(&[][..], |at| &record[at]));
            } else {
                let reason = format!(
                    "it has {} fields, the header has {}: a value with the separator or a line \
                     break in it must stand in quotes",
                    record.len(),
                    self.width
                );
                block.push_broken(line, reason);
            }
        }
        Ok(block)
    }
}

/// The line on which a record begins, from the line that follows it. The reader's own position is
/// that of the empty lines before it.
fn first_line(record: &ByteRecord, next: u64) -> u64 {
    let before = record.position().map_or(0, csv::Position::line);
    if next - before == 1 {
        return before;
    }
    let inside = record
        .as_slice()
        .iter()
        .filter(|byte| **byte == b'\n')
        .count() as u64;
    next - inside - 1
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

fn csv_to_io(err: csv::Error) -> io::Error {
    let text = err.to_string();
    match err.into_kind() {
        csv::ErrorKind::Io(err) => err,
        _ => io::Error::new(io::ErrorKind::InvalidData, text),
    }
}

/// Stops reading when a record has no end.
struct Limited {
    inner: Chain<Box<dyn BufRead + Send>, &'static [u8]>,
    left: Arc<AtomicU64>,
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let left = self.left.load(Ordering::Relaxed);
        self.left
            .store(left.saturating_sub(count as u64), Ordering::Relaxed);
        if left == 0 && count > 0 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("a row is longer than {LONGEST_RECORD} bytes: is a quote not closed?"),
            ));
        }
        Ok(count)
    }
}

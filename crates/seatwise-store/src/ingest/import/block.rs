//! Blocks of some thousand rows as text: the common form of all formats, and the input of the
//! checks.

use std::ops::Range;

use super::fields::FIELDS;

/// The number of rows in a block.
pub(crate) const ROWS_IN_BLOCK: usize = 2048;

/// The length of the text in bytes beyond which a block with fewer rows ends.
const LONGEST_BLOCK: usize = 4 << 20;

/// Rows as text. Fields that the file does not have are empty.
#[derive(Default)]
pub(crate) struct Block {
    /// The text of all rows; bytes between fields are ignored.
    text: Vec<u8>,
    rows: Vec<Row>,
    broken: Vec<BrokenRow>,
}

struct Row {
    /// Its position in the file.
    place: u64,
    /// The range of each field in the text.
    fields: [Range<u32>; FIELDS],
}

/// A row that cannot be split into fields.
pub(crate) struct BrokenRow {
    /// The number of rows before it in the block.
    after: usize,
    pub(crate) place: u64,
    pub(crate) reason: String,
}

impl Block {
    /// The number of rows, including broken ones.
    pub(crate) fn len(&self) -> usize {
        self.rows.len() + self.broken.len()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.len() >= ROWS_IN_BLOCK || self.text.len() > LONGEST_BLOCK
    }

    /// Removes all rows, and keeps the usual memory for others.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.text.shrink_to(LONGEST_BLOCK);
        self.rows.clear();
        self.broken.clear();
    }

    /// Adds a broken row.
    pub(crate) fn push_broken(&mut self, place: u64, reason: String) {
        self.broken.push(BrokenRow {
            after: self.rows.len(),
            place,
            reason,
        });
    }

    /// The broken rows directly before the row with this index.
    pub(crate) fn broken_before(&self, row: usize) -> impl Iterator<Item = &BrokenRow> {
        let start = self.broken.partition_point(|broken| broken.after < row);
        self.broken[start..]
            .iter()
            .take_while(move |broken| broken.after == row)
    }

    /// Adds a row; `field` returns the text of each field.
    pub(crate) fn push<'a>(&mut self, place: u64, field: impl Fn(usize) -> &'a [u8]) {
        let fields = std::array::from_fn(|number| {
            let start = self.text.len() as u32;
            self.text.extend_from_slice(field(number));
            start..self.text.len() as u32
        });
        self.rows.push(Row { place, fields });
    }

    /// The text so far. Readers that find rows in a text add it here, and then each row with
    /// [`push_found`](Self::push_found).
    pub(crate) fn text(&mut self) -> &mut Vec<u8> {
        &mut self.text
    }

    /// Adds a row whose fields are already in the text.
    pub(crate) fn push_found(&mut self, place: u64, fields: [Range<u32>; FIELDS]) {
        self.rows.push(Row { place, fields });
    }

    /// The rows that are not broken, each with its position and fields.
    pub(crate) fn rows(&self) -> impl ExactSizeIterator<Item = (u64, [&[u8]; FIELDS])> {
        self.rows.iter().map(|row| {
            let fields = row
                .fields
                .each_ref()
                .map(|field| &self.text[field.start as usize..field.end as usize]);
            (row.place, fields)
        })
    }
}

//! Rows as text, some thousand at a time: what every format is turned into, and what is checked.

use std::ops::Range;

use super::fields::FIELDS;

/// How many rows travel together from the reader of a file to the checker.
pub(crate) const ROWS_IN_BLOCK: usize = 2048;

/// Rows as text. A field that the file does not have is empty.
#[derive(Default)]
pub(crate) struct Block {
    /// The text of all rows; what stands between their fields does not matter.
    text: Vec<u8>,
    rows: Vec<Row>,
    broken: Vec<Broken>,
}

struct Row {
    /// Where it stands in its file.
    place: u64,
    /// Where each field stands in the text of the block.
    fields: [Range<u32>; FIELDS],
}

/// A row that cannot be taken apart.
pub(crate) struct Broken {
    /// How many rows of the block stand before it.
    after: usize,
    pub(crate) place: u64,
    pub(crate) reason: String,
}

impl Block {
    /// How many rows there are, broken ones among them.
    pub(crate) fn len(&self) -> usize {
        self.rows.len() + self.broken.len()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.len() >= ROWS_IN_BLOCK || self.text.len() > 4 << 20
    }

    /// Adds a row that cannot be taken apart.
    pub(crate) fn push_broken(&mut self, place: u64, reason: String) {
        self.broken.push(Broken {
            after: self.rows.len(),
            place,
            reason,
        });
    }

    /// The broken rows that stand between the row of this number and the one before it.
    pub(crate) fn broken_before(&self, row: usize) -> impl Iterator<Item = &Broken> {
        let start = self.broken.partition_point(|broken| broken.after < row);
        self.broken[start..]
            .iter()
            .take_while(move |broken| broken.after == row)
    }

    /// Adds a row; `field` gives the text of each field.
    pub(crate) fn push<'a>(&mut self, place: u64, field: impl Fn(usize) -> &'a [u8]) {
        let fields = std::array::from_fn(|number| {
            let start = self.text.len() as u32;
            self.text.extend_from_slice(field(number));
            start..self.text.len() as u32
        });
        self.rows.push(Row { place, fields });
    }

    /// The text so far: readers that find rows in a text add it here, and then each row with
    /// [`push_found`](Self::push_found).
    pub(crate) fn text(&mut self) -> &mut Vec<u8> {
        &mut self.text
    }

    /// Adds a row whose fields stand in the text already.
    pub(crate) fn push_found(&mut self, place: u64, fields: [Range<u32>; FIELDS]) {
        self.rows.push(Row { place, fields });
    }

    /// The rows that are not broken: the place of each and its fields.
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

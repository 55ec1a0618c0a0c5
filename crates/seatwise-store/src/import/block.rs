//! Rows as text, some thousand at a time: what every format is turned into, and what is checked.

use super::fields::FIELDS;

/// How many rows travel together from the reader of a file to the checker.
pub(crate) const ROWS_IN_BLOCK: usize = 4096;

/// Rows as text. A field that the file does not have is empty.
#[derive(Default)]
pub(crate) struct Block {
    text: Vec<u8>,
    /// Where each field ends in `text`.
    ends: Vec<u32>,
    /// Where each row stands in its file.
    places: Vec<u64>,
    broken: Vec<Broken>,
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
        self.places.len() + self.broken.len()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.len() >= ROWS_IN_BLOCK || self.text.len() > 4 << 20
    }

    /// Adds a row that cannot be taken apart.
    pub(crate) fn push_broken(&mut self, place: u64, reason: String) {
        self.broken.push(Broken {
            after: self.places.len(),
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
        for number in 0..FIELDS {
            self.text.extend_from_slice(field(number));
            self.ends.push(self.text.len() as u32);
        }
        self.places.push(place);
    }

    /// The rows that are not broken: the place of each and its fields.
    pub(crate) fn rows(&self) -> impl ExactSizeIterator<Item = (u64, [&[u8]; FIELDS])> {
        let mut start = 0;
        self.places
            .iter()
            .zip(self.ends.chunks_exact(FIELDS))
            .map(move |(place, ends)| {
                let fields = std::array::from_fn(|field| {
                    let end = ends[field] as usize;
                    let text = &self.text[start..end];
                    start = end;
                    text
                });
                (*place, fields)
            })
    }
}

//! The distinct texts of text columns, each stored once and identified by a number.

use std::borrow::Cow;
use std::collections::hash_map::HashMap;
use std::hash::BuildHasher as _;
use std::ops::Range;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_128;

/// The memory of a text in bytes, in addition to its content: its end, its hash, the number that
/// came after it, and its index entry.
const COST_OF_A_TEXT: usize = 36;

/// The memory of another spelling in bytes, in addition to its content.
const COST_OF_A_SPELLING: usize = 40;

/// The distinct texts of each column, numbered in order of appearance; 0 is absent.
#[derive(Clone)]
pub(crate) struct Texts {
    columns: [Column; 8],
}

#[derive(Clone)]
struct Column {
    /// All texts, concatenated.
    text: String,
    /// The end of each text, by number.
    ends: Vec<usize>,
    /// A hash of each text, so that rows can be hashed without their texts.
    hashes: Vec<u128>,
    /// An index of the numbers by text.
    numbers: HashTable<u32>,
    hasher: RandomState,
    /// The numbers of non-canonical spellings.
    spellings: HashMap<Box<[u8]>, u32, RandomState>,
    /// The size of those spellings in bytes.
    spelling_bytes: usize,
    /// The last number returned: consecutive rows often have the same text.
    last: u32,
    /// The number that came after each number when the text last changed: the rows of most deliveries
    /// have the same texts in the same order.
    next: Vec<u32>,
    canonical: fn(&str) -> Cow<'_, str>,
}

impl Texts {
    /// `canonical` returns the spelling under which a value of each column is stored.
    pub(crate) fn new(canonical: [fn(&str) -> Cow<'_, str>; 8]) -> Self {
        let columns = canonical.map(|canonical| Column {
            text: String::new(),
            ends: vec![0],
            hashes: vec![xxh3_128(b"")],
            numbers: HashTable::new(),
            hasher: RandomState::default(),
            spellings: HashMap::default(),
            spelling_bytes: 0,
            last: 0,
            next: vec![0],
            canonical,
        });
        Self { columns }
    }

    /// The number of a text, a new one if the text is new; `None` if it is not UTF-8.
    pub(crate) fn number(&mut self, column: usize, text: &[u8]) -> Option<u32> {
        if text.is_empty() {
            return Some(0);
        }
        let column = &mut self.columns[column];
        let last = column.last;
        if column.bytes_of(last) == text {
            return Some(last);
        }
        let next = column.next[last as usize];
        if column.bytes_of(next) == text {
            column.last = next;
            return Some(next);
        }
        let known = column.find(text);
        let number = match known.or_else(|| column.spellings.get(text).copied()) {
            Some(number) => number,
            None => column.add(std::str::from_utf8(text).ok()?),
        };
        column.next[last as usize] = number;
        column.last = number;
        Some(number)
    }

    /// The number of a canonical text; `None` if it has none.
    pub(crate) fn find(&self, column: usize, text: &str) -> Option<u32> {
        self.columns[column].find(text.as_bytes())
    }

    /// The text of a number; `""` for 0.
    pub(crate) fn text(&self, column: usize, number: u32) -> &str {
        self.columns[column].text_of(number)
    }

    /// Whether the text of a number equals a text, in any case.
    pub(crate) fn is(&self, column: usize, number: u32, text: &str) -> bool {
        same_text(self.text(column, number), text)
    }

    /// All texts of a column by number; the first is `""` for absent.
    pub(crate) fn values(&self, column: usize) -> impl Iterator<Item = &str> {
        let column = &self.columns[column];
        (0..column.ends.len() as u32).map(|number| column.text_of(number))
    }

    /// A hash of the text of a number, equal in all imports.
    pub(crate) fn hash(&self, column: usize, number: u32) -> u128 {
        self.columns[column].hashes[number as usize]
    }

    /// The approximate memory of the texts, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let columns = self.columns.iter();
        columns
            .map(|column| {
                column.text.len()
                    + column.ends.len() * COST_OF_A_TEXT
                    + column.spelling_bytes
                    + column.spellings.len() * COST_OF_A_SPELLING
            })
            .sum()
    }
}

/// Whether two texts are equal in any case.
pub(crate) fn same_text(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        a.eq_ignore_ascii_case(b)
    } else {
        a.to_lowercase() == b.to_lowercase()
    }
}

impl Column {
    fn text_of(&self, number: u32) -> &str {
        &self.text[self.range_of(number)]
    }

    /// The same as bytes, which is faster to compare.
    #[inline]
    fn bytes_of(&self, number: u32) -> &[u8] {
        &self.text.as_bytes()[self.range_of(number)]
    }

    #[inline]
    fn range_of(&self, number: u32) -> Range<usize> {
        let number = number as usize;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        start..self.ends[number]
    }

    /// The number of a canonical text.
    fn find(&self, text: &[u8]) -> Option<u32> {
        let hash = self.hasher.hash_one(text);
        let is_text = |number: &u32| self.bytes_of(*number) == text;
        self.numbers.find(hash, is_text).copied()
    }

    fn add(&mut self, spelling: &str) -> u32 {
        let canonical = (self.canonical)(spelling);
        let number = match self.find(canonical.as_bytes()) {
            Some(known) => known,
            None => self.keep(&canonical),
        };
        if canonical != spelling {
            self.spelling_bytes += spelling.len();
            self.spellings.insert(spelling.as_bytes().into(), number);
        }
        number
    }

    fn keep(&mut self, text: &str) -> u32 {
        let number = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        self.text.push_str(text);
        self.ends.push(self.text.len());
        self.next.push(0);
        self.hashes.push(xxh3_128(text.as_bytes()));
        let Self {
            text: all,
            ends,
            numbers,
            hasher,
            ..
        } = self;
        let hash_of = |number: &u32| {
            let number = *number as usize;
            hasher.hash_one(&all.as_bytes()[ends[number - 1]..ends[number]])
        };
        numbers.insert_unique(hash_of(&number), number, hash_of);
        number
    }
}

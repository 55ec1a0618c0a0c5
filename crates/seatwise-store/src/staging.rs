//! Checked rows on their way into a table: sorted by delivery, in memory or, beyond a limit, on
//! the disk.

use std::borrow::Cow;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::collections::hash_map::{Entry, HashMap};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use foldhash::fast::RandomState;
use xxhash_rust::xxh3::xxh3_128;

/// How many rows stay in memory before they are sorted and put on the disk, 56 bytes each.
pub(crate) const ROWS_IN_MEMORY: usize = 4 << 20;

/// The columns of text before this one are those of the [`Unit`]; the others are a row's own.
pub(crate) const OWN_TEXT: usize = 2;

/// What one row says about its unit; text by its number in [`Texts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fact {
    /// In the order of [`TEXTS`](crate::layout::TEXTS), from [`OWN_TEXT`] on; 0 is "absent".
    pub(crate) text: [u32; 6],
    /// The part and the whole; [`NO_COUNT`] twice in the row that says "this delivery is empty".
    pub(crate) counts: [u32; 2],
    /// `processedDateTime` in microseconds since 1970, UTC.
    pub(crate) processed: i64,
    /// Where the row stands in its file, from 1.
    pub(crate) line: u64,
}

/// Stands for "no count".
pub(crate) const NO_COUNT: u32 = u32::MAX;

/// What a delivery is about: the thing that a later delivery replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Unit {
    pub(crate) service: u32,
    pub(crate) channel: u32,
    /// The GUID as two halves, the first one first.
    pub(crate) customer: (u64, u64),
    /// Days since 1970.
    pub(crate) day: i32,
}

/// What the rows of one delivery have in common: all of a unit in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct DeliveryKey {
    pub(crate) unit: Unit,
    /// The number of the file in this import.
    pub(crate) file: u32,
}

impl DeliveryKey {
    const BYTES: usize = 32;

    fn to_bytes(self) -> [u8; Self::BYTES] {
        let Unit {
            service,
            channel,
            customer,
            day,
        } = self.unit;
        let mut bytes = [0; Self::BYTES];
        bytes[..4].copy_from_slice(&service.to_le_bytes());
        bytes[4..8].copy_from_slice(&channel.to_le_bytes());
        bytes[8..16].copy_from_slice(&customer.0.to_le_bytes());
        bytes[16..24].copy_from_slice(&customer.1.to_le_bytes());
        bytes[24..28].copy_from_slice(&day.to_le_bytes());
        bytes[28..].copy_from_slice(&self.file.to_le_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let at = &mut 0;
        Self {
            unit: Unit {
                service: u32::from_le_bytes(take(bytes, at)),
                channel: u32::from_le_bytes(take(bytes, at)),
                customer: (
                    u64::from_le_bytes(take(bytes, at)),
                    u64::from_le_bytes(take(bytes, at)),
                ),
                day: i32::from_le_bytes(take(bytes, at)),
            },
            file: u32::from_le_bytes(take(bytes, at)),
        }
    }

    /// Customers of one span of days stand together, and later files come after earlier ones.
    fn order(&self) -> impl Ord + use<> {
        let Self {
            unit:
                Unit {
                    service,
                    channel,
                    customer,
                    day,
                },
            file,
        } = *self;
        (service, channel, span(day), customer, day, file)
    }
}

impl Ord for DeliveryKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl PartialOrd for DeliveryKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Fact {
    const BYTES: usize = 48;

    pub(crate) fn is_empty_delivery(&self) -> bool {
        self.counts[1] == NO_COUNT
    }

    fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let numbers = self.text.iter().chain(&self.counts);
        for (bytes, number) in bytes.chunks_exact_mut(4).zip(numbers) {
            bytes.copy_from_slice(&number.to_le_bytes());
        }
        bytes[32..40].copy_from_slice(&self.processed.to_le_bytes());
        bytes[40..].copy_from_slice(&self.line.to_le_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let at = &mut 0;
        Self {
            text: std::array::from_fn(|_| u32::from_le_bytes(take(bytes, at))),
            counts: std::array::from_fn(|_| u32::from_le_bytes(take(bytes, at))),
            processed: i64::from_le_bytes(take(bytes, at)),
            line: u64::from_le_bytes(take(bytes, at)),
        }
    }
}

/// The next bytes from `at`, which moves behind them.
fn take<const N: usize>(bytes: &[u8], at: &mut usize) -> [u8; N] {
    let mut part = [0; N];
    part.copy_from_slice(&bytes[*at..*at + N]);
    *at += N;
    part
}

/// The span of 32 days that a day is in. Files hold few spans, so that a month, or the newest
/// figures, are in few files.
pub(crate) fn span(day: i32) -> i32 {
    day >> 5
}

/// The distinct texts of each column, numbered in the order in which they came; 0 is "absent".
pub(crate) struct Texts {
    columns: [Column; 8],
}

struct Column {
    values: Vec<Box<str>>,
    /// A hash of each value, so that rows can be hashed without their texts.
    hashes: Vec<u128>,
    numbers: HashMap<Box<str>, u32, RandomState>,
    /// The number of each spelling; known codes have one number for all their spellings.
    spellings: HashMap<Box<[u8]>, u32, RandomState>,
    /// The number that was given last: rows often repeat the text of the row before.
    last: u32,
    /// About how much memory the texts take.
    bytes: usize,
    canonical: fn(&str) -> Cow<'_, str>,
}

impl Texts {
    /// `canonical` gives the one spelling under which the value of a column is kept.
    pub(crate) fn new(canonical: [fn(&str) -> Cow<'_, str>; 8]) -> Self {
        let columns = canonical.map(|canonical| Column {
            values: vec!["".into()],
            hashes: vec![xxh3_128(b"")],
            numbers: HashMap::default(),
            spellings: HashMap::default(),
            last: 0,
            bytes: 0,
            canonical,
        });
        Self { columns }
    }

    /// The number of a text, a new one if it was not seen before; none if it is not UTF-8.
    pub(crate) fn number(&mut self, column: usize, text: &[u8]) -> Option<u32> {
        if text.is_empty() {
            return Some(0);
        }
        let column = &mut self.columns[column];
        if column.values[column.last as usize].as_bytes() == text {
            return Some(column.last);
        }
        column.last = match column.spellings.get(text) {
            Some(number) => *number,
            None => column.add(std::str::from_utf8(text).ok()?),
        };
        Some(column.last)
    }

    /// About how many bytes of memory all texts take.
    pub(crate) fn bytes(&self) -> usize {
        self.columns.iter().map(|column| column.bytes).sum()
    }

    /// The number of a canonical text, if it was seen.
    pub(crate) fn find(&self, column: usize, text: &str) -> Option<u32> {
        self.columns[column].numbers.get(text).copied()
    }

    /// The text of a number; `""` for 0.
    pub(crate) fn text(&self, column: usize, number: u32) -> &str {
        &self.columns[column].values[number as usize]
    }

    /// Whether a number stands for a text, in any case.
    pub(crate) fn is(&self, column: usize, number: u32, text: &str) -> bool {
        same_text(self.text(column, number), text)
    }

    /// All texts of a column; the first one, `""`, stands for "absent".
    pub(crate) fn values(&self, column: usize) -> &[Box<str>] {
        &self.columns[column].values
    }

    /// A hash of the text of a number, the same in every import.
    pub(crate) fn hash(&self, column: usize, number: u32) -> u128 {
        self.columns[column].hashes[number as usize]
    }
}

/// Whether two texts are the same in any case.
pub(crate) fn same_text(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        a.eq_ignore_ascii_case(b)
    } else {
        a.to_lowercase() == b.to_lowercase()
    }
}

/// What a text takes beside its letters: its places in a list and in a map.
const TEXT_BYTES: usize = 96;

impl Column {
    fn add(&mut self, spelling: &str) -> u32 {
        let canonical = (self.canonical)(spelling);
        let number = match self.numbers.entry(canonical.as_ref().into()) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                let number = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
                self.bytes += 2 * new.key().len() + TEXT_BYTES;
                self.values.push(new.key().clone());
                self.hashes.push(xxh3_128(new.key().as_bytes()));
                *new.insert(number)
            }
        };
        self.bytes += spelling.len() + TEXT_BYTES / 2;
        self.spellings.insert(spelling.as_bytes().into(), number);
        number
    }
}

/// Rows of one import, to be read back in order any number of times.
pub(crate) struct Staging {
    facts: Vec<Fact>,
    /// For each row the number of its delivery.
    delivery_of: Vec<u32>,
    /// The keys of the deliveries, by their numbers.
    deliveries: Vec<DeliveryKey>,
    numbers: HashMap<DeliveryKey, u32, RandomState>,
    order: InOrder,
    runs: Vec<File>,
    rows_in_memory: usize,
    folder: PathBuf,
}

/// In which order the rows in memory stand.
#[derive(Default)]
struct InOrder {
    /// The deliveries, each with the end of its rows in `rows`.
    deliveries: Vec<(DeliveryKey, usize)>,
    /// The numbers of the rows: delivery by delivery, those of each as they came.
    rows: Vec<u32>,
}

impl Staging {
    /// Rows beyond `rows_in_memory` go to unnamed files in `folder`, which vanish with the process.
    pub(crate) fn new(folder: &Path, rows_in_memory: usize) -> Self {
        Self {
            facts: Vec::new(),
            delivery_of: Vec::new(),
            deliveries: Vec::new(),
            numbers: HashMap::default(),
            order: InOrder::default(),
            runs: Vec::new(),
            rows_in_memory,
            folder: folder.to_owned(),
        }
    }

    /// Takes a row in.
    ///
    /// # Errors
    /// If rows have to go to the disk and that fails.
    pub(crate) fn push(&mut self, key: DeliveryKey, fact: Fact) -> io::Result<()> {
        if self.facts.len() >= self.rows_in_memory {
            self.spill()?;
        }
        let number = match self.delivery_of.last() {
            // Most rows are of the delivery of the row before.
            Some(last) if self.deliveries[*last as usize] == key => *last,
            _ => *self.numbers.entry(key).or_insert_with(|| {
                self.deliveries.push(key);
                self.deliveries.len() as u32 - 1
            }),
        };
        self.delivery_of.push(number);
        self.facts.push(fact);
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        self.sort();
        let mut run = BufWriter::with_capacity(1 << 20, tempfile::tempfile_in(&self.folder)?);
        let mut start = 0;
        for (key, end) in &self.order.deliveries {
            run.write_all(&key.to_bytes())?;
            run.write_all(&((end - start) as u64).to_le_bytes())?;
            for row in &self.order.rows[start..*end] {
                run.write_all(&self.facts[*row as usize].to_bytes())?;
            }
            start = *end;
        }
        self.runs.push(run.into_inner()?);
        self.facts.clear();
        self.delivery_of.clear();
        self.deliveries.clear();
        self.numbers.clear();
        self.order = InOrder::default();
        Ok(())
    }

    /// Sorts what was taken in; to be called before [`sorted`](Self::sorted).
    ///
    /// There are far fewer deliveries than rows: only their keys are compared, and each row then
    /// goes to its place at once.
    pub(crate) fn sort(&mut self) {
        let mut numbers: Vec<u32> = (0..self.deliveries.len() as u32).collect();
        numbers.sort_unstable_by_key(|number| self.deliveries[*number as usize]);
        let mut counts = vec![0; self.deliveries.len()];
        for number in &self.delivery_of {
            counts[*number as usize] += 1;
        }
        let mut end = 0;
        let mut next = vec![0; counts.len()];
        self.order.deliveries.clear();
        for number in numbers {
            let number = number as usize;
            next[number] = end;
            end += counts[number];
            self.order.deliveries.push((self.deliveries[number], end));
        }
        self.order.rows.clear();
        self.order.rows.resize(self.facts.len(), 0);
        for (row, number) in (0..).zip(&self.delivery_of) {
            let place = &mut next[*number as usize];
            self.order.rows[*place] = row;
            *place += 1;
        }
    }

    /// All rows, deliveries together, in the order of the last [`sort`](Self::sort).
    pub(crate) fn sorted(&self) -> io::Result<Sorted<'_>> {
        let mut sources = Vec::new();
        for run in &self.runs {
            let mut run = run.try_clone()?;
            run.rewind()?;
            sources.push(Source::Disk {
                run: BufReader::with_capacity(1 << 18, run),
                rows: 0,
            });
        }
        // What came last is in memory, so it comes last of each delivery too.
        sources.push(Source::Memory {
            staging: self,
            delivery: 0,
        });
        Sorted::new(sources)
    }
}

/// Deliveries in order: the key of each, and then its rows.
enum Source<'a> {
    Memory {
        staging: &'a Staging,
        /// The number of the next delivery in the order.
        delivery: usize,
    },
    Disk {
        run: BufReader<File>,
        /// How many rows of the delivery whose key was read are still to come.
        rows: u64,
    },
}

impl Source<'_> {
    /// The key of the next delivery; none at the end.
    fn next_key(&mut self) -> io::Result<Option<DeliveryKey>> {
        match self {
            Self::Memory { staging, delivery } => {
                Ok(staging.order.deliveries.get(*delivery).map(|(key, _)| *key))
            }
            Self::Disk { run, rows } => {
                let mut key = [0; DeliveryKey::BYTES];
                match run.read_exact(&mut key) {
                    Ok(()) => {}
                    Err(err) if err.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
                    Err(err) => return Err(err),
                }
                let mut count = [0; 8];
                run.read_exact(&mut count)?;
                *rows = u64::from_le_bytes(count);
                Ok(Some(DeliveryKey::from_bytes(&key)))
            }
        }
    }

    /// Adds the rows of the delivery whose key was given last.
    fn take_rows(&mut self, facts: &mut Vec<Fact>) -> io::Result<()> {
        match self {
            Self::Memory { staging, delivery } => {
                let InOrder { deliveries, rows } = &staging.order;
                let start = delivery.checked_sub(1).map_or(0, |last| deliveries[last].1);
                let end = deliveries[*delivery].1;
                *delivery += 1;
                facts.extend(
                    rows[start..end]
                        .iter()
                        .map(|row| staging.facts[*row as usize]),
                );
            }
            Self::Disk { run, rows } => {
                for _ in 0..std::mem::take(rows) {
                    let mut fact = [0; Fact::BYTES];
                    run.read_exact(&mut fact)?;
                    facts.push(Fact::from_bytes(&fact));
                }
            }
        }
        Ok(())
    }
}

/// The deliveries of several sources in one order.
pub(crate) struct Sorted<'a> {
    sources: Vec<Source<'a>>,
    /// The next delivery of each source, with the number of the source.
    heads: BinaryHeap<Reverse<(DeliveryKey, usize)>>,
}

impl<'a> Sorted<'a> {
    fn new(mut sources: Vec<Source<'a>>) -> io::Result<Self> {
        let mut heads = BinaryHeap::new();
        for (number, source) in sources.iter_mut().enumerate() {
            heads.extend(source.next_key()?.map(|key| Reverse((key, number))));
        }
        Ok(Self { sources, heads })
    }

    /// Gives the key of the next delivery, and fills `rows` with its rows; none at the end.
    pub(crate) fn next(&mut self, rows: &mut Vec<Fact>) -> io::Result<Option<DeliveryKey>> {
        rows.clear();
        let Some(Reverse((key, _))) = self.heads.peek().copied() else {
            return Ok(None);
        };
        // Parts of one delivery may be in several sources.
        while let Some(mut head) = self.heads.peek_mut()
            && head.0.0 == key
        {
            let source = &mut self.sources[head.0.1];
            source.take_rows(rows)?;
            match source.next_key()? {
                Some(next) => head.0.0 = next,
                None => {
                    PeekMut::pop(head);
                }
            }
        }
        Ok(Some(key))
    }
}

//! Checked rows on their way into a table: sorted by delivery, in memory or, beyond a limit, on
//! the disk.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::collections::hash_map::{Entry, HashMap};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use foldhash::fast::RandomState;

/// How many rows stay in memory before they are sorted and put on the disk: 320 MiB.
pub(crate) const ROWS_IN_MEMORY: usize = 4 << 20;

/// How many rows are sorted while others are still being read; sorting all of them is then a
/// matter of merging.
const ROWS_SORTED_AT_ONCE: usize = 128 << 10;

/// One row; text by its number in [`Texts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fact {
    /// In the order of [`TEXTS`](crate::layout::TEXTS); 0 is "absent".
    pub(crate) text: [u32; 8],
    /// The GUID as two halves, the first one first.
    pub(crate) customer: (u64, u64),
    /// `processedDateTime` in microseconds since 1970, UTC.
    pub(crate) processed: i64,
    /// Where the row stands in its file, from 1.
    pub(crate) line: u64,
    /// The number of its file in this import.
    pub(crate) file: u32,
    /// Days since 1970 of `processed`.
    pub(crate) day: i32,
    /// The part and the whole; [`NO_COUNT`] twice in the row that says "this delivery is empty".
    pub(crate) counts: [u32; 2],
}

/// Service, channel, span of days, customer, day, file, line.
type Order = (u32, u32, i32, (u64, u64), i32, u32, u64);

/// Stands for "no count".
pub(crate) const NO_COUNT: u32 = u32::MAX;

/// What a delivery is about: the thing that a later delivery replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Unit {
    pub(crate) service: u32,
    pub(crate) channel: u32,
    pub(crate) customer: (u64, u64),
    pub(crate) day: i32,
}

impl Fact {
    const BYTES: usize = 80;

    pub(crate) fn unit(&self) -> Unit {
        let [service, channel, ..] = self.text;
        Unit {
            service,
            channel,
            customer: self.customer,
            day: self.day,
        }
    }

    pub(crate) fn is_empty_delivery(&self) -> bool {
        self.counts[1] == NO_COUNT
    }

    /// Deliveries stand together, customers of one span of days stand together, and later files
    /// come after earlier ones.
    fn order(&self) -> Order {
        let [service, channel, ..] = self.text;
        (
            service,
            channel,
            span(self.day),
            self.customer,
            self.day,
            self.file,
            self.line,
        )
    }

    fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let mut at = 0;
        let mut put = |part: &[u8]| {
            bytes[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        };
        self.text.iter().for_each(|id| put(&id.to_le_bytes()));
        put(&self.customer.0.to_le_bytes());
        put(&self.customer.1.to_le_bytes());
        put(&self.processed.to_le_bytes());
        put(&self.line.to_le_bytes());
        put(&self.file.to_le_bytes());
        put(&self.day.to_le_bytes());
        self.counts
            .iter()
            .for_each(|count| put(&count.to_le_bytes()));
        bytes
    }

    fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        fn take<const N: usize>(bytes: &[u8], at: &mut usize) -> [u8; N] {
            let mut part = [0; N];
            part.copy_from_slice(&bytes[*at..*at + N]);
            *at += N;
            part
        }
        let at = &mut 0;
        Self {
            text: std::array::from_fn(|_| u32::from_le_bytes(take(bytes, at))),
            customer: (
                u64::from_le_bytes(take(bytes, at)),
                u64::from_le_bytes(take(bytes, at)),
            ),
            processed: i64::from_le_bytes(take(bytes, at)),
            line: u64::from_le_bytes(take(bytes, at)),
            file: u32::from_le_bytes(take(bytes, at)),
            day: i32::from_le_bytes(take(bytes, at)),
            counts: std::array::from_fn(|_| u32::from_le_bytes(take(bytes, at))),
        }
    }
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
    numbers: HashMap<Box<str>, u32, RandomState>,
    /// The number of each spelling; known codes have one number for all their spellings.
    spellings: HashMap<Box<str>, u32, RandomState>,
    /// The number that was given last: rows often repeat the text of the row before.
    last: u32,
    canonical: fn(&str) -> Cow<'_, str>,
}

impl Texts {
    /// `canonical` gives the one spelling under which the value of a column is kept.
    pub(crate) fn new(canonical: [fn(&str) -> Cow<'_, str>; 8]) -> Self {
        let columns = canonical.map(|canonical| Column {
            values: vec!["".into()],
            numbers: HashMap::default(),
            spellings: HashMap::default(),
            last: 0,
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
        let text = std::str::from_utf8(text).ok()?;
        column.last = match column.spellings.get(text) {
            Some(number) => *number,
            None => column.add(text),
        };
        Some(column.last)
    }

    /// The number of a canonical text, if it was seen.
    pub(crate) fn find(&self, column: usize, text: &str) -> Option<u32> {
        self.columns[column].numbers.get(text).copied()
    }

    /// The text of a number; `""` for 0.
    pub(crate) fn text(&self, column: usize, number: u32) -> &str {
        &self.columns[column].values[number as usize]
    }

    /// All texts of a column; the first one, `""`, stands for "absent".
    pub(crate) fn values(&self, column: usize) -> &[Box<str>] {
        &self.columns[column].values
    }

    /// A text of a row; `""` if it has none.
    pub(crate) fn of(&self, fact: &Fact, column: usize) -> &str {
        self.text(column, fact.text[column])
    }
}

impl Column {
    fn add(&mut self, spelling: &str) -> u32 {
        let canonical = (self.canonical)(spelling);
        let number = match self.numbers.entry(canonical.as_ref().into()) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                let number = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
                self.values.push(new.key().clone());
                *new.insert(number)
            }
        };
        self.spellings.insert(spelling.into(), number);
        number
    }
}

/// Rows of one import, to be read back in order any number of times.
pub(crate) struct Staging {
    facts: Vec<Fact>,
    runs: Vec<File>,
    rows_in_memory: usize,
    folder: PathBuf,
}

impl Staging {
    /// Rows beyond `rows_in_memory` go to unnamed files in `folder`, which vanish with the process.
    pub(crate) fn new(folder: &Path, rows_in_memory: usize) -> Self {
        Self {
            facts: Vec::new(),
            runs: Vec::new(),
            rows_in_memory,
            folder: folder.to_owned(),
        }
    }

    /// Takes a row in.
    ///
    /// # Errors
    /// If rows have to go to the disk and that fails.
    pub(crate) fn push(&mut self, fact: Fact) -> io::Result<()> {
        if self.facts.len() >= self.rows_in_memory {
            self.spill()?;
        }
        self.facts.push(fact);
        // The thread that checks rows waits for the one that reads them: time to sort a part.
        if self.facts.len().is_multiple_of(ROWS_SORTED_AT_ONCE) {
            let start = self.facts.len() - ROWS_SORTED_AT_ONCE;
            sort(&mut self.facts[start..]);
        }
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        sort(&mut self.facts);
        let mut run = BufWriter::with_capacity(1 << 20, tempfile::tempfile_in(&self.folder)?);
        for fact in self.facts.drain(..) {
            run.write_all(&fact.to_bytes())?;
        }
        self.runs.push(run.into_inner()?);
        Ok(())
    }

    /// Sorts what was taken in; to be called before [`sorted`](Self::sorted).
    pub(crate) fn sort(&mut self) {
        sort(&mut self.facts);
    }

    /// All rows, deliveries together, in the order of the last [`sort`](Self::sort).
    pub(crate) fn sorted(&self) -> io::Result<Sorted<'_>> {
        let mut sources = vec![Source::Memory(self.facts.iter())];
        for run in &self.runs {
            let mut run = run.try_clone()?;
            run.rewind()?;
            sources.push(Source::Disk(BufReader::with_capacity(1 << 18, run)));
        }
        Sorted::new(sources)
    }
}

/// Stable, because that sort takes advantage of parts that are sorted already.
fn sort(facts: &mut [Fact]) {
    facts.sort_by_key(Fact::order);
}

enum Source<'a> {
    Memory(std::slice::Iter<'a, Fact>),
    Disk(BufReader<File>),
}

impl Source<'_> {
    fn next(&mut self) -> io::Result<Option<Fact>> {
        match self {
            Self::Memory(facts) => Ok(facts.next().copied()),
            Self::Disk(run) => {
                let mut bytes = [0; Fact::BYTES];
                match run.read_exact(&mut bytes) {
                    Ok(()) => Ok(Some(Fact::from_bytes(&bytes))),
                    Err(err) if err.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
                    Err(err) => Err(err),
                }
            }
        }
    }
}

/// Rows of several sorted sources in one order.
pub(crate) struct Sorted<'a> {
    sources: Vec<Source<'a>>,
    heads: BinaryHeap<Reverse<Head>>,
    /// The row that ended the last version, and begins the next one.
    ahead: Option<Fact>,
}

/// The next row of a source.
struct Head {
    fact: Fact,
    source: usize,
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.fact
            .order()
            .cmp(&other.fact.order())
            .then(self.source.cmp(&other.source))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Head {}

impl<'a> Sorted<'a> {
    fn new(mut sources: Vec<Source<'a>>) -> io::Result<Self> {
        let mut heads = BinaryHeap::new();
        // With one source there is nothing to merge.
        if sources.len() > 1 {
            for (source, rows) in sources.iter_mut().enumerate() {
                heads.extend(rows.next()?.map(|fact| Reverse(Head { fact, source })));
            }
        }
        Ok(Self {
            sources,
            heads,
            ahead: None,
        })
    }

    /// The next row; none at the end.
    fn next(&mut self) -> io::Result<Option<Fact>> {
        if let [only] = self.sources.as_mut_slice() {
            return only.next();
        }
        let Some(mut head) = self.heads.peek_mut() else {
            return Ok(None);
        };
        let fact = head.0.fact;
        match self.sources[head.0.source].next()? {
            Some(next) => head.0.fact = next,
            None => {
                PeekMut::pop(head);
            }
        }
        Ok(Some(fact))
    }

    /// Fills `version` with the rows of the next version of a delivery: one unit, one file.
    /// False at the end.
    pub(crate) fn next_version(&mut self, version: &mut Vec<Fact>) -> io::Result<bool> {
        version.clear();
        if self.ahead.is_none() {
            self.ahead = self.next()?;
        }
        let Some(first) = self.ahead.take() else {
            return Ok(false);
        };
        version.push(first);
        while let Some(fact) = self.next()? {
            if fact.unit() != first.unit() || fact.file != first.file {
                self.ahead = Some(fact);
                break;
            }
            version.push(fact);
        }
        Ok(true)
    }
}

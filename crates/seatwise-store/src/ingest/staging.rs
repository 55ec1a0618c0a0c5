//! Checked rows on their way into a table, sorted by delivery: in memory and, beyond a limit, on
//! the disk.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::collections::hash_map::HashMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use foldhash::fast::RandomState;

use crate::model::fact::{DeliveryKey, Fact, RowPlace};
use crate::model::limits::LARGEST_DELIVERY;

/// The default number of rows in memory, 56 bytes each; a delivery counts as two rows. More rows
/// are sorted and written to the disk.
pub(crate) const ROWS_IN_MEMORY: usize = 1 << 20;

/// Rows of one import, which can be read back in order any number of times.
pub(crate) struct Staging {
    facts: Vec<Fact>,
    /// The number of each row's delivery.
    delivery_of: Vec<u32>,
    /// The keys of the deliveries, by number.
    deliveries: Vec<DeliveryKey>,
    /// The number of rows of each in memory, by number.
    sizes: Vec<usize>,
    numbers: HashMap<DeliveryKey, u32, RandomState>,
    order: InOrder,
    runs: Vec<File>,
    rows_in_memory: usize,
    folder: PathBuf,
}

/// The order of the rows in memory.
#[derive(Default)]
struct InOrder {
    /// The deliveries, each with the end of its rows in `rows`.
    deliveries: Vec<(DeliveryKey, usize)>,
    /// The indexes of the rows: delivery by delivery, in order of arrival.
    rows: Vec<u32>,
}

impl Staging {
    /// Rows beyond `rows_in_memory` go to unnamed files in `folder`, which are removed with the
    /// process.
    pub(crate) fn new(folder: &Path, rows_in_memory: usize) -> Self {
        Self {
            facts: Vec::new(),
            delivery_of: Vec::new(),
            deliveries: Vec::new(),
            sizes: Vec::new(),
            numbers: HashMap::default(),
            order: InOrder::default(),
            runs: Vec::new(),
            rows_in_memory,
            folder: folder.to_owned(),
        }
    }

    /// Adds a row, whose `line` is that in its file; returns false if its delivery is
    /// [full](LARGEST_DELIVERY).
    ///
    /// # Errors
    /// If rows cannot be written to the disk.
    pub(crate) fn push(&mut self, key: DeliveryKey, mut fact: Fact) -> io::Result<bool> {
        if self.facts.len() + 2 * self.deliveries.len() >= self.rows_in_memory {
            self.spill()?;
        }
        let (file, line) = (key.file, fact.line);
        fact.line = RowPlace { file, line }.number();
        let number = match self.delivery_of.last() {
            // Most rows belong to the delivery of the previous row.
            Some(last) if self.deliveries[*last as usize] == key => *last,
            _ => *self.numbers.entry(key).or_insert_with(|| {
                self.deliveries.push(key);
                self.sizes.push(0);
                self.deliveries.len() as u32 - 1
            }),
        };
        let size = &mut self.sizes[number as usize];
        if *size >= LARGEST_DELIVERY {
            return Ok(false);
        }
        *size += 1;
        self.delivery_of.push(number);
        self.facts.push(fact);
        Ok(true)
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
        self.sizes.clear();
        self.numbers.clear();
        self.order = InOrder::default();
        Ok(())
    }

    /// Sorts the rows in memory. Call it before [`sorted`](Self::sorted).
    ///
    /// There are far fewer deliveries than rows: only their keys are compared, and each row then
    /// moves directly to its position.
    pub(crate) fn sort(&mut self) {
        let mut numbers: Vec<u32> = (0..self.deliveries.len() as u32).collect();
        numbers.sort_unstable_by_key(|number| self.deliveries[*number as usize]);
        let mut end = 0;
        let mut next = vec![0; self.sizes.len()];
        self.order.deliveries.clear();
        for number in numbers {
            let number = number as usize;
            next[number] = end;
            end += self.sizes[number];
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

    /// Frees the memory that only further rows would need. Call it after the last
    /// [`sort`](Self::sort); no row can be added then.
    pub(crate) fn close(&mut self) {
        self.delivery_of = Vec::new();
        self.deliveries = Vec::new();
        self.sizes = Vec::new();
        self.numbers = HashMap::default();
    }

    /// All rows by delivery, in the order of the last [`sort`](Self::sort).
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
        // The last rows are in memory, so they come last in each delivery too.
        sources.push(Source::Memory {
            staging: self,
            delivery: 0,
        });
        Sorted::new(sources)
    }
}

/// A source of sorted deliveries, each a key with its rows.
enum Source<'a> {
    Memory {
        staging: &'a Staging,
        /// The index of the next delivery in the order.
        delivery: usize,
    },
    Disk {
        run: BufReader<File>,
        /// The number of remaining rows of the current delivery.
        rows: u64,
    },
}

impl Source<'_> {
    /// The key of the next delivery; `None` at the end.
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

    /// Appends the rows of the delivery whose key was returned last.
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

/// The deliveries of several sources, merged in order.
pub(crate) struct Sorted<'a> {
    sources: Vec<Source<'a>>,
    /// The next delivery of each source, with the index of the source.
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

    /// Returns the key of the next delivery, and fills `rows` with its rows; `None` at the end.
    pub(crate) fn next(&mut self, rows: &mut Vec<Fact>) -> io::Result<Option<DeliveryKey>> {
        rows.clear();
        let Some(Reverse((key, _))) = self.heads.peek().copied() else {
            return Ok(None);
        };
        // Several sources may have parts of one delivery.
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

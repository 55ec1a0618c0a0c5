//! Batches of deliveries on their way into a table, small enough to compare with existing rows in
//! bounded memory.

use std::io;
use std::ops::{ControlFlow, Range};
use std::sync::mpsc::sync_channel;
use std::thread;

use crate::ingest::bounds::Areas;
use crate::ingest::checked::Checked;
use crate::ingest::contradiction::add_up;
use crate::ingest::whole_deliveries::{Deliveries, ImportedDelivery};
use crate::model::content_hash::{ContentHash, UnitText};
use crate::model::fact::{Fact, Unit};
use crate::model::texts::Texts;

/// The number of rows after which a batch ends, 48 bytes each.
const ROWS_IN_BATCH: usize = 128 << 10;

/// The number of deliveries after which a batch ends; the existing version of a unit takes about
/// 100 bytes.
const DELIVERIES_IN_BATCH: usize = 128 << 10;

/// Deliveries to record, in order. All versions of a unit are in the same batch.
pub(crate) struct Batch {
    rows: Vec<Fact>,
    /// Each with the end of its rows in `rows`.
    deliveries: Vec<(ImportedDelivery, usize)>,
    /// The areas of their units.
    pub(crate) areas: Areas,
}

impl Batch {
    pub(crate) fn len(&self) -> usize {
        self.deliveries.len()
    }

    /// The delivery with this index, and its rows.
    pub(crate) fn delivery(&self, number: usize) -> (ImportedDelivery, &[Fact]) {
        let start = match number {
            0 => 0,
            number => self.deliveries[number - 1].1,
        };
        let (delivery, end) = self.deliveries[number];
        (delivery, &self.rows[start..end])
    }

    /// The deliveries, each with its rows.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ImportedDelivery, &[Fact])> {
        (0..self.len()).map(|number| self.delivery(number))
    }

    /// The content hashes of the deliveries.
    pub(crate) fn hashes(&self, texts: &Texts) -> Vec<ContentHash> {
        let deliveries = self.iter();
        let hash = |(it, rows): (ImportedDelivery, &[Fact])| {
            ContentHash::of(&UnitText::new(&it.unit, texts), rows, texts)
        };
        deliveries.map(hash).collect()
    }

    /// Whether the delivery with this index has the same content as a stored one with this hash.
    pub(crate) fn is_again(&self, number: usize, stored: ContentHash, texts: &Texts) -> bool {
        let (ImportedDelivery { unit, .. }, rows) = self.delivery(number);
        stored == stored.again(&UnitText::new(&unit, texts), rows, texts)
    }

    /// The indexes of the deliveries of each unit, which are its versions in the import.
    pub(crate) fn units(&self) -> impl Iterator<Item = Range<usize>> {
        let of_one = |(a, _): &(ImportedDelivery, usize), (b, _): &(ImportedDelivery, usize)| {
            a.unit == b.unit
        };
        let mut start = 0;
        self.deliveries.chunk_by(of_one).map(move |versions| {
            let of_unit = start..start + versions.len();
            start = of_unit.end;
            of_unit
        })
    }
}

/// Splits checked rows into batches.
pub(crate) struct Batches<'a> {
    deliveries: Deliveries<'a>,
    /// Whether to add up rows product by product, as for months.
    adds_up: bool,
}

impl<'a> Batches<'a> {
    pub(crate) fn of(checked: &'a Checked) -> io::Result<Self> {
        Ok(Self {
            adds_up: checked.kind.is_of_months(),
            ..Self::as_read(checked)?
        })
    }

    /// Batches with the rows as they were read, before they are added up.
    pub(crate) fn as_read(checked: &'a Checked) -> io::Result<Self> {
        Ok(Self {
            deliveries: Deliveries::of(checked)?,
            adds_up: false,
        })
    }

    /// Passes each batch to `take`, in order, until it breaks off or fails. Meanwhile another thread
    /// reads the next one.
    pub(crate) fn for_each<E>(
        mut self,
        mut take: impl FnMut(io::Result<Batch>) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let (send, batches) = sync_channel(0);
        thread::scope(|threads| {
            threads.spawn(move || {
                while let Some(batch) = self.next().transpose() {
                    let is_last = batch.is_err();
                    if send.send(batch).is_err() || is_last {
                        break;
                    }
                }
            });
            for batch in batches {
                if take(batch)?.is_break() {
                    break;
                }
            }
            Ok(())
        })
    }

    /// The next batch; `None` at the end. It is empty if all its deliveries are bad.
    pub(crate) fn next(&mut self) -> io::Result<Option<Batch>> {
        let mut batch = Batch {
            rows: Vec::new(),
            deliveries: Vec::new(),
            areas: Areas::default(),
        };
        let mut last: Option<Unit> = None;
        while let Some(unit) = self.deliveries.next_unit() {
            let is_full = batch.rows.len() >= ROWS_IN_BATCH || batch.len() >= DELIVERIES_IN_BATCH;
            if is_full && last != Some(unit) {
                break;
            }
            last = Some(unit);
            self.take(&mut batch)?;
        }
        Ok(last.map(|_| batch))
    }

    fn take(&mut self, batch: &mut Batch) -> io::Result<()> {
        let start = batch.rows.len();
        let Some(delivery) = self.deliveries.next(&mut batch.rows)? else {
            return Ok(());
        };
        if delivery.bad.is_some() {
            batch.rows.truncate(start);
            return Ok(());
        }
        if self.adds_up {
            let mut rows = batch.rows.split_off(start);
            // The check has already marked what cannot be added up as bad.
            if add_up(&mut rows).is_err() {
                return Ok(());
            }
            batch.rows.append(&mut rows);
        }
        batch.areas.push(&delivery.unit);
        batch.deliveries.push((delivery, batch.rows.len()));
        Ok(())
    }
}

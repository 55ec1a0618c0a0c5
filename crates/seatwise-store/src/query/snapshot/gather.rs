//! Reads the rows of a snapshot from a table.

use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::prelude::{col, lit};
use foldhash::fast::RandomState;
use jiff::Timestamp;
use seatwise_types::{CustomerId, ProcessedDateTime};

use super::customer::{COST_OF_A_CUSTOMER, CustomerBuilder};
use super::vocabulary::Vocabulary;
use super::{Delivery, Feed, Memory, Row, Snapshot};
use crate::model::axes::{Axes, whole_millisecond};
use crate::model::columns::{CHANNEL, CUSTOMER_NAME, SERVICE, TEXTS};
use crate::model::days::days;
use crate::model::error::{Cause, StoreError};
use crate::model::kind::Kind;
use crate::query::moment::Moment;
use crate::table::checksum::damage;
use crate::table::delivery_numbers::DeliveryNumbers;
use crate::table::delta::Table;
use crate::table::engine::{Engine, Reserved};
use crate::table::session::each_selected;
use crate::table::stored_row::{self, StoredRow};

const ACTION: &str = "read its rows";

/// A row as read.
struct FoundRow {
    /// The index of its delivery in [`Gathered::deliveries`].
    delivery: u32,
    /// Its position in the delivery.
    position: i32,
    row: Row,
}

/// A delivery as read.
pub(super) struct FoundDelivery {
    pub(super) customer: CustomerId,
    pub(super) delivery: Delivery,
    /// The smallest position of its rows.
    first: i32,
}

/// The key of a delivery: its number in the table, its customer, and the number of its service and
/// channel.
type DeliveryKey = (i64, CustomerId, u32);

/// The rows and deliveries read so far.
pub(super) struct Gathered {
    pub(super) vocabulary: Vocabulary,
    pub(super) feeds: Vec<Feed>,
    pub(super) deliveries: Vec<FoundDelivery>,
    /// The indexes of deliveries, and the numbers of services and channels.
    places: HashMap<DeliveryKey, u32, RandomState>,
    numbers: HashMap<[u32; 2], u32, RandomState>,
    rows: Vec<FoundRow>,
    /// The number of rows read, including those that mark empty deliveries.
    pub(super) read: u64,
    memory: Reserved,
}

impl Snapshot {
    /// Reads the rows of the deliveries that count.
    pub(super) async fn read(
        engine: &Engine,
        table: &Table,
        moment: Moment,
        deliveries: &DeliveryNumbers,
    ) -> Result<Self, StoreError> {
        let mut gathered = Gathered::new(engine, Vocabulary::default(), Vec::new());
        // All rows of these deliveries are seen.
        let take = |batch: &_| gathered.take(table.kind, Axes::default(), batch);
        let texts = 0..TEXTS.len();
        deliveries
            .each_batch(engine.session(), table, texts, None, ACTION, take)
            .await?;
        let mut snapshot = Self::at(engine, table, moment);
        snapshot.memory = Memory {
            shared: Arc::new(gathered.reserve(engine)?),
            own: engine.reservation("rows that count"),
        };
        let order = gathered.in_order();
        snapshot.customers = order
            .chunk_by(|a, b| gathered.customer(a) == gathered.customer(b))
            .map(|found| {
                let mut customer = CustomerBuilder::new(gathered.customer(&found[0]));
                for one in found {
                    customer.add(gathered.delivery(one), gathered.rows_of(one));
                }
                Arc::new(customer.build(&gathered.vocabulary))
            })
            .collect();
        snapshot.rows = gathered.rows.len();
        snapshot.feeds = gathered.feeds;
        snapshot.vocabulary = Arc::new(gathered.vocabulary);
        Ok(snapshot)
    }
}

/// A delivery in sorted order, with the range of its rows.
pub(super) struct InOrder {
    place: u32,
    rows: Range<usize>,
}

impl Gathered {
    pub(super) fn new(engine: &Engine, vocabulary: Vocabulary, feeds: Vec<Feed>) -> Self {
        Self {
            vocabulary,
            deliveries: Vec::new(),
            places: HashMap::default(),
            numbers: feeds.iter().map(Feed::texts).zip(0..).collect(),
            feeds,
            rows: Vec::new(),
            read: 0,
            memory: engine.reservation("rows that are read"),
        }
    }

    /// Reads the rows of deliveries with a larger number, and takes those that are seen.
    pub(super) async fn added_after(
        &mut self,
        engine: &Engine,
        table: &Table,
        axes: Axes,
        after: i64,
    ) -> Result<(), StoreError> {
        let files = table.files.iter();
        let files = files.filter(|file| *file.numbers().end() > after);
        let columns = stored_row::columns(table.kind, 0..TEXTS.len());
        let added = col("delivery_id").gt(lit(after));
        let take = |batch: &_| self.take(table.kind, axes, batch);
        each_selected(
            engine.session(),
            table,
            files.collect(),
            &columns,
            added,
            ACTION,
            take,
        )
        .await
    }

    /// Adds the rows of a batch.
    fn take(&mut self, kind: Kind, axes: Axes, batch: &RecordBatch) -> Result<(), Cause> {
        self.make_room(batch.num_rows())?;
        Ok(self.decode(kind, axes, batch)?)
    }

    /// Reserves memory for more rows, and for what exists so far.
    fn make_room(&mut self, more: usize) -> Result<(), StoreError> {
        let needed = self.rows.len() + more;
        let mut capacity = self.rows.capacity();
        if needed > capacity {
            capacity = needed.max(capacity + capacity / 2);
        }
        let of_delivery = size_of::<FoundDelivery>() + 2 * size_of::<(DeliveryKey, u32)>();
        self.memory.resize(
            capacity * size_of::<FoundRow>()
                + self.deliveries.capacity() * of_delivery
                + self.vocabulary.bytes(),
        )?;
        self.rows.reserve_exact(capacity - self.rows.len());
        Ok(())
    }

    /// Adds the rows of a batch that are seen.
    ///
    /// # Errors
    /// If a row has an impossible value: no such row is stored.
    fn decode(&mut self, kind: Kind, axes: Axes, batch: &RecordBatch) -> io::Result<()> {
        let mut last_delivery: Option<(DeliveryKey, u32)> = None;
        let mut last_feed: Option<([u32; 2], u32)> = None;
        for row in stored_row::rows(kind, batch)? {
            let row = row?;
            self.read += 1;
            if !sees(axes, &row)? {
                continue;
            }
            let mut text = [0; 8];
            for (column, value) in row.text.into_iter().enumerate() {
                let texts = &mut self.vocabulary.texts;
                text[column] = texts.number(column, value.as_bytes()).unwrap_or(0);
            }
            let of_feed = [text[SERVICE], text[CHANNEL]];
            let feed = match last_feed {
                Some((texts, feed)) if texts == of_feed => feed,
                _ => self.feed(of_feed),
            };
            last_feed = Some((of_feed, feed));
            let newest = &mut self.feeds[feed as usize].newest;
            *newest = row.day.max(*newest);
            let name = text[CUSTOMER_NAME];
            let key = (row.delivery, row.customer, feed);
            let place = match last_delivery {
                Some((last, place)) if last == key => place,
                _ => self.place(key, &row, name)?,
            };
            last_delivery = Some((key, place));
            let found = &mut self.deliveries[place as usize];
            found.note(row.position, processed(&row)?, name, &self.vocabulary);
            let Some((part, whole)) = row.counts else {
                continue;
            };
            self.rows.push(FoundRow {
                delivery: place,
                position: row.position,
                row: Row {
                    group: self.vocabulary.group(text),
                    name,
                    part,
                    whole,
                    processed: row.processed,
                },
            });
        }
        Ok(())
    }

    /// The number of a service and channel.
    fn feed(&mut self, texts: [u32; 2]) -> u32 {
        let next = self.feeds.len() as u32;
        *self.numbers.entry(texts).or_insert_with(|| {
            let [service, channel] = texts;
            self.feeds.push(Feed {
                service,
                channel,
                newest: i32::MIN,
            });
            next
        })
    }

    /// The index of a delivery, added if it is new.
    fn place(&mut self, key: DeliveryKey, row: &StoredRow<'_>, name: u32) -> io::Result<u32> {
        if let Some(known) = self.places.get(&key) {
            return Ok(*known);
        }
        let place = self.deliveries.len() as u32;
        let (number, customer, feed) = key;
        let recorded_at = recorded_at(row)?;
        let processed = processed(row)?;
        self.deliveries.push(FoundDelivery {
            customer,
            delivery: Delivery {
                feed,
                day: row.day,
                processed,
                number,
                recorded_at,
                name,
                named_at: processed,
                rows: 0..0,
            },
            first: i32::MAX,
        });
        self.places.insert(key, place);
        Ok(place)
    }

    /// Reserves the memory of the finished snapshot.
    fn reserve(&self, engine: &Engine) -> Result<Reserved, StoreError> {
        let mut memory = engine.reservation("rows that count");
        let customers = self.deliveries.len();
        memory.resize(
            self.rows.len() * size_of::<Row>()
                + self.deliveries.len() * size_of::<Delivery>()
                + customers * COST_OF_A_CUSTOMER
                + self.vocabulary.bytes(),
        )?;
        Ok(memory)
    }

    /// All deliveries by customer, service and channel, newest first. Sorts their rows in the order
    /// of delivery.
    pub(super) fn in_order(&mut self) -> Vec<InOrder> {
        // Lookups are over.
        self.places = HashMap::default();
        let feeds = self.feeds_in_order();
        let mut order: Vec<u32> = (0..self.deliveries.len() as u32).collect();
        order.sort_unstable_by_key(|place| {
            let FoundDelivery {
                customer, delivery, ..
            } = &self.deliveries[*place as usize];
            let feed = feeds[delivery.feed as usize];
            (*customer, feed, -delivery.day, -delivery.number)
        });
        let mut ranks = vec![0_u32; order.len()];
        for (rank, place) in (0..).zip(&order) {
            ranks[*place as usize] = rank;
        }
        for row in &mut self.rows {
            row.delivery = ranks[row.delivery as usize];
        }
        self.rows
            .sort_unstable_by_key(|row| (row.delivery, row.position));
        let mut end = 0;
        let in_order = (0_u32..).zip(order).map(|(rank, place)| {
            let start = end;
            end += self.rows[start..]
                .iter()
                .take_while(|row| row.delivery == rank)
                .count();
            InOrder {
                place,
                rows: start..end,
            }
        });
        in_order.collect()
    }

    /// The rank of each service and channel in alphabetical order.
    pub(super) fn feeds_in_order(&self) -> Vec<u32> {
        let texts = |feed: &Feed| {
            let texts = &self.vocabulary.texts;
            (
                texts.text(SERVICE, feed.service),
                texts.text(CHANNEL, feed.channel),
            )
        };
        let mut order: Vec<usize> = (0..self.feeds.len()).collect();
        order.sort_unstable_by_key(|number| texts(&self.feeds[*number]));
        let mut places = vec![0; order.len()];
        for (place, number) in (0..).zip(order) {
            places[number] = place;
        }
        places
    }

    pub(super) fn customer(&self, one: &InOrder) -> CustomerId {
        self.deliveries[one.place as usize].customer
    }

    pub(super) fn delivery(&self, one: &InOrder) -> &Delivery {
        &self.deliveries[one.place as usize].delivery
    }

    pub(super) fn rows_of(&self, one: &InOrder) -> impl ExactSizeIterator<Item = Row> {
        self.rows[one.rows.clone()].iter().map(|found| found.row)
    }
}

fn processed(row: &StoredRow<'_>) -> io::Result<ProcessedDateTime> {
    let processed = ProcessedDateTime::from_microsecond(row.processed);
    processed.map_err(|_| damage("a row has no time"))
}

fn recorded_at(row: &StoredRow<'_>) -> io::Result<Timestamp> {
    let recorded_at = Timestamp::from_microsecond(row.recorded);
    recorded_at.map_err(|_| damage("a row has no time"))
}

/// Whether a row is of a day, and was recorded at an instant, that a point on the axes sees.
fn sees(axes: Axes, row: &StoredRow<'_>) -> io::Result<bool> {
    let is_known = match axes.known_at {
        None => true,
        Some(_) => axes.knows(whole_millisecond(recorded_at(row)?)),
    };
    Ok(is_known && axes.as_of.is_none_or(|as_of| row.day <= days(as_of)))
}

impl FoundDelivery {
    /// Updates the delivery's processed date and newest name from a row.
    fn note(&mut self, position: i32, at: ProcessedDateTime, name: u32, words: &Vocabulary) {
        if position < self.first {
            self.first = position;
            self.delivery.processed = at;
        }
        let text = |name| words.texts.text(CUSTOMER_NAME, name);
        let (named_at, named) = (self.delivery.named_at, self.delivery.name);
        // Of two equally new names, the last in alphabetical order.
        if (named_at, text(named)) < (at, text(name)) {
            (self.delivery.named_at, self.delivery.name) = (at, name);
        }
    }
}

//! The rows that count, in memory, for answers about single customers and for answers with rows.
//!
//! A snapshot has one version of a table and never changes. The snapshot of a later version shares
//! all customers without new deliveries with it ([`follow`]).

mod counted;
mod customer;
mod follow;
mod gather;
mod groups;
mod read;
mod select;
mod vocabulary;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use seatwise_types::extensions::Selection;
use seatwise_types::{CustomerId, ProcessedDateTime};

use self::vocabulary::Vocabulary;
use crate::model::axes::whole_millisecond;
use crate::model::columns::{CHANNEL, CUSTOMER_NAME, SERVICE};
use crate::model::days::day;
use crate::model::limits::LATE_AFTER_DAYS;
use crate::model::selection::selects;
use crate::query::moment::Moment;
use crate::table::covers::Covers;
use crate::table::delta::Table;
use crate::table::engine::{Engine, Reserved};

pub(crate) use self::counted::Counted;
pub(crate) use self::select::wire_text;
pub use self::select::{Selected, SnapshotRow};

/// The rows of one partner and kind that count, at one version of its table.
///
/// They are ordered by customer, service, channel and position in their delivery. The order is the
/// same for each read of a version.
pub struct Snapshot {
    version: Option<u64>,
    recorded_at: Option<Timestamp>,
    /// The rows of the table that it was made of; `None` without a table.
    covers: Option<Covers>,
    moment: Moment,
    vocabulary: Arc<Vocabulary>,
    feeds: Vec<Feed>,
    /// Ordered by id.
    customers: Vec<Arc<Customer>>,
    /// The number of rows.
    rows: usize,
    memory: Memory,
}

/// The memory of a snapshot.
struct Memory {
    /// Of the snapshot that was read in full. Later ones share its customers.
    shared: Arc<Reserved>,
    /// Of the updates since.
    own: Reserved,
}

/// A service and channel.
#[derive(Debug, Clone, Copy)]
struct Feed {
    /// The numbers of both texts.
    service: u32,
    channel: u32,
    /// The newest day of a delivery of any customer, in days since 1970.
    newest: i32,
}

impl Feed {
    /// The numbers of both texts.
    fn texts(&self) -> [u32; 2] {
        [self.service, self.channel]
    }
}

/// The rows of a customer that count.
struct Customer {
    id: CustomerId,
    /// The number of the newest name.
    name: u32,
    /// The processed date of that name.
    processed: ProcessedDateTime,
    /// Its newest delivery of each service and channel, in the order of their texts.
    deliveries: Box<[Delivery]>,
    /// Grouped by delivery.
    rows: Box<[Row]>,
}

/// A customer's newest delivery of a service and channel.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    /// The number of its service and channel.
    pub(crate) feed: u32,
    /// Days since 1970.
    pub(crate) day: i32,
    pub(crate) processed: ProcessedDateTime,
    /// The number of the delivery in its table.
    pub(crate) number: i64,
    pub(crate) recorded_at: Timestamp,
    /// The number of the customer's newest name in it, and the processed date of that name.
    name: u32,
    named_at: ProcessedDateTime,
    /// The range in the customer's rows; empty if the delivery is empty.
    rows: Range<u32>,
}

/// A row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// The number of its texts in the [`Vocabulary`], without the customer's name.
    pub(crate) group: u32,
    /// The number of the customer's name.
    name: u32,
    pub(crate) part: u32,
    pub(crate) whole: u32,
    /// The processed date, in microseconds since 1970.
    processed: i64,
}

/// A customer with a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownCustomer<'a> {
    /// Its tenant.
    pub id: CustomerId,
    /// Its newest name.
    pub name: &'a str,
    /// The processed date of that name.
    pub processed: ProcessedDateTime,
}

impl<'a> KnownCustomer<'a> {
    /// The customers of several tables by id, each with its newest name: of equally new names, that
    /// of the earlier table.
    pub fn of_all(
        tables: impl IntoIterator<Item = &'a Snapshot>,
    ) -> BTreeMap<CustomerId, KnownCustomer<'a>> {
        let mut found = BTreeMap::new();
        for known in tables.into_iter().flat_map(Snapshot::customers) {
            let newest = found.entry(known.id).or_insert(known);
            *newest = newest.or_newer(known);
        }
        found
    }

    /// The one with the newer name; the first if both are equally new.
    pub fn or_newer(self, other: Self) -> Self {
        if self.processed < other.processed {
            other
        } else {
            self
        }
    }
}

impl Snapshot {
    fn none(engine: &Engine, moment: Moment) -> Self {
        let nothing = || engine.reservation("rows that count");
        Self {
            version: None,
            recorded_at: None,
            covers: None,
            moment,
            vocabulary: Arc::default(),
            feeds: Vec::new(),
            customers: Vec::new(),
            rows: 0,
            memory: Memory {
                shared: Arc::new(nothing()),
                own: nothing(),
            },
        }
    }

    /// An empty snapshot at a version of a table.
    fn at(engine: &Engine, table: &Table, moment: Moment) -> Self {
        Self {
            version: Some(table.version()),
            recorded_at: table.last_recorded().map(whole_millisecond),
            covers: Some(Covers::all_of(table)),
            ..Self::none(engine, moment)
        }
    }

    /// The snapshot's share of the memory for questions in bytes, including what it shares with
    /// other versions.
    pub fn bytes(&self) -> usize {
        self.memory.shared.bytes() + self.memory.own.bytes()
    }

    /// The number of rows, including those of late customers.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The version of the table; `None` if there is no table yet.
    pub fn version(&self) -> Option<u64> {
        self.version
    }

    /// When the last delivery of the table at this version was recorded, regardless of the moment;
    /// `None` if there is none. These rows are what was known then.
    pub fn recorded_at(&self) -> Option<Timestamp> {
        self.recorded_at
    }

    /// The newest processed date of any customer's delivery in the selected services and channels;
    /// `None` if there is none.
    pub fn newest_day(&self, selection: &Selection) -> Option<Date> {
        let feeds = (0..).zip(&self.feeds);
        let feeds = feeds.filter(|(number, _)| selects(selection, self.feed(*number)));
        feeds.map(|(_, feed)| day(feed.newest)).max()
    }

    /// The customers with a delivery, by id, even if their newest deliveries are empty.
    pub fn customers(&self) -> impl ExactSizeIterator<Item = KnownCustomer<'_>> {
        self.customers.iter().map(|customer| self.known(customer))
    }

    /// A customer with a delivery; `None` if there is none.
    pub fn customer(&self, id: CustomerId) -> Option<KnownCustomer<'_>> {
        let place = self.place(id)?;
        Some(self.known(&self.customers[place]))
    }

    /// The rows of a customer, current or late, in order; empty if it is unknown.
    pub fn rows_of(&self, id: CustomerId) -> impl Iterator<Item = SnapshotRow<'_>> {
        let place = self.place(id);
        let rows = place.map_or(&[][..], |place| &self.customers[place].rows);
        let place = place.unwrap_or_default() as u32;
        rows.iter().map(move |row| self.row(place, row))
    }

    fn place(&self, id: CustomerId) -> Option<usize> {
        let found = self.customers.binary_search_by_key(&id, |known| known.id);
        found.ok()
    }

    fn known(&self, customer: &Customer) -> KnownCustomer<'_> {
        KnownCustomer {
            id: customer.id,
            name: self.text(CUSTOMER_NAME, customer.name),
            processed: customer.processed,
        }
    }

    /// The service and channel with this number.
    pub(crate) fn feed(&self, number: u32) -> (&str, &str) {
        let feed = &self.feeds[number as usize];
        (
            self.text(SERVICE, feed.service),
            self.text(CHANNEL, feed.channel),
        )
    }

    /// Whether a delivery of a day, in days since 1970, is too old to count among all customers.
    fn is_too_old(&self, feed: &Feed, day: i32) -> bool {
        matches!(self.moment, Moment::At(_)) && day < feed.newest - i32::from(LATE_AFTER_DAYS)
    }

    /// All services and channels, by number.
    pub(crate) fn feeds(&self) -> impl Iterator<Item = (&str, &str)> {
        (0..self.feeds.len() as u32).map(|number| self.feed(number))
    }

    fn text(&self, column: usize, number: u32) -> &str {
        self.vocabulary.texts.text(column, number)
    }
}

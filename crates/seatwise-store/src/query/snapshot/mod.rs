//! The rows that count, in memory, for answers about single customers and for answers with rows.
//!
//! A snapshot has one version of a table and never changes. The snapshot of a later version shares
//! all customers without new deliveries with it ([`follow`]).

mod customer;
mod follow;
mod gather;
mod select;
mod vocabulary;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use seatwise_types::extensions::Selection;
use seatwise_types::{CustomerId, PartnerId, ProcessedDateTime};

use self::vocabulary::Vocabulary;
use crate::model::axes::{Axes, whole_millisecond};
use crate::model::columns::{CHANNEL, CODE, CUSTOMER_NAME, PRODUCT, PRODUCT_ID, SERVICE, WORKLOAD};
use crate::model::days::day;
use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::model::limits::LATE_AFTER_DAYS;
use crate::model::selection::selects;
use crate::query::counting::Counting;
use crate::query::workload::Naming;
use crate::table::covers::Covers;
use crate::table::delta::Table;
use crate::table::engine::{Engine, Reserved};
use crate::table::store::Store;

pub(crate) use self::select::spelling;
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

/// Which rows count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moment {
    /// Those of each customer's newest delivery of each service and channel, at a point on the axes
    /// of time.
    At(Axes),
    /// Those of the deliveries with this processed date, in UTC.
    Day(Date),
}

impl Moment {
    /// The present.
    pub const NEWEST: Self = Self::At(Axes {
        as_of: None,
        known_at: None,
    });
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

/// A newest delivery of a customer, current or late.
#[derive(Clone, Copy)]
pub(crate) struct Counted<'a> {
    snapshot: &'a Snapshot,
    /// The index of the customer.
    place: u32,
    customer: &'a Customer,
    pub(crate) delivery: &'a Delivery,
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

impl Store {
    /// The rows that count at a version of a partner's table; `None` is the newest version. Empty
    /// without a table, and at version 0 of every table.
    ///
    /// `before` may be the snapshot of an earlier version. If the table only grew since, only the
    /// added rows are read.
    ///
    /// # Errors
    /// If the table does not have the version, or no longer has it, or cannot be read.
    ///
    /// # Example
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// use seatwise_store::{Kind, Moment, Store};
    ///
    /// let store = Store::create(&folder.path().join("data"))?;
    /// let partner = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse()?;
    /// let now = store.read_snapshot(partner, Kind::Usage, Moment::NEWEST, None, None).await?;
    /// assert_eq!(now.version(), None);
    /// assert_eq!(now.customers().len(), 0);
    /// # Ok(()) }
    /// ```
    pub async fn read_snapshot(
        &self,
        partner: PartnerId,
        kind: Kind,
        moment: Moment,
        version: Option<u64>,
        before: Option<Arc<Snapshot>>,
    ) -> Result<Snapshot, StoreError> {
        let no_version = |version| StoreError::NoVersion {
            partner,
            table: kind,
            version,
        };
        let before = &before;
        let read = move |table: Table| async move {
            let (engine, before) = (Arc::clone(self.engine()), before.clone());
            let ledger = self.ledger(&table).await?;
            let work = async move {
                if let Some(before) = before
                    && let Some(followed) = before.follow(&engine, &table, moment).await?
                {
                    return Ok(followed);
                }
                let counting = Counting::at(moment, ledger.as_deref(), &table);
                // Lets other tasks update the ledger while rows are read.
                drop(ledger);
                let deliveries = counting.deliveries(&engine, &table).await?;
                Snapshot::read(&engine, &table, moment, &deliveries).await
            };
            self.question("read rows of", Box::pin(work)).await
        };
        let Some(version) = version else {
            let newest = self.with_newest(partner, kind, read).await?;
            return Ok(newest.unwrap_or_else(|| Snapshot::none(self.engine(), moment)));
        };
        let table = match self.table(partner, kind).await? {
            // Version 0 of every table is empty, like a missing table.
            None if version == 0 => return Ok(Snapshot::none(self.engine(), moment)),
            None => None,
            Some(newest) if version == newest.version() => Some(newest),
            Some(newest) => newest.at(version).await?,
        };
        let table = table.ok_or_else(|| no_version(version))?;
        // An erasure may have removed files during the read.
        read(table)
            .await
            .map_err(|err| match self.has_version(partner, kind, version) {
                true => err,
                false => no_version(version),
            })
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

    /// The newest deliveries of all customers, including late ones.
    pub(crate) fn deliveries(&self) -> impl Iterator<Item = Counted<'_>> {
        self.deliveries_at(self.places(None))
    }

    /// The newest deliveries of a customer.
    pub(crate) fn deliveries_of(&self, id: CustomerId) -> impl Iterator<Item = Counted<'_>> {
        self.deliveries_at(self.places(Some(id)))
    }

    /// The newest deliveries in the selected services, channels and customers.
    pub(crate) fn selected_deliveries(
        &self,
        selection: &Selection,
    ) -> impl Iterator<Item = Counted<'_>> {
        let all = self.deliveries_at(self.places(selection.customer));
        all.filter(move |it| selects(selection, it.feed()))
    }

    /// The index of a customer as a range, empty if it is unknown; all indexes without a customer.
    fn places(&self, of: Option<CustomerId>) -> Range<usize> {
        let Some(id) = of else {
            return 0..self.customers.len();
        };
        let place = self.place(id).map(|place| place..place + 1);
        place.unwrap_or_default()
    }

    /// The newest deliveries of a range of customers.
    fn deliveries_at(&self, places: Range<usize>) -> impl Iterator<Item = Counted<'_>> {
        let customers = places.clone().zip(&self.customers[places]);
        customers.flat_map(move |(place, customer)| {
            let deliveries = customer.deliveries.iter();
            deliveries.map(move |delivery| Counted {
                snapshot: self,
                place: place as u32,
                customer,
                delivery,
            })
        })
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

    /// The numbers of a row's texts, without the customer's name; 0 is absent.
    pub(crate) fn numbers(&self, row: &Row) -> &[u32; 8] {
        &self.vocabulary.groups()[row.group as usize]
    }

    /// The number of groups of texts, without the customer's name: an upper bound of
    /// [`Row::group`].
    pub(crate) fn groups(&self) -> usize {
        self.vocabulary.groups().len()
    }

    /// The groups of these rows, each once.
    pub(crate) fn groups_of<'a>(&self, rows: impl Iterator<Item = &'a Row>) -> Vec<u32> {
        let mut is_one = vec![false; self.groups()];
        for row in rows {
            is_one[row.group as usize] = true;
        }
        let groups = (0..).zip(is_one).filter(|(_, is_one)| *is_one);
        groups.map(|(group, _)| group).collect()
    }

    /// The naming of the workload in a group.
    pub(crate) fn naming(&self, group: u32) -> Naming<'_> {
        let of = |column: usize| self.text_in(group, column);
        let code = Some(of(CODE)).filter(|code| !code.is_empty());
        (of(SERVICE), of(CHANNEL), code, of(WORKLOAD))
    }

    /// The groups of rows that count whose workload has this code or name. Names in late rows
    /// matter only if no current row has them.
    pub(crate) fn groups_called<'a>(
        &self,
        text: &str,
        counting: impl Iterator<Item = &'a Counted<'a>>,
        late: impl Iterator<Item = &'a Counted<'a>>,
    ) -> Vec<u32> {
        let is_called = |group: &u32| self.is_workload(*group, text);
        let mut called = self.groups_of(counting.flat_map(Counted::rows));
        called.retain(is_called);
        if called.is_empty() {
            called = self.groups_of(late.flat_map(Counted::rows));
            called.retain(is_called);
        }
        called
    }

    /// Whether a text is the code or the name of the group's workload.
    pub(crate) fn is_workload(&self, group: u32, text: &str) -> bool {
        let numbers = &self.vocabulary.groups()[group as usize];
        let is = |column: usize| self.vocabulary.texts.is(column, numbers[column], text);
        is(CODE) || is(WORKLOAD)
    }

    /// Id and name of the product of a group; empty if absent.
    pub(crate) fn product(&self, group: u32) -> [&str; 2] {
        [PRODUCT_ID, PRODUCT].map(|column| self.text_in(group, column))
    }

    fn text_in(&self, group: u32, column: usize) -> &str {
        let numbers = &self.vocabulary.groups()[group as usize];
        self.text(column, numbers[column])
    }
}

impl<'a> Counted<'a> {
    /// The id of its customer.
    pub(crate) fn id(&self) -> CustomerId {
        self.customer.id
    }

    /// The customer.
    pub(crate) fn customer(&self) -> KnownCustomer<'a> {
        self.snapshot.known(self.customer)
    }

    /// The service and channel.
    pub(crate) fn feed(&self) -> (&'a str, &'a str) {
        self.snapshot.feed(self.delivery.feed)
    }

    /// Whether it is too old to count among all customers. With [`Moment::Day`], none is.
    pub(crate) fn is_late(&self) -> bool {
        let feed = &self.snapshot.feeds[self.delivery.feed as usize];
        self.snapshot.is_too_old(feed, self.delivery.day)
    }

    /// Its rows.
    pub(crate) fn rows(&self) -> &'a [Row] {
        let Range { start, end } = self.delivery.rows;
        &self.customer.rows[start as usize..end as usize]
    }
}

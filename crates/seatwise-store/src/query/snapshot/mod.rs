//! The rows that count, in memory: for answers about single customers, and about all of them row by row.
//!
//! A snapshot is of one version of a table and never changes. The snapshot of a later version shares
//! with it all customers that nothing was delivered for since ([`follow`]).

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
use seatwise_types::own::Selection;
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

/// The rows that count, of one partner and kind, at one version of its table.
///
/// They stand in the order of their customers, services, channels and of the delivery that they
/// came with; that order is the same whenever the same version is read.
pub struct Snapshot {
    version: Option<u64>,
    recorded_at: Option<Timestamp>,
    /// Which rows of the table it is made of; none without a table.
    covers: Option<Covers>,
    moment: Moment,
    vocabulary: Arc<Vocabulary>,
    feeds: Vec<Feed>,
    /// In the order of their ids.
    customers: Vec<Arc<Customer>>,
    /// How many rows there are.
    rows: usize,
    memory: Memory,
}

/// The memory that is kept for a snapshot.
struct Memory {
    /// For the snapshot that was read last, whose customers later ones share.
    shared: Arc<Reserved>,
    /// For what came since.
    own: Reserved,
}

/// Which rows count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moment {
    /// Those of each customer's newest delivery of each service and channel, at a point on the axes
    /// of time.
    At(Axes),
    /// Those of the deliveries with this processed date, UTC.
    Day(Date),
}

impl Moment {
    /// Today, as far as it is known.
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

/// What counts of a customer.
struct Customer {
    id: CustomerId,
    /// The number of the newest name.
    name: u32,
    /// The processed date of that name.
    processed: ProcessedDateTime,
    /// Its newest delivery of each service and channel, in the order of their texts.
    deliveries: Box<[Delivery]>,
    /// Of one delivery after the other.
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
    /// Among those of the customer; none of them if it says that the customer has nothing there.
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

/// A delivery that counts, or would if it were not late.
#[derive(Clone, Copy)]
pub(crate) struct Counted<'a> {
    snapshot: &'a Snapshot,
    /// The place of the customer among all.
    place: u32,
    customer: &'a Customer,
    pub(crate) delivery: &'a Delivery,
}

/// A customer that something was delivered for.
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
    /// The customers that some of the tables know, in the order of their ids, each by its newest
    /// name: of two that are as new, by that of the earlier table.
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

    /// The one whose name is newer; of two that are as new, the first.
    pub fn or_newer(self, other: Self) -> Self {
        if self.processed < other.processed {
            other
        } else {
            self
        }
    }
}

impl Store {
    /// The rows that count at a version of a partner's table, at the newest one if none is given.
    /// Without a table there are none, as at version 0 of every table.
    ///
    /// `before` may be the snapshot of an earlier version: where the table was only added to since, only
    /// what was added is read.
    ///
    /// # Errors
    /// If the table has no such version, or no longer, or cannot be read.
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
                // Others may let it follow while rows are read.
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
            // Version 0 of every table is empty, as is no table.
            None if version == 0 => return Ok(Snapshot::none(self.engine(), moment)),
            None => None,
            Some(newest) if version == newest.version() => Some(newest),
            Some(newest) => newest.at(version).await?,
        };
        let table = table.ok_or_else(|| no_version(version))?;
        // Something was erased while its files were read.
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

    /// Of nothing yet, at a version of a table.
    fn at(engine: &Engine, table: &Table, moment: Moment) -> Self {
        Self {
            version: Some(table.version()),
            recorded_at: table.last_recorded().map(whole_millisecond),
            covers: Some(Covers::all_of(table)),
            ..Self::none(engine, moment)
        }
    }

    /// How many bytes of the memory of questions they take, with those that are shared with other
    /// versions.
    pub fn bytes(&self) -> usize {
        self.memory.shared.bytes() + self.memory.own.bytes()
    }

    /// How many rows there are, those of late customers among them.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The version of the table; none if there is no table yet.
    pub fn version(&self) -> Option<u64> {
        self.version
    }

    /// When something was recorded last in the table at this version, whatever the moment; none if
    /// nothing was. What was known then is what is in these rows.
    pub fn recorded_at(&self) -> Option<Timestamp> {
        self.recorded_at
    }

    /// The newest processed date of a delivery of any customer, in the service and channel that a
    /// selection has; none if nothing was delivered there.
    pub fn newest_day(&self, selection: &Selection) -> Option<Date> {
        let feeds = (0..).zip(&self.feeds);
        let feeds = feeds.filter(|(number, _)| selects(selection, self.feed(*number)));
        feeds.map(|(_, feed)| day(feed.newest)).max()
    }

    /// The customers that something was delivered for, in the order of their ids, also if their
    /// newest deliveries are empty.
    pub fn customers(&self) -> impl ExactSizeIterator<Item = KnownCustomer<'_>> {
        self.customers.iter().map(|customer| self.known(customer))
    }

    /// A customer that something was delivered for.
    pub fn customer(&self, id: CustomerId) -> Option<KnownCustomer<'_>> {
        let place = self.place(id)?;
        Some(self.known(&self.customers[place]))
    }

    /// The rows of a customer, late or not, in their order.
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

    /// The newest deliveries of all customers, those that are late among them.
    pub(crate) fn deliveries(&self) -> impl Iterator<Item = Counted<'_>> {
        self.deliveries_at(self.places(None))
    }

    /// Those of a customer.
    pub(crate) fn deliveries_of(&self, id: CustomerId) -> impl Iterator<Item = Counted<'_>> {
        self.deliveries_at(self.places(Some(id)))
    }

    /// Those of what a selection says of service, channel and customer.
    pub(crate) fn selected_deliveries(
        &self,
        selection: &Selection,
    ) -> impl Iterator<Item = Counted<'_>> {
        let all = self.deliveries_at(self.places(selection.customer));
        all.filter(move |it| selects(selection, it.feed()))
    }

    /// The place of a customer, none if nothing is known of it; all places if none is named.
    fn places(&self, of: Option<CustomerId>) -> Range<usize> {
        let Some(id) = of else {
            return 0..self.customers.len();
        };
        let place = self.place(id).map(|place| place..place + 1);
        place.unwrap_or_default()
    }

    /// Those of customers by their places.
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

    /// Service and channel, by their number.
    pub(crate) fn feed(&self, number: u32) -> (&str, &str) {
        let feed = &self.feeds[number as usize];
        (
            self.text(SERVICE, feed.service),
            self.text(CHANNEL, feed.channel),
        )
    }

    /// Service and channel of all feeds, by their numbers.
    pub(crate) fn feeds(&self) -> impl Iterator<Item = (&str, &str)> {
        (0..self.feeds.len() as u32).map(|number| self.feed(number))
    }

    fn text(&self, column: usize, number: u32) -> &str {
        self.vocabulary.texts.text(column, number)
    }

    /// The numbers of the texts of a row, without the customer's name; 0 is "absent".
    pub(crate) fn numbers(&self, row: &Row) -> &[u32; 8] {
        &self.vocabulary.groups()[row.group as usize]
    }

    /// How many different texts rows have, without the customer's name: [`Row::group`] is below it.
    pub(crate) fn groups(&self) -> usize {
        self.vocabulary.groups().len()
    }

    /// The numbers of texts of these rows, each once.
    pub(crate) fn groups_of<'a>(&self, rows: impl Iterator<Item = &'a Row>) -> Vec<u32> {
        let mut is_one = vec![false; self.groups()];
        for row in rows {
            is_one[row.group as usize] = true;
        }
        let groups = (0..).zip(is_one).filter(|(_, is_one)| *is_one);
        groups.map(|(group, _)| group).collect()
    }

    /// What rows of a group call their workload.
    pub(crate) fn naming(&self, group: u32) -> Naming<'_> {
        let of = |column: usize| self.text_in(group, column);
        let code = Some(of(CODE)).filter(|code| !code.is_empty());
        (of(SERVICE), of(CHANNEL), code, of(WORKLOAD))
    }

    /// The groups of these rows whose workload has this code or name: of rows of deliveries that count.
    /// What late customers call a workload matters only if no other customer has it.
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

    /// Whether this is the code or the name of the workload of a group.
    pub(crate) fn is_workload(&self, group: u32, text: &str) -> bool {
        let numbers = &self.vocabulary.groups()[group as usize];
        let is = |column: usize| self.vocabulary.texts.is(column, numbers[column], text);
        is(CODE) || is(WORKLOAD)
    }

    /// Id and name of the product of a group; empty where there is none.
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

    /// Service and channel.
    pub(crate) fn feed(&self) -> (&'a str, &'a str) {
        self.snapshot.feed(self.delivery.feed)
    }

    /// Whether it is too old to count among those of all customers. Of a day, none is.
    pub(crate) fn is_late(&self) -> bool {
        let newest = self.snapshot.feeds[self.delivery.feed as usize].newest;
        matches!(self.snapshot.moment, Moment::At(_))
            && self.delivery.day < newest - i32::from(LATE_AFTER_DAYS)
    }

    /// Its rows.
    pub(crate) fn rows(&self) -> &'a [Row] {
        let Range { start, end } = self.delivery.rows;
        &self.customer.rows[start as usize..end as usize]
    }
}

//! The rows that count, in memory: for answers about single customers, and about all of them row by row.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array as _, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Int32Type, Int64Type, TimestampMicrosecondType};
use foldhash::fast::RandomState;
use jiff::Timestamp;
use jiff::civil::Date;
use seatwise_types::own::Selection;
use seatwise_types::query::{CommercialField, Comparison, Filter, GroupBy};
use seatwise_types::{CustomerId, PartnerId, ProcessedDateTime, ServiceCode};

use crate::model::axes::{Axes, whole_millisecond};
use crate::model::columns;
use crate::model::columns::{
    CHANNEL, CODE, CUSTOMER_NAME, PRODUCT, PRODUCT_ID, SERVICE, SERVICE_NAME, WORKLOAD, canonical,
};
use crate::model::error::{Cause, StoreError};
use crate::model::kind::Kind;
use crate::model::limits::{DELIVERY_BITS, LATE_AFTER_DAYS};
use crate::model::percent::percent;
use crate::model::selection::selects;
use crate::model::texts::Texts;
use crate::query::workload::Naming;
use crate::table::checksum::damage;
use crate::table::delta::{DataFile, Table, damaged};
use crate::table::engine::{Decoded, Engine, Reserved};
use crate::table::numbered::Deliveries;
use crate::table::session::each_batch;
use crate::table::store::Store;

/// The rows that count, of one partner and kind, at one version of its table.
///
/// They stand in the order of their customers, services, channels and of the delivery that they
/// came with; that order is the same whenever the same version is read.
pub struct Facts {
    version: Option<u64>,
    recorded_at: Option<Timestamp>,
    pub(crate) texts: Texts,
    customers: Vec<Customer>,
    pub(crate) deliveries: Vec<Delivery>,
    pub(crate) rows: Vec<Row>,
    /// For all of it.
    memory: Reserved,
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

/// A delivery that counts, or would if it were not late.
pub(crate) struct Delivery {
    /// The customer's number.
    pub(crate) customer: u32,
    /// Service and channel, by their numbers in [`Texts`].
    pub(crate) service: u32,
    pub(crate) channel: u32,
    /// Days since 1970.
    pub(crate) day: i32,
    pub(crate) processed: ProcessedDateTime,
    /// The number of the delivery in its table.
    pub(crate) number: i64,
    pub(crate) recorded_at: Timestamp,
    /// None of them if it says that the customer has nothing there.
    pub(crate) rows: Range<usize>,
    /// Too old to count among those of all customers.
    pub(crate) is_late: bool,
}

struct Customer {
    id: CustomerId,
    /// The number of the newest name.
    name: u32,
    /// The processed date of that name.
    processed: ProcessedDateTime,
    rows: Range<usize>,
}

/// A row, or the sum of several; text by its number in [`Texts`], 0 where there is none.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) text: [u32; 8],
    /// The customer's number; none in a sum over several.
    pub(crate) customer: Option<u32>,
    /// None in a sum.
    pub(crate) processed: Option<ProcessedDateTime>,
    pub(crate) part: u64,
    pub(crate) whole: u64,
    /// Of a customer whose newest delivery is too old to count among those of all customers.
    is_late: bool,
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
        tables: impl IntoIterator<Item = &'a Facts>,
    ) -> BTreeMap<CustomerId, KnownCustomer<'a>> {
        let mut found = BTreeMap::new();
        for known in tables.into_iter().flat_map(Facts::customers) {
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

/// One row, or the sum of several that share the fields which it still has.
#[derive(Clone, Copy)]
pub struct Fact<'a> {
    facts: &'a Facts,
    row: &'a Row,
}

/// The rows that a question asked for.
pub struct Selected<'a> {
    facts: &'a Facts,
    picked: Picked,
}

enum Picked {
    /// Rows by their numbers.
    Rows(Vec<u32>),
    /// Sums of rows.
    Sums(Vec<Row>),
}

impl Store {
    /// The rows that count at a version of a partner's table, at the newest one if none is given.
    /// Without a table there are none, as at version 0 of every table.
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
    /// let facts = store.facts(partner, Kind::Usage, Moment::NEWEST, None).await?;
    /// assert_eq!(facts.version(), None);
    /// assert_eq!(facts.customers().len(), 0);
    /// # Ok(()) }
    /// ```
    pub async fn facts(
        &self,
        partner: PartnerId,
        kind: Kind,
        moment: Moment,
        version: Option<u64>,
    ) -> Result<Facts, StoreError> {
        let no_version = |version| StoreError::NoVersion {
            partner,
            table: kind,
            version,
        };
        let read = move |table: Table| async move {
            // The ledger knows which deliveries are the newest.
            let ledger = match moment {
                Moment::NEWEST => self.ledger(&table).await?,
                _ => None,
            };
            let ledger = ledger.filter(|ledger| ledger.is_of(&table));
            let known = ledger.map(|ledger| Deliveries::of(ledger.newest_deliveries()));
            let engine = Arc::clone(self.engine());
            let work = async move { Facts::read(&engine, &table, moment, known).await };
            self.question("read rows of", Box::pin(work)).await
        };
        let Some(version) = version else {
            let newest = self.with_newest(partner, kind, read).await?;
            return Ok(newest.unwrap_or_else(|| Facts::none(self.engine())));
        };
        let table = match self.table(partner, kind).await? {
            // Version 0 of every table is empty, as is no table.
            None if version == 0 => return Ok(Facts::none(self.engine())),
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

impl Facts {
    fn none(engine: &Engine) -> Self {
        Self {
            version: None,
            recorded_at: None,
            texts: Texts::new(canonical()),
            customers: Vec::new(),
            deliveries: Vec::new(),
            rows: Vec::new(),
            memory: engine.reservation("rows that count"),
        }
    }

    /// Reads the rows that count. Where it is not known which deliveries do, a query finds out.
    async fn read(
        engine: &Engine,
        table: &Table,
        moment: Moment,
        known: Option<Deliveries>,
    ) -> Result<Self, StoreError> {
        const ACTION: &str = "read its rows";
        let kind = table.kind;
        let deliveries = match known {
            Some(known) => known,
            None => counting(engine, table, moment).await?,
        };
        let mut found = Decoded::new(engine);
        let files = deliveries.files(&table.files);
        let sql = rows_of(kind, &deliveries);
        let failed = |err: Cause| damaged(table.partner, kind, ACTION, &table.path, err);
        each_batch(engine.session(), table, files, &sql, ACTION, |batch| {
            let batch = deliveries.rows_of(batch, NUMBER);
            let batch = batch.map_err(|err| failed(err.into()))?;
            found.make_room(batch.num_rows())?;
            found_in(kind, &batch, &mut found).map_err(|err| failed(err.into()))
        })
        .await?;
        let (mut found, texts, memory_of_found) = found.into_parts();
        found.sort_unstable_by(|a, b| order(a, &texts).cmp(&order(b, &texts)));
        let mut facts = Self {
            version: Some(table.version()),
            recorded_at: table.last_recorded().map(whole_millisecond),
            texts,
            ..Self::none(engine)
        };
        facts.make_room(&found)?;
        facts.take(&found, moment);
        drop((found, memory_of_found));
        facts.memory.grow(facts.texts.bytes())?;
        Ok(facts)
    }

    /// Makes sure that there is memory for rows, which are in order.
    fn make_room(&mut self, found: &[FoundRow]) -> Result<(), StoreError> {
        let customers = found.chunk_by(|a, b| a.customer == b.customer).count();
        let one_delivery =
            |a: &FoundRow, b: &FoundRow| (a.customer, a.delivery) == (b.customer, b.delivery);
        let deliveries = found.chunk_by(one_delivery).count();
        self.memory.resize(
            found.len() * size_of::<Row>()
                + deliveries * size_of::<Delivery>()
                + customers * size_of::<Customer>(),
        )?;
        self.rows.reserve_exact(found.len());
        self.deliveries.reserve_exact(deliveries);
        self.customers.reserve_exact(customers);
        Ok(())
    }

    /// Takes rows in, which are in order.
    fn take(&mut self, found: &[FoundRow], moment: Moment) {
        let mut newest: HashMap<(u32, u32), i32, RandomState> = HashMap::default();
        for row in found {
            let [service, channel, ..] = row.text;
            let day = newest.entry((service, channel)).or_insert(row.day);
            *day = row.day.max(*day);
        }
        for of_customer in found.chunk_by(|a, b| a.customer == b.customer) {
            let number = self.customers.len() as u32;
            let start = self.rows.len();
            for delivery in of_customer.chunk_by(|a, b| a.delivery == b.delivery) {
                let first = &delivery[0];
                let [service, channel, ..] = first.text;
                let oldest = newest[&(service, channel)] - i32::from(LATE_AFTER_DAYS);
                let is_late = matches!(moment, Moment::At(_)) && first.day < oldest;
                let begin = self.rows.len();
                for row in delivery {
                    let Some((part, whole)) = row.counts else {
                        continue;
                    };
                    self.rows.push(Row {
                        text: named(row.text, &mut self.texts),
                        customer: Some(number),
                        processed: Some(row.processed),
                        part,
                        whole,
                        is_late,
                    });
                }
                self.deliveries.push(Delivery {
                    customer: number,
                    service,
                    channel,
                    day: first.day,
                    processed: first.processed,
                    number: first.delivery,
                    recorded_at: first.recorded_at,
                    rows: begin..self.rows.len(),
                    is_late,
                });
            }
            // Of two names that are as new, the last in the alphabet.
            let newest = of_customer
                .iter()
                .map(|row| (row.processed, row.text[CUSTOMER_NAME]))
                .max_by_key(|(processed, name)| {
                    (*processed, self.texts.text(CUSTOMER_NAME, *name))
                });
            if let Some((processed, name)) = newest {
                self.customers.push(Customer {
                    id: of_customer[0].customer,
                    name,
                    processed,
                    rows: start..self.rows.len(),
                });
            }
        }
    }

    /// How many bytes of the memory of questions they take.
    pub fn bytes(&self) -> usize {
        self.memory.bytes()
    }

    /// How many rows there are, those of late customers among them.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
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

    /// The customers that something was delivered for, in the order of their ids, also if their
    /// newest deliveries are empty.
    pub fn customers(&self) -> impl ExactSizeIterator<Item = KnownCustomer<'_>> {
        self.customers.iter().map(|customer| self.known(customer))
    }

    /// A customer that something was delivered for.
    pub fn customer(&self, id: CustomerId) -> Option<KnownCustomer<'_>> {
        let customer = self.find(id)?;
        Some(self.known(customer))
    }

    /// The rows of a customer, late or not, in their order.
    pub fn rows_of(&self, id: CustomerId) -> impl Iterator<Item = Fact<'_>> {
        let rows = self.find(id).map_or(0..0, |customer| customer.rows.clone());
        self.rows[rows].iter().map(|row| Fact { facts: self, row })
    }

    fn find(&self, id: CustomerId) -> Option<&Customer> {
        let found = self.customers.binary_search_by_key(&id, |known| known.id);
        Some(&self.customers[found.ok()?])
    }

    /// The newest deliveries of what a selection says of service, channel and customer.
    pub(crate) fn selected_deliveries(
        &self,
        selection: &Selection,
    ) -> impl Iterator<Item = &Delivery> {
        self.deliveries.iter().filter(move |it| {
            let customer = self.customers[it.customer as usize].id;
            selects(selection, self.feed(it))
                && selection.customer.is_none_or(|wanted| wanted == customer)
        })
    }

    /// Service and channel of a delivery.
    pub(crate) fn feed(&self, delivery: &Delivery) -> (&str, &str) {
        let text = |column, number| self.texts.text(column, number);
        (
            text(SERVICE, delivery.service),
            text(CHANNEL, delivery.channel),
        )
    }

    /// The rows of a delivery.
    pub(crate) fn rows_in(&self, delivery: &Delivery) -> &[Row] {
        &self.rows[delivery.rows.clone()]
    }

    /// What a row calls its workload.
    pub(crate) fn naming(&self, row: &Row) -> Naming<'_> {
        let of = |column: usize| self.texts.text(column, row.text[column]);
        let code = Some(of(CODE)).filter(|code| !code.is_empty());
        (of(SERVICE), of(CHANNEL), code, of(WORKLOAD))
    }

    /// Whether this is the code or the name of a row's workload.
    pub(crate) fn is_workload(&self, row: &Row, text: &str) -> bool {
        let is = |column: usize| self.texts.is(column, row.text[column], text);
        is(CODE) || is(WORKLOAD)
    }

    /// A customer by its number.
    pub(crate) fn customer_at(&self, number: u32) -> KnownCustomer<'_> {
        self.known(&self.customers[number as usize])
    }

    fn known(&self, customer: &Customer) -> KnownCustomer<'_> {
        KnownCustomer {
            id: customer.id,
            name: self.texts.text(CUSTOMER_NAME, customer.name),
            processed: customer.processed,
        }
    }

    /// The rows that a filter wants, of customers that are not late; added up if there are fields
    /// to add up by, in the order of those fields' texts. A field that rows of this kind do not have
    /// is one without text.
    pub fn select(&self, filter: Option<&Filter>, group_by: &GroupBy) -> Selected<'_> {
        let wanted = filter.map(|filter| Wanted::new(self, filter));
        let rows = (0..).zip(&self.rows).filter(|(_, row)| {
            !row.is_late && wanted.as_ref().is_none_or(|wanted| wanted.includes(row))
        });
        let picked = if group_by.is_empty() {
            Picked::Rows(rows.map(|(number, _)| number).collect())
        } else {
            Picked::Sums(self.sums(rows.map(|(_, row)| row), group_by))
        };
        Selected {
            facts: self,
            picked,
        }
    }

    fn sums<'a>(&self, rows: impl Iterator<Item = &'a Row>, group_by: &GroupBy) -> Vec<Row> {
        let fields = group_by.fields();
        let columns: Vec<usize> = fields.iter().filter_map(|field| column(*field)).collect();
        let by_customer = fields.contains(&CommercialField::CustomerTenantId);
        let mut sums: HashMap<([u32; 8], Option<u32>), Row, RandomState> = HashMap::default();
        for row in rows {
            let mut text = [0; 8];
            for column in &columns {
                text[*column] = row.text[*column];
            }
            let customer = row.customer.filter(|_| by_customer);
            let sum = sums.entry((text, customer)).or_insert(Row {
                text,
                customer,
                processed: None,
                part: 0,
                whole: 0,
                is_late: false,
            });
            sum.part += row.part;
            sum.whole += row.whole;
        }
        let mut sums: Vec<Row> = sums.into_values().collect();
        sums.sort_by_cached_key(|row| {
            let fact = Fact { facts: self, row };
            let texts = fields.iter().map(|field| fact.field(*field));
            texts
                .map(|text| text.map(Cow::into_owned))
                .collect::<Vec<_>>()
        });
        sums
    }
}

impl<'a> Selected<'a> {
    /// How many rows or sums there are.
    pub fn len(&self) -> usize {
        match &self.picked {
            Picked::Rows(rows) => rows.len(),
            Picked::Sums(sums) => sums.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Those of one page; fewer at the end, and none behind it.
    pub fn page(&self, skip: usize, top: usize) -> impl Iterator<Item = Fact<'_>> {
        let page = skip.min(self.len())..skip.saturating_add(top).min(self.len());
        page.map(|at| Fact {
            facts: self.facts,
            row: match &self.picked {
                Picked::Rows(rows) => &self.facts.rows[rows[at] as usize],
                Picked::Sums(sums) => &sums[at],
            },
        })
    }
}

impl<'a> Fact<'a> {
    /// The text of a field as the commercial endpoints spell it, GUIDs in upper case; none if it
    /// is not there.
    pub fn field(&self, field: CommercialField) -> Option<Cow<'a, str>> {
        if field == CommercialField::CustomerTenantId {
            return Some(self.customer()?.to_string().to_uppercase().into());
        }
        let column = column(field)?;
        let number = self.row.text[column];
        if number == 0 {
            return None;
        }
        Some(spelling(field, self.facts.texts.text(column, number)))
    }

    /// The customer; none in a sum over several.
    pub fn customer(&self) -> Option<CustomerId> {
        let number = self.row.customer?;
        Some(self.facts.customers[number as usize].id)
    }

    /// When the source aggregated the row; none in a sum.
    pub fn processed(&self) -> Option<ProcessedDateTime> {
        self.row.processed
    }

    /// Seats active or deployed.
    pub fn part(&self) -> u64 {
        self.row.part
    }

    /// Seats qualified or sold.
    pub fn whole(&self) -> u64 {
        self.row.whole
    }

    /// The part of the whole, as [`percent()`] makes it.
    pub fn percent(&self) -> f64 {
        percent(self.row.part, self.row.whole)
    }
}

/// The column of a field among the texts; none for the customer's id, which is no text.
fn column(field: CommercialField) -> Option<usize> {
    Some(match field {
        CommercialField::WorkloadCode => CODE,
        CommercialField::WorkloadName => WORKLOAD,
        CommercialField::ServiceCode => SERVICE,
        CommercialField::ServiceName => SERVICE_NAME,
        CommercialField::Channel => CHANNEL,
        CommercialField::CustomerTenantId => return None,
        CommercialField::CustomerName => CUSTOMER_NAME,
        CommercialField::ProductId => PRODUCT_ID,
        CommercialField::ProductName => PRODUCT,
    })
}

/// How the commercial endpoints spell what the table has.
pub(crate) fn spelling(field: CommercialField, text: &str) -> Cow<'_, str> {
    if field == CommercialField::ProductId && uuid::Uuid::try_parse(text).is_ok() {
        text.to_uppercase().into()
    } else {
        text.into()
    }
}

/// A filter that was looked up once for each text instead of once for each row.
enum Wanted {
    All(Vec<Wanted>),
    Any(Vec<Wanted>),
    /// The texts of a column, by their numbers, that the condition is true of.
    Text(usize, Vec<bool>),
    /// The customers, by their numbers, that the condition is true of.
    Customer(Vec<bool>),
}

impl Wanted {
    fn new(facts: &Facts, filter: &Filter) -> Self {
        let each = |parts: &[Filter]| parts.iter().map(|part| Self::new(facts, part)).collect();
        match filter {
            Filter::And { parts, .. } => Self::All(each(parts)),
            Filter::Or { parts, .. } => Self::Any(each(parts)),
            Filter::Condition {
                field,
                comparison,
                value,
                ..
            } => {
                let value = value.to_lowercase();
                let holds =
                    |text: &str| (text.to_lowercase() == value) == (*comparison == Comparison::Eq);
                match column(*field) {
                    Some(column) => {
                        let texts = facts.texts.values(column);
                        Self::Text(column, texts.map(holds).collect())
                    }
                    None => {
                        let customers = facts.customers.iter();
                        Self::Customer(customers.map(|it| holds(&it.id.to_string())).collect())
                    }
                }
            }
        }
    }

    fn includes(&self, row: &Row) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.includes(row)),
            Self::Any(parts) => parts.iter().any(|part| part.includes(row)),
            Self::Text(column, holds) => holds[row.text[*column] as usize],
            Self::Customer(holds) => row.customer.is_some_and(|number| holds[number as usize]),
        }
    }
}

/// The files that can hold rows that count.
fn files_of(files: &[DataFile], moment: Moment) -> Vec<&DataFile> {
    let can_hold = |file: &&DataFile| {
        let (min, max) = (&file.stats.min_values, &file.stats.max_values);
        match moment {
            Moment::At(axes) => axes.may_see(file),
            Moment::Day(day) => (min.processed_date..=max.processed_date).contains(&day),
        }
    };
    files.iter().filter(can_hold).collect()
}

/// The deliveries that count: see [`figures`](crate::query::figures) for the rank of a delivery.
async fn counting(
    engine: &Engine,
    table: &Table,
    moment: Moment,
) -> Result<Deliveries, StoreError> {
    let one_day = 1_i64 << DELIVERY_BITS;
    let of_moment = match moment {
        Moment::At(axes) => axes.to_string(),
        Moment::Day(day) => format!("processed_date = date '{day}'"),
    };
    let sql = format!(
        "select max(cast(cast(processed_date as int) as bigint) * {one_day} + delivery_id)
         from facts where {of_moment} group by service_code, channel, customer_tenant_id"
    );
    let mut ranks: Vec<i64> = Vec::new();
    let files = files_of(&table.files, moment);
    let action = "look for the rows that count";
    each_batch(engine.session(), table, files, &sql, action, |batch| {
        let found = batch.column(0).as_primitive::<Int64Type>();
        ranks.extend(found.iter().flatten());
        Ok(())
    })
    .await?;
    let of_rank = |rank: i64| ((rank.div_euclid(one_day)) as i32, rank.rem_euclid(one_day));
    Ok(Deliveries::of(ranks.into_iter().map(of_rank)))
}

/// The query for the rows of deliveries, and few others.
fn rows_of(kind: Kind, deliveries: &Deliveries) -> String {
    let [part, whole] = kind.counts();
    let texts = columns::texts(kind).join(", ");
    let condition = deliveries.condition();
    format!(
        "select customer_tenant_id, processed_date_time, {part}, {whole}, position,
             cast(processed_date as int) as day, delivery_id, recorded_at, {texts}
         from facts where {condition}"
    )
}

/// The column of [`rows_of`] with the numbers of deliveries.
const NUMBER: usize = 6;

/// A row as it was found.
struct FoundRow {
    customer: CustomerId,
    processed: ProcessedDateTime,
    day: i32,
    position: i32,
    delivery: i64,
    recorded_at: Timestamp,
    text: [u32; 8],
    /// The part and the whole; none if the row says that its delivery is empty.
    counts: Option<(u64, u64)>,
}

/// Adds the rows of a batch of [`rows_of`].
///
/// # Errors
/// If a row has no customer or no time. No such row is stored, and no file of another tool that has one
/// is read.
fn found_in(
    kind: Kind,
    batch: &RecordBatch,
    found: &mut Decoded<FoundRow>,
) -> Result<(), io::Error> {
    let customers = batch.column(0).as_string_view();
    let processed = batch.column(1).as_primitive::<TimestampMicrosecondType>();
    let [part, whole] = [2, 3].map(|column| batch.column(column).as_primitive::<Int64Type>());
    let [position, day] = [4, 5].map(|column| batch.column(column).as_primitive::<Int32Type>());
    let delivery = batch.column(NUMBER).as_primitive::<Int64Type>();
    let recorded = batch.column(7).as_primitive::<TimestampMicrosecondType>();
    let columns: Vec<_> = (8..8 + columns::texts(kind).len())
        .map(|column| batch.column(column).as_string_view())
        .collect();
    for row in 0..batch.num_rows() {
        let (Ok(customer), Ok(processed), Ok(recorded_at)) = (
            customers.value(row).parse(),
            ProcessedDateTime::from_microsecond(processed.value(row)),
            Timestamp::from_microsecond(recorded.value(row)),
        ) else {
            return Err(damage("a row has no customer or no time"));
        };
        let mut text = [0; 8];
        for (column, values) in columns.iter().enumerate() {
            if values.is_valid(row) {
                let value = values.value(row).as_bytes();
                text[column] = found.texts.number(column, value).unwrap_or(0);
            }
        }
        let counts = (part.is_valid(row) && whole.is_valid(row)).then(|| {
            let count = |count: i64| u64::try_from(count).unwrap_or(0);
            (count(part.value(row)), count(whole.value(row)))
        });
        found.rows.push(FoundRow {
            customer,
            processed,
            day: day.value(row),
            position: position.value(row),
            delivery: delivery.value(row),
            recorded_at,
            text,
            counts,
        });
    }
    Ok(())
}

/// The order of rows: by customer, service and channel, the newest delivery first, then as it was
/// delivered.
fn order<'a>(row: &'a FoundRow, texts: &'a Texts) -> impl Ord + 'a {
    let [service, channel, ..] = row.text;
    (
        row.customer,
        texts.text(SERVICE, service),
        texts.text(CHANNEL, channel),
        Reverse(row.day),
        row.position,
    )
}

/// Sources that give the code of a service only leave its name to us.
fn named(mut text: [u32; 8], texts: &mut Texts) -> [u32; 8] {
    if text[SERVICE_NAME] == 0 {
        let code = ServiceCode::from(texts.text(SERVICE, text[SERVICE]));
        let name = code.display_name().unwrap_or_default();
        text[SERVICE_NAME] = texts.number(SERVICE_NAME, name.as_bytes()).unwrap_or(0);
    }
    text
}

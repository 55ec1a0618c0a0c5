//! Why a figure is what it is: the rows behind it, and what is not among them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::{Array as _, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Int32Type, Int64Type, TimestampMicrosecondType};
use foldhash::fast::RandomState;
use jiff::{Timestamp, ToSpan as _};
use seatwise_types::own::{
    ExplainedDelivery, ExplainedRow, LeftOut, LeftOutReason, Reason, ReasonCode, Selection,
};
use seatwise_types::{Channel, CustomerId, PartnerId, ProcessedDateTime};

use crate::ledger::Ledger;
use crate::model::axes::{Axes, KnownAt, whole_millisecond};
use crate::model::columns::{CHANNEL, CODE, PRODUCT, PRODUCT_ID, SERVICE, WORKLOAD};
use crate::model::days::day;
use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::model::limits::LATE_AFTER_DAYS;
use crate::model::percent::percent;
use crate::model::texts::same_text;
use crate::query::earlier::{Earlier, MOST_ROWS, NUMBER, Reading};
use crate::query::facts::{Delivery, Facts, Row};
use crate::query::question::{QuestionError, check_rows};
use crate::query::workload::{Naming, Workload, Workloads};
use crate::table::delta::damaged;
use crate::table::engine::Reserved;
use crate::table::numbered::Deliveries;
use crate::table::store::Store;

/// A figure with all that it is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The service's code, as it is stored.
    pub service_code: String,
    /// The channel, as it is stored.
    pub channel: String,
    /// The version of the table after the last delivery that was known.
    pub version: u64,
    /// Seats active or deployed.
    pub part: u64,
    /// Seats qualified or sold.
    pub whole: u64,
    /// The newest processed date among the rows; none if no row counts.
    pub processed: Option<ProcessedDateTime>,
    /// What lifts the figure, or makes it 0.0.
    pub reasons: Vec<Reason>,
    /// The deliveries that the rows came with, in the order of their customers.
    pub deliveries: Vec<ExplainedDelivery>,
    /// The rows, in the order of their deliveries.
    pub rows: Vec<ExplainedRow>,
    /// What is not in it.
    pub left_out: Vec<LeftOut>,
}

impl Explanation {
    /// The part of the whole, as [`percent()`] makes it; none if no row counts.
    pub fn percent(&self) -> Option<f64> {
        self.processed.map(|_| percent(self.part, self.whole))
    }

    /// The percent before it is rounded, in lowest terms, such as `250/9`; none where it has no
    /// denominator.
    ///
    /// # Example
    ///
    /// ```
    /// # let five_of_eighteen = seatwise_store::Explanation {
    /// #     service_code: String::new(), channel: String::new(), version: 1, part: 5, whole: 18,
    /// #     processed: None, reasons: vec![], deliveries: vec![], rows: vec![], left_out: vec![],
    /// # };
    /// assert_eq!(five_of_eighteen.exact_percent().as_deref(), Some("250/9"));
    /// ```
    pub fn exact_percent(&self) -> Option<String> {
        let (part, whole) = (u128::from(self.part) * 100, u128::from(self.whole));
        let (mut divisor, mut rest) = (part, whole);
        while rest != 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        (whole != 0).then(|| format!("{}/{}", part / divisor, whole / divisor))
    }
}

impl Store {
    /// Explains the figure of a service and channel, or of less: the rows that a selection wants.
    /// None if nothing was ever delivered of that service and channel, or of the customer there.
    ///
    /// Of all customers those that are late are left out; of a single one its rows are shown, late
    /// or not.
    ///
    /// The facts are those of the same partner, kind and axes. Beside the explanation comes the memory
    /// that is kept for it.
    ///
    /// # Errors
    /// If there is too much to read, or the table cannot be read.
    pub async fn explain(
        &self,
        partner: PartnerId,
        kind: Kind,
        axes: Axes,
        facts: Arc<Facts>,
        selection: Selection,
    ) -> Result<Option<(Explanation, Reserved)>, QuestionError> {
        // Unknown codes are kept as they come, so there may be two spellings of one.
        let Some(first) = facts.selected_deliveries(&selection).next() else {
            return Ok(None);
        };
        let (feed, names) = ((first.service, first.channel), facts.feed(first));
        // The facts may be those of an earlier version than the table is at now.
        let known_at = axes.known_at.or(facts.recorded_at().map(KnownAt::settled));
        let axes = Axes { known_at, ..axes };
        // A delivery that counts may be 35 days older than the newest, and the one before it as old
        // again.
        let newest = facts.selected_deliveries(&selection).map(|it| it.day).max();
        let oldest = day(newest.unwrap_or(0));
        let oldest = oldest.saturating_sub((2 * i64::from(LATE_AFTER_DAYS)).days());
        let (facts, selection) = (&facts, &selection);
        self.with_newest(partner, kind, move |table| async move {
            // What was delivered before the newest deliveries, the ledger knows.
            let ledger = self.ledger(&table).await?;
            let is_newest = |ledger: &Ledger| {
                let known_at = known_at.map(KnownAt::timestamp);
                axes.as_of.is_none() && ledger.recorded_at().map(whole_millisecond) <= known_at
            };
            let ledger = ledger.filter(|ledger| is_newest(ledger));
            let known = ledger.map(|ledger| Earlier {
                before: Deliveries::of(ledger.deliveries_before(names)),
                restated: ledger.newest_restated_days(names),
            });
            let (engine, facts) = (Arc::clone(self.engine()), Arc::clone(facts));
            let selection = selection.clone();
            let work = async move {
                let version = table.version_known_at(known_at.map(KnownAt::timestamp));
                let version = version
                    .map_err(|err| damaged(partner, kind, "read its log", &table.path, err))?;
                let mut memory = engine.reservation("an explanation");
                let feed = Feed::new(&facts, feed, &selection);
                let (mut explanation, counting) =
                    feed.explain(kind, &selection, version, &mut memory)?;
                let mut before = Before::default();
                let reading = Reading {
                    engine: &engine,
                    table: &table,
                    axes,
                    customer: selection.customer,
                };
                let mut note = |batch: &RecordBatch, may_be_vanished| {
                    before.rows += batch.num_rows();
                    let noted = before.left_out.len();
                    feed.before(&selection, &counting, batch, may_be_vanished, &mut before);
                    memory.grow((before.left_out.len() - noted) * LEFT_OUT_BYTES)
                };
                match known {
                    Some(known) => reading.earlier(&known, &mut note).await?,
                    None => reading.around(oldest, &selection, &mut note).await?,
                }
                check_rows(before.rows, MOST_ROWS, "rows to read", "one customer")?;
                explanation.left_out.extend(before.into_left_out());
                explanation
                    .left_out
                    .extend(feed.of_other_channels(&selection));
                Ok((explanation, memory))
            };
            self.question("explain a figure of", work).await
        })
        .await
    }
}

/// About how many bytes of memory what is left out takes, with its place in a map.
const LEFT_OUT_BYTES: usize = 2 * size_of::<LeftOut>() + 64;

/// What was delivered before the deliveries that count.
#[derive(Default)]
struct Before {
    /// How many rows were read.
    rows: usize,
    /// Other versions come first, then products that are not there any more, as they were read.
    left_out: BTreeMap<BeforeKey, LeftOut>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum BeforeKey {
    Version(CustomerId, i64),
    Vanished(usize),
}

impl Before {
    fn into_left_out(self) -> impl Iterator<Item = LeftOut> {
        self.left_out.into_values()
    }
}

/// The newest deliveries of one service and channel.
struct Feed<'a> {
    facts: &'a Facts,
    service: u32,
    channel: u32,
    /// Those of the selected customer, or of all.
    deliveries: Vec<&'a Delivery>,
    workloads: Workloads<'a>,
    /// The workloads that are selected; none if all are.
    wanted: Option<HashSet<Workload<'a>>>,
}

impl<'a> Feed<'a> {
    fn new(facts: &'a Facts, (service, channel): (u32, u32), selection: &Selection) -> Self {
        let is_of_feed = |it: &&Delivery| (it.service, it.channel) == (service, channel);
        let of_customer = |it: &&Delivery| {
            let id = facts.customer_at(it.customer).id;
            selection.customer.is_none_or(|wanted| wanted == id)
        };
        let all: Vec<&Delivery> = facts.deliveries.iter().filter(is_of_feed).collect();
        let counting = all.iter().filter(|it| !it.is_late);
        let rows = counting.flat_map(|it| facts.rows_in(it));
        let mut feed = Self {
            facts,
            service,
            channel,
            deliveries: all.iter().copied().filter(of_customer).collect(),
            workloads: Workloads::of(rows.map(|row| naming(facts, row))),
            wanted: None,
        };
        if let Some(text) = &selection.workload {
            let is_counting = |it: &Delivery| !it.is_late || selection.customer.is_some();
            let (counting, late): (Vec<&Delivery>, Vec<&Delivery>) =
                all.iter().copied().partition(|it| is_counting(it));
            // What late customers call a workload matters only if no other customer has it.
            let mut wanted = feed.called(text, &counting);
            if wanted.is_empty() {
                wanted = feed.called(text, &late);
            }
            feed.wanted = Some(wanted);
        }
        feed
    }

    /// The workloads that deliveries have under this code or name.
    fn called(&self, text: &str, deliveries: &[&'a Delivery]) -> HashSet<Workload<'a>> {
        let rows = deliveries.iter().flat_map(|it| self.facts.rows_in(it));
        let called = rows.filter(|row| self.facts.is_workload(row, text));
        called
            .map(|row| self.workloads.workload(naming(self.facts, row)))
            .collect()
    }

    /// Whether the question is about a row.
    fn wants(&self, row: &Row, selection: &Selection) -> bool {
        self.wants_text(self.product(row), naming(self.facts, row), selection)
    }

    fn wants_text<'b>(
        &'b self,
        product: [&str; 2],
        workload: Naming<'b>,
        selection: &Selection,
    ) -> bool {
        let is_product = |wanted: &String| product.iter().any(|it| same_text(it, wanted));
        let is_workload = |wanted: &HashSet<Workload<'b>>| {
            let workloads: &Workloads<'b> = &self.workloads;
            wanted.contains(&workloads.workload(workload))
        };
        selection.product.as_ref().is_none_or(is_product)
            && self.wanted.as_ref().is_none_or(is_workload)
    }

    /// Id and name of a row's product.
    fn product(&self, row: &Row) -> [&str; 2] {
        [PRODUCT_ID, PRODUCT].map(|column| self.facts.texts.text(column, row.text[column]))
    }

    fn explain(
        &self,
        kind: Kind,
        selection: &Selection,
        version: u64,
        memory: &mut Reserved,
    ) -> Result<(Explanation, Counting<'a>), StoreError> {
        let text = |column, number| self.facts.texts.text(column, number).to_owned();
        let mut explanation = Explanation {
            service_code: text(SERVICE, self.service),
            channel: text(CHANNEL, self.channel),
            version,
            part: 0,
            whole: 0,
            processed: None,
            reasons: Vec::new(),
            deliveries: Vec::new(),
            rows: Vec::new(),
            left_out: Vec::new(),
        };
        let mut counting = HashMap::default();
        for delivery in &self.deliveries {
            let customer = self.facts.customer_at(delivery.customer);
            let rows = self.facts.rows_in(delivery).iter();
            let rows: Vec<&Row> = rows.filter(|row| self.wants(row, selection)).collect();
            memory.grow(self.bytes_to_explain(&rows))?;
            let part = rows.iter().map(|row| row.part).sum();
            let whole = rows.iter().map(|row| row.whole).sum();
            if delivery.is_late && selection.customer.is_none() {
                if !rows.is_empty() {
                    explanation.left_out.push(LeftOut {
                        customer_id: Some(customer.id),
                        customer_name: Some(customer.name.to_owned()),
                        processed_date: Some(day(delivery.day)),
                        recorded_at: Some(delivery.recorded_at),
                        delivery: Some(delivery.number),
                        ..left_out(LeftOutReason::Late, (part, whole))
                    });
                }
                continue;
            }
            counting.insert(customer.id, *delivery);
            if rows.is_empty() {
                continue;
            }
            explanation.part += part;
            explanation.whole += whole;
            explanation.processed = explanation.processed.max(Some(delivery.processed));
            explanation.deliveries.push(ExplainedDelivery {
                customer_id: customer.id,
                customer_name: customer.name.to_owned(),
                processed_date: day(delivery.day),
                recorded_at: delivery.recorded_at,
                delivery: delivery.number,
                rows: rows.len() as u64,
                numerator: part,
                denominator: whole,
            });
            let rows = rows.into_iter();
            explanation.rows.extend(rows.map(|row| ExplainedRow {
                delivery: delivery.number,
                customer_id: customer.id,
                product_id: self.text(PRODUCT_ID, row),
                product_name: self.text(PRODUCT, row).unwrap_or_default(),
                workload_code: self.text(CODE, row),
                workload_name: self.text(WORKLOAD, row),
                numerator: row.part,
                denominator: row.whole,
            }));
        }
        explanation.reasons = reasons(kind, &explanation.rows, explanation.whole);
        Ok((explanation, counting))
    }

    /// About how many bytes of memory rows of a delivery take in an explanation.
    fn bytes_to_explain(&self, rows: &[&Row]) -> usize {
        let texts = |row: &Row| -> usize {
            let of = |column: usize| self.facts.texts.text(column, row.text[column]).len();
            [PRODUCT_ID, PRODUCT, CODE, WORKLOAD]
                .into_iter()
                .map(of)
                .sum()
        };
        let rows = rows
            .iter()
            .map(|row| size_of::<ExplainedRow>() + texts(row));
        // A list that grows has up to twice the room that it needs.
        2 * rows.sum::<usize>() + 2 * size_of::<ExplainedDelivery>() + LEFT_OUT_BYTES
    }

    fn text(&self, column: usize, row: &Row) -> Option<String> {
        let text = self.facts.texts.text(column, row.text[column]);
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Notes what a batch of a [`Reading`] has of what was delivered before those that count: their
    /// other versions and, of rows that are of the customers' deliveries before, the products that are
    /// not there any more.
    fn before(
        &self,
        selection: &Selection,
        counting: &Counting<'_>,
        batch: &RecordBatch,
        may_be_vanished: bool,
        before: &mut Before,
    ) {
        let feed = [(SERVICE, self.service), (CHANNEL, self.channel)];
        let feed = feed.map(|(column, number)| self.facts.texts.text(column, number));
        for row in version_rows(batch, feed) {
            let (Some(current), Some((part, whole))) = (counting.get(&row.customer), row.counts)
            else {
                continue;
            };
            if !self.wants_text(row.product, row.naming, selection) {
                continue;
            }
            if row.day == current.day && row.delivery != current.number {
                let key = BeforeKey::Version(row.customer, row.delivery);
                let version = before.left_out.entry(key).or_insert_with(|| LeftOut {
                    recorded_at: Some(row.recorded_at),
                    ..self.of_version(LeftOutReason::Superseded, &row)
                });
                version.numerator += part;
                version.denominator += whole;
            } else if may_be_vanished
                && row.day < current.day
                && row.day >= current.day - i32::from(LATE_AFTER_DAYS)
                && !self.is_there(&row, current)
            {
                let key = BeforeKey::Vanished(before.left_out.len());
                let vanished = LeftOut {
                    product_name: Some(row.product[1].to_owned()),
                    numerator: part,
                    denominator: whole,
                    ..self.of_version(LeftOutReason::VanishedProduct, &row)
                };
                before.left_out.insert(key, vanished);
            }
        }
    }

    /// Whether a delivery has the product and workload of a row.
    fn is_there<'b>(&'b self, row: &VersionRow<'b>, delivery: &Delivery) -> bool {
        let workloads: &Workloads<'b> = &self.workloads;
        let workload = workloads.workload(row.naming);
        self.facts.rows_in(delivery).iter().any(|it| {
            row.is_product(self.product(it))
                && workload == workloads.workload(naming(self.facts, it))
        })
    }

    fn of_version(&self, reason: LeftOutReason, row: &VersionRow<'_>) -> LeftOut {
        let name = self.facts.customer(row.customer).map(|known| known.name);
        LeftOut {
            customer_id: Some(row.customer),
            customer_name: name.map(ToOwned::to_owned),
            processed_date: Some(day(row.day)),
            delivery: Some(row.delivery),
            ..left_out(reason, (0, 0))
        }
    }

    /// The same of other channels, which have figures of their own.
    fn of_other_channels(&self, selection: &Selection) -> Vec<LeftOut> {
        let facts = self.facts;
        let mut channels: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        let others = facts.deliveries.iter().filter(|it| {
            let customer = facts.customer_at(it.customer).id;
            it.service == self.service
                && it.channel != self.channel
                && (!it.is_late || selection.customer.is_some())
                && selection.customer.is_none_or(|wanted| wanted == customer)
        });
        for delivery in others {
            let rows = facts.rows_in(delivery).iter();
            for row in rows.filter(|row| self.wants(row, selection)) {
                let channel = facts.texts.text(CHANNEL, delivery.channel);
                let sum = channels.entry(channel).or_default();
                sum.0 += row.part;
                sum.1 += row.whole;
            }
        }
        let left_out = channels.into_iter().map(|(channel, counts)| LeftOut {
            channel: Some(Channel::from(channel)),
            customer_id: selection.customer,
            ..left_out(LeftOutReason::OtherChannel, counts)
        });
        left_out.collect()
    }
}

/// What a row calls its workload. Rows of other channels are about the workload that has this name
/// here.
fn naming<'a>(facts: &'a Facts, row: &Row) -> Naming<'a> {
    let (_, _, code, name) = facts.naming(row);
    ("", "", code, name)
}

/// The delivery of each customer that counts.
type Counting<'a> = HashMap<CustomerId, &'a Delivery, RandomState>;

fn left_out(reason: LeftOutReason, (numerator, denominator): (u64, u64)) -> LeftOut {
    LeftOut {
        reason,
        customer_id: None,
        customer_name: None,
        channel: None,
        product_name: None,
        processed_date: None,
        recorded_at: None,
        delivery: None,
        numerator,
        denominator,
    }
}

/// What rows tell about a figure over 100, or one that is undefined.
fn reasons(kind: Kind, rows: &[ExplainedRow], whole: u64) -> Vec<Reason> {
    let (of_none, over) = match kind {
        Kind::Usage | Kind::UsageMonth => {
            (ReasonCode::QualifiedZero, ReasonCode::ActiveOverQualified)
        }
        Kind::Deployment | Kind::DeploymentMonth => {
            (ReasonCode::SoldZero, ReasonCode::DeployedOverSold)
        }
    };
    let mut reasons = Vec::new();
    for (code, is_of_none) in [(of_none, true), (over, false)] {
        let found = rows
            .iter()
            .filter(|row| row.numerator > row.denominator && (row.denominator == 0) == is_of_none);
        let excess = found.map(|row| row.numerator - row.denominator);
        let (rows, excess) = excess.fold((0, 0), |(rows, sum), one| (rows + 1, sum + one));
        if rows > 0 {
            reasons.push(Reason { code, rows, excess });
        }
    }
    if whole == 0 && !rows.is_empty() {
        reasons.push(Reason {
            code: ReasonCode::DenominatorZero,
            rows: rows.len() as u64,
            excess: rows.iter().map(|row| row.numerator).sum(),
        });
    }
    reasons
}

/// A row of another version of a delivery, or of the delivery before.
struct VersionRow<'a> {
    customer: CustomerId,
    day: i32,
    delivery: i64,
    recorded_at: Timestamp,
    /// Id and name; empty where there is none.
    product: [&'a str; 2],
    naming: Naming<'a>,
    /// None if the delivery is empty.
    counts: Option<(u64, u64)>,
}

impl VersionRow<'_> {
    /// Whether it is about this product: one with the same id, or without ids the same name.
    fn is_product(&self, [id, name]: [&str; 2]) -> bool {
        let [own_id, own_name] = self.product;
        if own_id.is_empty() && id.is_empty() {
            own_name == name
        } else {
            own_id == id
        }
    }
}

/// The rows of a batch of a [`Reading`] that are of a service and channel.
fn version_rows<'a>(
    batch: &'a RecordBatch,
    [service, channel]: [&'a str; 2],
) -> impl Iterator<Item = VersionRow<'a>> {
    let text = |column: usize| batch.column(column).as_string_view();
    let days = batch.column(3).as_primitive::<Int32Type>();
    let recorded = batch.column(5).as_primitive::<TimestampMicrosecondType>();
    let [delivery, part, whole] =
        [NUMBER, 6, 7].map(|column| batch.column(column).as_primitive::<Int64Type>());
    let [services, channels, customers] = [0, 1, 2].map(text);
    let own: Vec<_> = (9..batch.num_columns()).map(text).collect();
    (0..batch.num_rows()).filter_map(move |row| {
        // Another tool may have put several services into one file.
        if services.value(row) != service || channels.value(row) != channel {
            return None;
        }
        let of = |column: usize| {
            let values = own.get(column).filter(|values| values.is_valid(row));
            values.map_or("", |values| values.value(row))
        };
        let code = Some(of(2)).filter(|code| !code.is_empty());
        Some(VersionRow {
            customer: customers.value(row).parse().ok()?,
            day: days.value(row),
            delivery: delivery.value(row),
            recorded_at: Timestamp::from_microsecond(recorded.value(row)).ok()?,
            product: [of(0), of(1)],
            naming: ("", "", code, of(3)),
            counts: whole.is_valid(row).then(|| {
                let count = |count: i64| count.unsigned_abs();
                (count(part.value(row)), count(whole.value(row)))
            }),
        })
    })
}

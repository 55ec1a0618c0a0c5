//! Why a figure is what it is: the rows behind it, and what is not among them.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use jiff::{Timestamp, ToSpan as _};
use seatwise_types::own::{
    ExplainedDelivery, ExplainedRow, LeftOut, LeftOutReason, Page, Reason, ReasonCode, Selection,
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
use crate::query::earlier::{Earlier, MOST_ROWS, Reading};
use crate::query::question::{Answer, QuestionError, check_rows};
use crate::query::snapshot::{Counted, Row, Snapshot};
use crate::query::workload::{Naming, Workload, Workloads};
use crate::table::delta::damaged;
use crate::table::engine::Reserved;
use crate::table::numbered::Deliveries;
use crate::table::store::Store;
use crate::table::stored_row::{self, StoredRow};

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
    /// A page of the deliveries that the rows came with, in the order of their customers.
    pub deliveries: Page<ExplainedDelivery>,
    /// A page of the rows, in the order of their deliveries.
    pub rows: Page<ExplainedRow>,
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
    /// # use seatwise_types::own::Page;
    /// # let five_of_eighteen = seatwise_store::Explanation {
    /// #     service_code: String::new(), channel: String::new(), version: 1, part: 5, whole: 18,
    /// #     processed: None, reasons: vec![], deliveries: Page::of(vec![], 0, 0),
    /// #     rows: Page::of(vec![], 0, 0), left_out: vec![],
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

/// What is to be explained.
#[derive(Debug, Clone)]
pub struct ExplainQuestion {
    /// Of which table.
    pub kind: Kind,
    /// As of which day, known at which instant.
    pub axes: Axes,
    /// The figure, or less of it.
    pub selection: Selection,
    /// Which of the deliveries and of the rows are wanted, by their places. Sums and reasons are always
    /// those of all.
    pub page: Range<usize>,
}

impl Store {
    /// Explains the figure of a service and channel, or of less: the rows that a selection wants.
    /// None if nothing was ever delivered of that service and channel, or of the customer there.
    ///
    /// Of all customers those that are late are left out; of a single one its rows are shown, late
    /// or not.
    ///
    /// The snapshot is of the same partner, kind and axes.
    ///
    /// # Errors
    /// If there is too much to read, or the table cannot be read.
    pub async fn explain(
        &self,
        partner: PartnerId,
        question: &ExplainQuestion,
        snapshot: Arc<Snapshot>,
    ) -> Result<Option<Answer<Explanation>>, QuestionError> {
        let ExplainQuestion {
            kind,
            axes,
            ref selection,
            ref page,
        } = *question;
        // Unknown codes are kept as they come, so there may be two spellings of one.
        let Some(first) = snapshot.selected_deliveries(selection).next() else {
            return Ok(None);
        };
        let (feed, names) = (first.delivery.feed, first.feed());
        // The snapshot may be of an earlier version than the table is at now.
        let known_at = axes
            .known_at
            .or(snapshot.recorded_at().map(KnownAt::settled));
        let axes = Axes { known_at, ..axes };
        // A delivery that counts may be 35 days older than the newest, and the one before it as old
        // again.
        let newest = snapshot.selected_deliveries(selection);
        let newest = newest.map(|it| it.delivery.day).max();
        let oldest = day(newest.unwrap_or(0));
        let oldest = oldest.saturating_sub((2 * i64::from(LATE_AFTER_DAYS)).days());
        let snapshot = &snapshot;
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
                restated: ledger.newest_restated(names),
            });
            let (engine, snapshot) = (Arc::clone(self.engine()), Arc::clone(snapshot));
            let (selection, page) = (selection.clone(), page.clone());
            let work = async move {
                let version = table.version_known_at(known_at.map(KnownAt::timestamp));
                let version = version
                    .map_err(|err| damaged(partner, kind, "read its log", &table.path, err))?;
                let mut memory = engine.reservation("an explanation");
                let feed = Feed::new(&snapshot, feed, &selection);
                let of = (kind, &selection, &page);
                let mut explanation = feed.explain(of, version, &mut memory)?;
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
                    let of = (kind, &selection);
                    feed.before(of, batch, may_be_vanished, &mut before)?;
                    Ok(memory.grow((before.left_out.len() - noted) * LEFT_OUT_BYTES)?)
                };
                match known {
                    Some(known) => reading.earlier(&known, &selection, &mut note).await?,
                    None => reading.around(oldest, &selection, &mut note).await?,
                }
                check_rows(before.rows, MOST_ROWS, "rows to read", "one customer")?;
                explanation.left_out.extend(before.into_left_out());
                explanation
                    .left_out
                    .extend(feed.of_other_channels(&selection));
                Ok(Answer {
                    value: explanation,
                    recorded_at: known_at.map(KnownAt::timestamp),
                    memory,
                })
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
    snapshot: &'a Snapshot,
    number: u32,
    /// Those of the selected customer, or of all.
    deliveries: Vec<Counted<'a>>,
    workloads: Workloads<'a>,
    /// The workloads that are selected; none if all are.
    wanted: Option<HashSet<Workload<'a>>>,
    /// Whether the question is about the rows of a group, by its number.
    wants: Vec<bool>,
}

impl<'a> Feed<'a> {
    fn new(snapshot: &'a Snapshot, number: u32, selection: &Selection) -> Self {
        let all = snapshot.deliveries();
        let all: Vec<Counted<'_>> = all.filter(|it| it.delivery.feed == number).collect();
        let counting = all.iter().filter(|it| !it.is_late());
        let groups = snapshot.groups_of(counting.flat_map(Counted::rows));
        let of_customer = |it: &Counted<'_>| selection.customer.is_none_or(|id| id == it.id());
        let mut feed = Self {
            snapshot,
            number,
            deliveries: all.iter().copied().filter(of_customer).collect(),
            workloads: Workloads::of(groups.into_iter().map(|group| naming(snapshot, group))),
            wanted: None,
            wants: Vec::new(),
        };
        if let Some(text) = &selection.workload {
            let is_counting = |it: &Counted<'_>| !it.is_late() || selection.customer.is_some();
            let (counting, late): (Vec<_>, Vec<_>) = all.iter().partition(|it| is_counting(it));
            // What late customers call a workload matters only if no other customer has it.
            let mut wanted = feed.called(text, counting);
            if wanted.is_empty() {
                wanted = feed.called(text, late);
            }
            feed.wanted = Some(wanted);
        }
        let groups = 0..snapshot.groups() as u32;
        let wants = groups
            .map(|group| feed.wants(snapshot.product(group), naming(snapshot, group), selection));
        feed.wants = wants.collect();
        feed
    }

    /// The workloads that deliveries have under this code or name.
    fn called(&self, text: &str, deliveries: Vec<&Counted<'a>>) -> HashSet<Workload<'a>> {
        let rows = deliveries.into_iter().flat_map(Counted::rows);
        let groups = self.snapshot.groups_of(rows).into_iter();
        let called = groups.filter(|group| self.snapshot.is_workload(*group, text));
        called
            .map(|group| self.workloads.workload(naming(self.snapshot, group)))
            .collect()
    }

    /// Whether the question is about a product and workload.
    fn wants<'b>(
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

    fn explain(
        &self,
        (kind, selection, page): (Kind, &Selection, &Range<usize>),
        version: u64,
        memory: &mut Reserved,
    ) -> Result<Explanation, StoreError> {
        let (service, channel) = self.snapshot.feed(self.number);
        let mut explanation = Explanation {
            service_code: service.to_owned(),
            channel: channel.to_owned(),
            version,
            part: 0,
            whole: 0,
            processed: None,
            reasons: Vec::new(),
            deliveries: Page::of(Vec::new(), 0, 0),
            rows: Page::of(Vec::new(), 0, 0),
            left_out: Vec::new(),
        };
        let mut excesses = Excesses::default();
        for counted in &self.deliveries {
            let (customer, is_late) = (counted.customer(), counted.is_late());
            let rows = counted.rows().iter();
            let rows: Vec<&Row> = rows.filter(|row| self.wants[row.group as usize]).collect();
            let part = rows.iter().map(|row| u64::from(row.part)).sum();
            let whole = rows.iter().map(|row| u64::from(row.whole)).sum();
            let delivery = counted.delivery;
            if is_late && selection.customer.is_none() {
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
            if rows.is_empty() {
                continue;
            }
            explanation.part += part;
            explanation.whole += whole;
            explanation.processed = explanation.processed.max(Some(delivery.processed));
            let delivered = || ExplainedDelivery {
                customer_id: customer.id,
                customer_name: customer.name.to_owned(),
                processed_date: day(delivery.day),
                recorded_at: delivery.recorded_at,
                delivery: delivery.number,
                rows: rows.len() as u64,
                numerator: part,
                denominator: whole,
            };
            let before = explanation.deliveries.items.len();
            add(&mut explanation.deliveries, page, delivered);
            let deliveries = explanation.deliveries.items.len() - before;
            let shown = explanation.rows.items.len();
            for row in &rows {
                excesses.add(row);
                let explained = || {
                    let [product_id, product_name] = self.snapshot.product(row.group);
                    let (.., code, workload) = self.snapshot.naming(row.group);
                    ExplainedRow {
                        delivery: delivery.number,
                        customer_id: customer.id,
                        product_id: text(product_id),
                        product_name: product_name.to_owned(),
                        workload_code: code.and_then(text),
                        workload_name: text(workload),
                        numerator: row.part.into(),
                        denominator: row.whole.into(),
                    }
                };
                add(&mut explanation.rows, page, explained);
            }
            let shown = &explanation.rows.items[shown..];
            memory.grow(bytes_of(shown) + deliveries * 2 * size_of::<ExplainedDelivery>())?;
        }
        explanation.reasons = excesses.reasons(kind, explanation.whole);
        Ok(explanation)
    }

    /// The delivery of a customer that counts.
    fn counting(&self, id: CustomerId, selection: &Selection) -> Option<Counted<'a>> {
        let mut of_customer = self.snapshot.deliveries_of(id);
        let counting = of_customer.find(|it| it.delivery.feed == self.number)?;
        match selection.customer {
            Some(wanted) => (wanted == id).then_some(counting),
            None => (!counting.is_late()).then_some(counting),
        }
    }

    /// Notes what a batch of a [`Reading`] has of what was delivered before those that count: their
    /// other versions and, of rows that are of the customers' deliveries before, the products that are
    /// not there any more.
    fn before(
        &self,
        (kind, selection): (Kind, &Selection),
        batch: &RecordBatch,
        may_be_vanished: bool,
        before: &mut Before,
    ) -> io::Result<()> {
        for row in stored_row::rows(kind, batch)? {
            let row = row?;
            // Another tool may have put several services into one file.
            if (row.text[SERVICE], row.text[CHANNEL]) != self.snapshot.feed(self.number) {
                continue;
            }
            let counting = self.counting(row.customer, selection);
            let (Some(current), Some((part, whole))) = (counting, row.counts) else {
                continue;
            };
            let product = [row.text[PRODUCT_ID], row.text[PRODUCT]];
            if !self.wants(product, naming_of(&row), selection) {
                continue;
            }
            let newest = current.delivery;
            if row.day == newest.day && row.delivery != newest.number {
                let key = BeforeKey::Version(row.customer, row.delivery);
                let recorded_at = Timestamp::from_microsecond(row.recorded).ok();
                let version = before.left_out.entry(key).or_insert_with(|| LeftOut {
                    recorded_at,
                    ..self.of_version(LeftOutReason::Superseded, &row)
                });
                version.numerator += u64::from(part);
                version.denominator += u64::from(whole);
            } else if may_be_vanished
                && row.day < newest.day
                && row.day >= newest.day - i32::from(LATE_AFTER_DAYS)
                && !self.is_there(&row, &current)
            {
                let key = BeforeKey::Vanished(before.left_out.len());
                let vanished = LeftOut {
                    product_name: Some(row.text[PRODUCT].to_owned()),
                    numerator: part.into(),
                    denominator: whole.into(),
                    ..self.of_version(LeftOutReason::VanishedProduct, &row)
                };
                before.left_out.insert(key, vanished);
            }
        }
        Ok(())
    }

    /// Whether a delivery has the product and workload of a row.
    fn is_there<'b>(&'b self, row: &StoredRow<'b>, delivery: &Counted<'_>) -> bool {
        let workloads: &Workloads<'b> = &self.workloads;
        let workload = workloads.workload(naming_of(row));
        delivery.rows().iter().any(|it| {
            is_product(row, self.snapshot.product(it.group))
                && workload == workloads.workload(naming(self.snapshot, it.group))
        })
    }

    fn of_version(&self, reason: LeftOutReason, row: &StoredRow<'_>) -> LeftOut {
        let known = self.snapshot.customer(row.customer);
        let name = known.map(|known| known.name);
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
        let (service, own) = self.snapshot.feed(self.number);
        let mut channels: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for delivery in self.snapshot.deliveries() {
            let (of, channel) = delivery.feed();
            let is_other = of == service && channel != own;
            if !is_other
                || delivery.is_late() && selection.customer.is_none()
                || selection.customer.is_some_and(|id| id != delivery.id())
            {
                continue;
            }
            let rows = delivery.rows().iter();
            for row in rows.filter(|row| self.wants[row.group as usize]) {
                let sum = channels.entry(channel).or_default();
                sum.0 += u64::from(row.part);
                sum.1 += u64::from(row.whole);
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

/// What rows of a group call their workload. Those of other channels are about the workload that has this
/// name here.
fn naming(snapshot: &Snapshot, group: u32) -> Naming<'_> {
    let (_, _, code, name) = snapshot.naming(group);
    ("", "", code, name)
}

/// A text; none if it is empty.
fn text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

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

/// Adds an item to a page, if it is one of those that are wanted.
fn add<T>(page: &mut Page<T>, wanted: &Range<usize>, item: impl FnOnce() -> T) {
    if wanted.contains(&(page.total_count as usize)) {
        page.items.push(item());
    }
    page.total_count += 1;
}

/// About how many bytes of memory rows take in an explanation.
fn bytes_of(rows: &[ExplainedRow]) -> usize {
    let texts = |row: &ExplainedRow| {
        let [id, code, workload] = [&row.product_id, &row.workload_code, &row.workload_name]
            .map(|text| text.as_ref().map_or(0, String::len));
        id + row.product_name.len() + code + workload
    };
    let rows = rows
        .iter()
        .map(|row| size_of::<ExplainedRow>() + texts(row));
    // A list that grows has up to twice the room that it needs.
    2 * rows.sum::<usize>()
}

/// Seats beyond a whole.
#[derive(Default)]
struct Excesses {
    /// How many rows there are, and their parts.
    rows: u64,
    part: u64,
    /// How many rows have more than their whole, and how much more; those without a whole, and the others.
    of_none: (u64, u64),
    over: (u64, u64),
}

impl Excesses {
    fn add(&mut self, row: &Row) {
        self.rows += 1;
        self.part += u64::from(row.part);
        let Some(excess) = row.part.checked_sub(row.whole).filter(|it| *it > 0) else {
            return;
        };
        let (rows, sum) = match row.whole {
            0 => &mut self.of_none,
            _ => &mut self.over,
        };
        *rows += 1;
        *sum += u64::from(excess);
    }

    /// What rows tell about a figure over 100, or one that is undefined.
    fn reasons(&self, kind: Kind, whole: u64) -> Vec<Reason> {
        let (of_none, over) = match kind {
            Kind::Usage | Kind::UsageMonth => {
                (ReasonCode::QualifiedZero, ReasonCode::ActiveOverQualified)
            }
            Kind::Deployment | Kind::DeploymentMonth => {
                (ReasonCode::SoldZero, ReasonCode::DeployedOverSold)
            }
        };
        let undefined = if whole == 0 { self.rows } else { 0 };
        let reasons = [
            (of_none, self.of_none),
            (over, self.over),
            (ReasonCode::DenominatorZero, (undefined, self.part)),
        ];
        let reasons = reasons.into_iter().filter(|(_, (rows, _))| *rows > 0);
        let reasons = reasons.map(|(code, (rows, excess))| Reason { code, rows, excess });
        reasons.collect()
    }
}

/// Whether a row is about this product: one with the same id, or without ids the same name.
fn is_product(row: &StoredRow<'_>, [id, name]: [&str; 2]) -> bool {
    let (own_id, own_name) = (row.text[PRODUCT_ID], row.text[PRODUCT]);
    if own_id.is_empty() && id.is_empty() {
        own_name == name
    } else {
        own_id == id
    }
}

/// What a row of a table calls its workload, as [`naming`] does.
fn naming_of<'a>(row: &StoredRow<'a>) -> Naming<'a> {
    let code = Some(row.text[CODE]).filter(|code| !code.is_empty());
    ("", "", code, row.text[WORKLOAD])
}

//! Why a figure is what it is: the rows behind it, and what is not among them.

use std::collections::{BTreeMap, HashMap, HashSet};

use datafusion::arrow::array::{Array as _, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Int32Type, Int64Type, TimestampMicrosecondType};
use datafusion::error::DataFusionError;
use foldhash::fast::RandomState;
use jiff::{Timestamp, ToSpan as _};
use seatwise_types::own::{
    ExplainedDelivery, ExplainedRow, LeftOut, LeftOutReason, Reason, ReasonCode, Selection,
};
use seatwise_types::{Channel, CustomerId, PartnerId, ProcessedDateTime};

use crate::facts::{Delivery, Row};
use crate::session::query;
use crate::table::{DataFile, Table, damaged};
use crate::workload::{Naming, Workload, Workloads};
use crate::write::day;
use crate::{Axes, Facts, Kind, KnownAt, LATE_AFTER_DAYS, Store, StoreError, percent};

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
    /// Of all customers those that are late are left out; of a single one its rows are told, late
    /// or not.
    ///
    /// The facts are those of the same partner, kind and axes.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub async fn explain(
        &self,
        partner: PartnerId,
        kind: Kind,
        axes: Axes,
        facts: &Facts,
        selection: &Selection,
    ) -> Result<Option<Explanation>, StoreError> {
        let Some(feed) = Feed::find(facts, selection) else {
            return Ok(None);
        };
        let Some(table) = self.table(partner, kind).await? else {
            return Ok(None);
        };
        // The facts may be those of an earlier version than the table is at now.
        let known_at = axes
            .known_at
            .or(facts.recorded_at().map(KnownAt::of_a_version));
        let axes = Axes { known_at, ..axes };
        let around = around(self, &table, axes, &feed, selection.customer);
        let around = around
            .await
            .map_err(|err| damaged(partner, kind, "read its versions", &table.path, err))?;
        let version = table.version_known_at(known_at.map(KnownAt::timestamp));
        let version =
            version.map_err(|err| damaged(partner, kind, "read its log", &table.path, err))?;
        Ok(Some(feed.explain(kind, selection, version, &around)))
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

/// Places of columns in [`TEXTS`](crate::layout::TEXTS).
const SERVICE: usize = 0;
const CHANNEL: usize = 1;
const PRODUCT_ID: usize = 4;
const PRODUCT: usize = 5;
const CODE: usize = 6;
const WORKLOAD: usize = 7;

impl<'a> Feed<'a> {
    fn find(facts: &'a Facts, selection: &Selection) -> Option<Self> {
        let is = |wanted: &Option<String>, column, number| {
            wanted
                .as_ref()
                .is_none_or(|wanted| facts.texts.is(column, number, wanted))
        };
        let of_feed = facts.deliveries.iter().filter(|it| {
            is(&selection.service, SERVICE, it.service)
                && is(&selection.channel, CHANNEL, it.channel)
        });
        let mut all: Vec<&Delivery> = of_feed.collect();
        let (service, channel) = all.first().map(|it| (it.service, it.channel))?;
        // Codes that nobody knows are kept as they come, so there may be two spellings of one.
        all.retain(|it| (it.service, it.channel) == (service, channel));
        let counting = all.iter().filter(|it| !it.is_late);
        let rows = counting.flat_map(|it| &facts.rows[it.rows.clone()]);
        let workloads = Workloads::of(rows.map(|row| naming(facts, row)));
        let of_customer = |it: &&Delivery| {
            let id = facts.customer_at(it.customer).id;
            selection.customer.is_none_or(|wanted| wanted == id)
        };
        let mut feed = Self {
            facts,
            service,
            channel,
            deliveries: all.iter().copied().filter(of_customer).collect(),
            workloads,
            wanted: None,
        };
        if feed.deliveries.is_empty() {
            return None;
        }
        if let Some(text) = &selection.workload {
            let is_counting = |it: &Delivery| !it.is_late || selection.customer.is_some();
            let (counting, late): (Vec<&Delivery>, Vec<&Delivery>) =
                all.iter().copied().partition(|it| is_counting(it));
            // What late customers call a workload matters only if nobody else has it.
            let mut wanted = feed.called(text, &counting);
            if wanted.is_empty() {
                wanted = feed.called(text, &late);
            }
            feed.wanted = Some(wanted);
        }
        Some(feed)
    }

    /// The workloads that deliveries have under this code or name.
    fn called(&self, text: &str, deliveries: &[&'a Delivery]) -> HashSet<Workload<'a>> {
        let facts = self.facts;
        let rows = deliveries
            .iter()
            .flat_map(|it| &facts.rows[it.rows.clone()]);
        let called = rows.filter(|row| {
            facts.texts.is(CODE, row.text[CODE], text)
                || facts.texts.is(WORKLOAD, row.text[WORKLOAD], text)
        });
        called
            .map(|row| self.workloads.workload(naming(facts, row)))
            .collect()
    }

    /// Whether the question is about a row.
    fn wants(&self, row: &Row, selection: &Selection) -> bool {
        let of = |column: usize| self.facts.texts.text(column, row.text[column]);
        self.wants_text(
            [of(PRODUCT_ID), of(PRODUCT)],
            naming(self.facts, row),
            selection,
        )
    }

    fn wants_text<'b>(
        &'b self,
        product: [&str; 2],
        workload: Naming<'b>,
        selection: &Selection,
    ) -> bool {
        let is_product = |wanted: &String| {
            let wanted = wanted.to_lowercase();
            product.iter().any(|it| it.to_lowercase() == wanted)
        };
        let is_workload = |wanted: &HashSet<Workload<'b>>| {
            let workloads: &Workloads<'b> = &self.workloads;
            wanted.contains(&workloads.workload(workload))
        };
        selection.product.as_ref().is_none_or(is_product)
            && self.wanted.as_ref().is_none_or(is_workload)
    }

    fn explain(
        &self,
        kind: Kind,
        selection: &Selection,
        version: u64,
        around: &[VersionRow],
    ) -> Explanation {
        let text = |column, number| self.facts.texts.text(column, number).to_owned();
        let mut told = Explanation {
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
            let rows = self.facts.rows[delivery.rows.clone()].iter();
            let rows: Vec<&Row> = rows.filter(|row| self.wants(row, selection)).collect();
            let part = rows.iter().map(|row| row.part).sum();
            let whole = rows.iter().map(|row| row.whole).sum();
            if delivery.is_late && selection.customer.is_none() {
                if !rows.is_empty() {
                    told.left_out.push(LeftOut {
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
            told.part += part;
            told.whole += whole;
            told.processed = told.processed.max(Some(delivery.processed));
            told.deliveries.push(ExplainedDelivery {
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
            told.rows.extend(rows.map(|row| ExplainedRow {
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
        told.reasons = reasons(kind, &told.rows, told.whole);
        told.left_out
            .extend(self.superseded(selection, &counting, around));
        told.left_out
            .extend(self.vanished(selection, &counting, around));
        told.left_out.extend(self.of_other_channels(selection));
        told
    }

    fn text(&self, column: usize, row: &Row) -> Option<String> {
        let text = self.facts.texts.text(column, row.text[column]);
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The versions of the deliveries that count which say something else.
    fn superseded(
        &self,
        selection: &Selection,
        counting: &Counting<'_>,
        around: &[VersionRow],
    ) -> Vec<LeftOut> {
        let mut versions: BTreeMap<(CustomerId, i64), LeftOut> = BTreeMap::new();
        for row in around {
            let Some(current) = counting.get(&row.customer) else {
                continue;
            };
            if row.day != current.day || row.delivery == current.number {
                continue;
            }
            if let Some((part, whole)) = row.counts
                && self.wants_text(row.product(), row.naming(), selection)
            {
                let version = versions
                    .entry((row.customer, row.delivery))
                    .or_insert_with(|| LeftOut {
                        recorded_at: Some(row.recorded_at),
                        ..self.of_version(LeftOutReason::Superseded, row)
                    });
                version.numerator += part;
                version.denominator += whole;
            }
        }
        versions.into_values().collect()
    }

    /// The products of a customer's delivery before that are not in its newest one.
    fn vanished(
        &self,
        selection: &Selection,
        counting: &Counting<'_>,
        around: &[VersionRow],
    ) -> Vec<LeftOut> {
        // Of the day before, the version that counted last.
        let mut before: HashMap<CustomerId, (i32, i64), RandomState> = HashMap::default();
        for row in around {
            let is_before = counting.get(&row.customer).is_some_and(|current| {
                (current.day - i32::from(LATE_AFTER_DAYS)..current.day).contains(&row.day)
            });
            if is_before {
                let newest = before.entry(row.customer).or_default();
                *newest = (row.day, row.delivery).max(*newest);
            }
        }
        let vanished = around.iter().filter_map(|row| {
            if before.get(&row.customer) != Some(&(row.day, row.delivery)) {
                return None;
            }
            let counts = row.counts?;
            let current = counting.get(&row.customer)?;
            let mut now = self.facts.rows[current.rows.clone()].iter();
            let is_there = now.any(|it| {
                let of = |column: usize| self.facts.texts.text(column, it.text[column]);
                let workload = self.workloads.workload(naming(self.facts, it));
                let workloads: &Workloads<'_> = &self.workloads;
                row.is_product([of(PRODUCT_ID), of(PRODUCT)])
                    && workload == workloads.workload(row.naming())
            });
            let is_wanted = self.wants_text(row.product(), row.naming(), selection);
            (is_wanted && !is_there).then(|| LeftOut {
                product_name: Some(row.text[1].clone()),
                numerator: counts.0,
                denominator: counts.1,
                ..self.of_version(LeftOutReason::VanishedProduct, row)
            })
        });
        vanished.collect()
    }

    fn of_version(&self, reason: LeftOutReason, row: &VersionRow) -> LeftOut {
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
            let rows = facts.rows[delivery.rows.clone()].iter();
            for row in rows.filter(|row| self.wants(row, selection)) {
                let channel = facts.texts.text(CHANNEL, delivery.channel);
                let sum = channels.entry(channel).or_default();
                sum.0 += row.part;
                sum.1 += row.whole;
            }
        }
        let told = channels.into_iter().map(|(channel, counts)| LeftOut {
            channel: Some(Channel::from(channel)),
            customer_id: selection.customer,
            ..left_out(LeftOutReason::OtherChannel, counts)
        });
        told.collect()
    }
}

fn naming<'a>(facts: &'a Facts, row: &Row) -> Naming<'a> {
    let of = |column: usize| facts.texts.text(column, row.text[column]);
    let code = Some(of(CODE)).filter(|code| !code.is_empty());
    // Within one service and channel.
    ("", "", code, of(WORKLOAD))
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

/// A row of a customer's newest day or of the one before, in any version.
struct VersionRow {
    customer: CustomerId,
    day: i32,
    delivery: i64,
    recorded_at: Timestamp,
    /// Product id, product name, workload code, workload name; empty where there is none.
    text: [String; 4],
    /// None if the delivery is empty.
    counts: Option<(u64, u64)>,
}

impl VersionRow {
    fn product(&self) -> [&str; 2] {
        [&self.text[0], &self.text[1]]
    }

    fn naming(&self) -> Naming<'_> {
        let [.., code, name] = &self.text;
        let code = Some(code.as_str()).filter(|code| !code.is_empty());
        ("", "", code, name)
    }

    /// Whether it is about this product: one with the same id, or without ids the same name.
    fn is_product(&self, [id, name]: [&str; 2]) -> bool {
        let [own_id, own_name] = self.product();
        if own_id.is_empty() && id.is_empty() {
            own_name == name
        } else {
            own_id == id
        }
    }
}

/// Reads all versions of each customer's newest two days that are not late.
async fn around(
    store: &Store,
    table: &Table,
    axes: Axes,
    feed: &Feed<'_>,
    customer: Option<CustomerId>,
) -> Result<Vec<VersionRow>, DataFusionError> {
    let texts = &feed.facts.texts;
    let (service, channel) = (
        texts.text(SERVICE, feed.service),
        texts.text(CHANNEL, feed.channel),
    );
    let newest = feed.deliveries.iter().map(|it| it.day).max().unwrap_or(0);
    // A delivery that counts may be as old as that, and the one before it as old again.
    let oldest = day(newest).saturating_sub((2 * i64::from(LATE_AFTER_DAYS)).days());
    let may_hold = |file: &&DataFile| {
        let of_feed = file
            .stats
            .single()
            .is_none_or(|single| single == (service, channel));
        of_feed && axes.may_see(file) && file.stats.max_values.processed_date >= oldest
    };
    let files: Vec<&DataFile> = table.files.iter().filter(may_hold).collect();
    let of_customer = customer
        .map(|id| format!("and customer_tenant_id = '{id}'"))
        .unwrap_or_default();
    let [part, whole] = table.kind.counts();
    let workload = if table.kind.has_workload() {
        ", workload_code, workload_name"
    } else {
        ""
    };
    let sql = format!(
        "with seen as (
             select distinct service_code, channel, customer_tenant_id, processed_date, delivery_id
             from facts where {axes} and processed_date >= date '{oldest}' {of_customer}),
         aged as (
             select delivery_id, dense_rank() over (
                 partition by service_code, channel, customer_tenant_id
                 order by processed_date desc) as age
             from seen)
         select service_code, channel, customer_tenant_id, cast(processed_date as int), delivery_id,
             recorded_at, {part}, {whole}, product_id, product_name{workload}
         from facts where delivery_id in (select delivery_id from aged where age <= 2)
         order by delivery_id, position"
    );
    let batches = query(store.session(), table, files, &sql).await?;
    let rows = batches
        .iter()
        .flat_map(|batch| version_rows(batch, service, channel));
    Ok(rows.collect())
}

fn version_rows(batch: &RecordBatch, service: &str, channel: &str) -> Vec<VersionRow> {
    let text = |column: usize| batch.column(column).as_string_view();
    let days = batch.column(3).as_primitive::<Int32Type>();
    let recorded = batch.column(5).as_primitive::<TimestampMicrosecondType>();
    let [delivery, part, whole] =
        [4, 6, 7].map(|column| batch.column(column).as_primitive::<Int64Type>());
    let own: Vec<_> = (8..batch.num_columns()).map(text).collect();
    let rows = (0..batch.num_rows()).filter_map(|row| {
        // Another tool may have put several services into one file.
        if text(0).value(row) != service || text(1).value(row) != channel {
            return None;
        }
        let of = |column: usize| own.get(column).filter(|values| values.is_valid(row));
        Some(VersionRow {
            customer: text(2).value(row).parse().ok()?,
            day: days.value(row),
            delivery: delivery.value(row),
            recorded_at: Timestamp::from_microsecond(recorded.value(row)).ok()?,
            text: std::array::from_fn(|column| {
                of(column).map_or(String::new(), |values| values.value(row).to_owned())
            }),
            counts: whole.is_valid(row).then(|| {
                let count = |count: i64| count.unsigned_abs();
                (count(part.value(row)), count(whole.value(row)))
            }),
        })
    });
    rows.collect()
}

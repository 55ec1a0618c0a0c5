//! Figures date by date: one query for the whole span, then one sweep over its dates.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::Arc;

use datafusion::arrow::array::{Array as _, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Int32Type, Int64Type, TimestampMicrosecondType};
use foldhash::fast::RandomState;
use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan as _};
use seatwise_types::own::{By, Gap, Selection, Step};
use seatwise_types::{CustomerId, PartnerId, ProcessedDateTime};

use crate::model::axes::{Axes, KnownAt, whole_millisecond};
use crate::model::columns::{
    CHANNEL, CODE, CUSTOMER_NAME, PRODUCT, PRODUCT_ID, SERVICE, TEXTS, WORKLOAD,
};
use crate::model::days::day;
use crate::model::kind::Kind;
use crate::model::limits::LATE_AFTER_DAYS;
use crate::model::percent::percent;
use crate::model::selection::selects;
use crate::model::texts::Texts;
use crate::query::question::{FEWER_DAYS, QuestionError, check_rows, check_span};
use crate::query::workload::{Naming, Workload, Workloads};
use crate::table::checksum::damage;
use crate::table::delta::{Table, damaged};
use crate::table::engine::{Decoded, Engine, Reserved};
use crate::table::session::each_batch;
use crate::table::store::Store;

/// How many rows, added up by delivery and by what is asked for, a history may be made of.
const MOST_ROWS: usize = 8 << 20;

/// How many dates times lines a history may have.
const MOST_POINTS: usize = 200_000;

/// What a history is asked for.
#[derive(Debug, Clone)]
pub struct HistoryQuestion {
    /// Which figures.
    pub kind: Kind,
    /// What the figures are of; deployment has no workloads.
    pub by: By,
    /// Of which rows.
    pub selection: Selection,
    /// The first day.
    pub from: Date,
    /// The last day, not before the first one.
    pub to: Date,
    /// How far the dates are apart.
    pub step: Step,
    /// What was recorded later does not exist.
    pub known_at: Option<KnownAt>,
}

/// Figures over time. At each date a figure is the one of that day: see
/// [`usage_figures_at`](Store::usage_figures_at).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The dates.
    pub dates: Vec<Date>,
    /// When something was recorded last; none if nothing was.
    pub recorded_at: Option<Timestamp>,
    /// Lines that have a figure at one of the dates, ordered by service, channel, and what they
    /// are of: customers by their ids, workloads and products by their names.
    pub lines: Vec<Line>,
}

/// The figures of one thing, date by date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The service's code.
    pub service_code: String,
    /// The channel.
    pub channel: String,
    /// What it is of.
    pub of: LineOf,
    /// One for each date.
    pub points: Vec<Result<Point, Gap>>,
}

/// What a line of a history is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineOf {
    /// All customers, products and workloads.
    Partner,
    /// A customer and its newest name.
    Customer(CustomerId, String),
    /// A workload's newest name, and its code if it has one.
    Workload(String, Option<String>),
    /// A product's newest name, and its id if it has one.
    Product(String, Option<String>),
}

/// A figure at a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// Seats active or deployed.
    pub part: u64,
    /// Seats qualified or sold.
    pub whole: u64,
    /// The newest processed date among the rows that were added up.
    pub processed: ProcessedDateTime,
}

impl Point {
    /// The part of the whole, as [`percent()`] makes it.
    pub fn percent(&self) -> f64 {
        percent(self.part, self.whole)
    }
}

/// The days of one step; its figure is that of the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Period {
    first: Date,
    last: Date,
}

/// The steps from a day to another.
fn periods(from: Date, to: Date, step: Step) -> Vec<Period> {
    let mut periods = Vec::new();
    let mut first = from;
    while first <= to {
        let last = match step {
            Step::Day => first,
            Step::Week => {
                let until_sunday = first.weekday().until(Weekday::Sunday);
                first.saturating_add(i64::from(until_sunday).days())
            }
            Step::Month => first.last_of_month(),
        };
        let last = last.min(to);
        periods.push(Period { first, last });
        match last.tomorrow() {
            Ok(next) => first = next,
            Err(_) => break,
        }
    }
    periods
}

impl Store {
    /// The figures of a partner over time.
    ///
    /// # Errors
    /// If the question has no answer, or too large a one, or the table cannot be read.
    pub async fn history(
        &self,
        partner: PartnerId,
        question: &HistoryQuestion,
    ) -> Result<History, QuestionError> {
        let HistoryQuestion { kind, from, to, .. } = *question;
        check_span(from, to)?;
        let asks_workloads = question.by == By::Workload || question.selection.workload.is_some();
        if asks_workloads && !kind.has_workload() {
            return Err(QuestionError::NoWorkloads);
        }
        let periods = periods(from, to, question.step);
        let (asked, periods) = (question.known_at.map(KnownAt::timestamp), &periods);
        let found = self.with_newest(partner, kind, move |table| async move {
            let recorded_at = table.last_recorded().map(whole_millisecond);
            let (engine, question) = (Arc::clone(self.engine()), question.clone());
            let periods = periods.clone();
            let work = async move {
                check_points(&engine, &table, &question, periods.len()).await?;
                let found = Found::read(&engine, &table, &question).await?;
                found.lines(&question, &periods)
            };
            let lines = self.question("read the history of", work).await?;
            Ok::<_, QuestionError>((lines, asked.or(recorded_at)))
        });
        let (lines, recorded_at) = found.await?.unwrap_or((Vec::new(), asked));
        Ok(History {
            dates: periods.iter().map(|period| period.last).collect(),
            recorded_at,
            lines,
        })
    }
}

impl HistoryQuestion {
    /// The first day of deliveries that may count: whatever counts at a date that has a delivery is
    /// at most so much older.
    fn oldest(&self) -> Date {
        let days = i64::from(LATE_AFTER_DAYS).days();
        self.from.saturating_sub(days)
    }

    fn axes(&self) -> Axes {
        Axes {
            as_of: Some(self.to),
            known_at: self.known_at,
        }
    }
}

/// Refuses a history with too many points before its rows are read: each customer or product that
/// has rows in the days that are asked for has a line.
async fn check_points(
    engine: &Engine,
    table: &Table,
    question: &HistoryQuestion,
    dates: usize,
) -> Result<(), QuestionError> {
    let Selection {
        workload, product, ..
    } = &question.selection;
    // Of some workloads or products there may be fewer lines: that is known when they are read.
    let has_line = match question.by {
        By::Customer if workload.is_none() && product.is_none() => "customer_tenant_id",
        By::Product if workload.is_none() && product.is_none() => {
            "coalesce(product_id, product_name)"
        }
        _ => return Ok(()),
    };
    let (axes, from) = (question.axes(), question.from);
    let [_, whole] = question.kind.counts();
    let sql = format!(
        "select service_code, channel, count(distinct {has_line}) from facts
         where {axes} and processed_date >= date '{from}' and {whole} is not null{}
         group by service_code, channel",
        of_customer(question)
    );
    let files = axes.files_from(from, table, &question.selection);
    let mut lines = 0;
    each_batch(
        engine.session(),
        table,
        files,
        &sql,
        "count its rows",
        |batch| {
            let [services, channels] = [0, 1].map(|column| batch.column(column).as_string_view());
            let counts = batch.column(2).as_primitive::<Int64Type>();
            for row in 0..batch.num_rows() {
                // Another tool may have put several services into one file.
                if selects(
                    &question.selection,
                    (services.value(row), channels.value(row)),
                ) {
                    lines += usize::try_from(counts.value(row)).unwrap_or(usize::MAX);
                }
            }
            Ok(())
        },
    )
    .await?;
    if lines.saturating_mul(dates) > MOST_POINTS {
        return Err(too_many_points());
    }
    Ok(())
}

/// The condition for the customer that is selected, which may be the only one whose rows matter.
fn of_customer(question: &HistoryQuestion) -> String {
    let customer = question.selection.customer;
    customer.map_or_else(String::new, |id| {
        format!(" and customer_tenant_id = '{id}'")
    })
}

/// The query: the newest version of each unit, added up by what the question tells apart.
fn sums(question: &HistoryQuestion) -> String {
    let (axes, oldest) = (question.axes(), question.oldest());
    let [part, whole] = question.kind.counts();
    let by: String = question
        .tells_apart()
        .map(|column| format!(", {}", TEXTS[column]))
        .collect();
    format!(
        "with newest as (
             select max(delivery_id) as number from facts
             where {axes} and processed_date >= date '{oldest}'
             group by service_code, channel, customer_tenant_id, processed_date)
         select service_code, channel, customer_tenant_id, max(customer_name),
             cast(processed_date as int), max(processed_date_time),
             cast(sum({part}) as bigint), cast(sum({whole}) as bigint){by}
         from facts where delivery_id in (select number from newest)
         group by service_code, channel, customer_tenant_id, processed_date{by}
         limit {}",
        MOST_ROWS + 1
    )
}

impl HistoryQuestion {
    /// The columns of [`TEXTS`] that matter beside service and channel.
    fn tells_apart(&self) -> impl Iterator<Item = usize> + use<> {
        let workload = self.by == By::Workload || self.selection.workload.is_some();
        let product = self.by == By::Product || self.selection.product.is_some();
        let workload = [CODE, WORKLOAD].into_iter().filter(move |_| workload);
        let product = [PRODUCT_ID, PRODUCT].into_iter().filter(move |_| product);
        workload.chain(product)
    }
}

/// All rows of the span, added up by delivery and by what the question tells apart.
struct Found {
    texts: Texts,
    sums: Vec<Sum>,
    /// For texts and sums.
    _memory: Reserved,
    /// For what is kept while the dates are gone through.
    memory: Reserved,
}

/// Rows of one delivery that are added up.
struct Sum {
    /// By its numbers in [`Texts`]; 0 is "absent", or of no interest.
    text: [u32; 8],
    customer: CustomerId,
    day: i32,
    processed: ProcessedDateTime,
    /// None if the delivery is empty.
    counts: Option<(u64, u64)>,
}

impl Found {
    async fn read(
        engine: &Engine,
        table: &Table,
        question: &HistoryQuestion,
    ) -> Result<Self, QuestionError> {
        let axes = question.axes();
        let files = axes.files_from(question.oldest(), table, &question.selection);
        let mut found = Decoded::new(engine);
        let sql = sums(question);
        each_batch(
            engine.session(),
            table,
            files,
            &sql,
            "read its history",
            |batch| {
                found.make_room(batch.num_rows())?;
                sums_in(question, batch, &mut found).map_err(|err| {
                    damaged(
                        table.partner,
                        table.kind,
                        "read its history",
                        &table.path,
                        err,
                    )
                })
            },
        )
        .await?;
        check_rows(found.rows.len(), MOST_ROWS, "rows to add up", FEWER_DAYS)?;
        let (mut sums, texts, memory) = found.into_parts();
        sums.sort_unstable_by(|a, b| {
            let order = |sum| (feed_of(&texts, sum), sum.day, sum.customer);
            order(a).cmp(&order(b))
        });
        Ok(Self {
            texts,
            sums,
            _memory: memory,
            memory: engine.reservation("a history"),
        })
    }

    fn lines(
        mut self,
        question: &HistoryQuestion,
        periods: &[Period],
    ) -> Result<Vec<Line>, QuestionError> {
        let mut lines = Vec::new();
        let of_one_feed = |a: &Sum, b: &Sum| a.text[..2] == b.text[..2];
        for sums in self.sums.chunk_by(of_one_feed) {
            // Another tool may have put several services into one file.
            if !selects(&question.selection, feed_of(&self.texts, &sums[0])) {
                continue;
            }
            let sweep = Sweep::new(&self.texts, question, sums, &mut self.memory);
            lines.extend(sweep.lines(periods)?);
            if lines.len() * periods.len() > MOST_POINTS {
                return Err(too_many_points());
            }
        }
        Ok(lines)
    }
}

/// Adds the sums of a batch of [`sums`].
///
/// # Errors
/// If a sum has no customer or no time, which no row lacks.
fn sums_in(
    question: &HistoryQuestion,
    batch: &RecordBatch,
    found: &mut Decoded<Sum>,
) -> Result<(), io::Error> {
    let column = |number: usize| batch.column(number).as_string_view();
    let extra = (8..).zip(question.tells_apart());
    let columns: Vec<_> = [(0, SERVICE), (1, CHANNEL), (3, CUSTOMER_NAME)]
        .into_iter()
        .chain(extra)
        .map(|(number, text)| (text, column(number)))
        .collect();
    let days = batch.column(4).as_primitive::<Int32Type>();
    let processed = batch.column(5).as_primitive::<TimestampMicrosecondType>();
    let [part, whole] = [6, 7].map(|number| batch.column(number).as_primitive::<Int64Type>());
    for row in 0..batch.num_rows() {
        let (Ok(customer), Ok(processed)) = (
            column(2).value(row).parse(),
            ProcessedDateTime::from_microsecond(processed.value(row)),
        ) else {
            return Err(damage("a row has no customer or no time"));
        };
        let mut text = [0; 8];
        for (place, values) in columns.iter().filter(|(_, values)| values.is_valid(row)) {
            let value = values.value(row).as_bytes();
            text[*place] = found.texts.number(*place, value).unwrap_or(0);
        }
        let count = |count: i64| count.unsigned_abs();
        found.rows.push(Sum {
            text,
            customer,
            day: days.value(row),
            processed,
            counts: whole
                .is_valid(row)
                .then(|| (count(part.value(row)), count(whole.value(row)))),
        });
    }
    Ok(())
}

/// Service and channel.
fn feed_of<'a>(texts: &'a Texts, sum: &Sum) -> (&'a str, &'a str) {
    let [service, channel, ..] = sum.text;
    (texts.text(SERVICE, service), texts.text(CHANNEL, channel))
}

fn too_many_points() -> QuestionError {
    QuestionError::TooMuch {
        most: MOST_POINTS,
        of: "points",
        less: "a larger step, fewer days, or one service and channel",
    }
}

/// Goes through the dates of one service and channel, and keeps what each customer contributes.
struct Sweep<'a> {
    texts: &'a Texts,
    question: &'a HistoryQuestion,
    /// In the order of their days.
    deliveries: Vec<&'a [Sum]>,
    /// How many of them were taken in.
    arrived: usize,
    /// How many of them are too old to count.
    passed: usize,
    /// The delivery of each customer that counts.
    current: HashMap<CustomerId, usize, RandomState>,
    totals: HashMap<Group, Total, RandomState>,
    /// For all of it.
    memory: &'a mut Reserved,
}

/// About how many bytes of memory the sum of a group takes, and a customer that counts.
const GROUP_BYTES: usize = 384;
const CUSTOMER_BYTES: usize = 128;

/// What is kept apart while sweeping.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Group {
    code: u32,
    workload: u32,
    /// Whether the question is about it: the others are there because they say what workloads are
    /// called.
    is_selected: bool,
    customer: Option<CustomerId>,
    product_id: u32,
    product: u32,
}

/// The sum of the rows of a group that count.
#[derive(Default)]
struct Total {
    part: u64,
    whole: u64,
    /// How many there are of each processed date, so that the newest can go.
    processed: BTreeMap<ProcessedDateTime, u32>,
}

/// What makes a line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum LineKey<'a> {
    Partner,
    Customer(CustomerId),
    Workload(Workload<'a>),
    /// The product's id, or its name if it has none.
    Product(Result<&'a str, &'a str>),
}

/// A line in the making: its newest name, and its points by the numbers of their dates.
#[derive(Default)]
struct Making<'a> {
    name: Option<(ProcessedDateTime, &'a str)>,
    points: BTreeMap<usize, Point>,
}

impl<'a> Sweep<'a> {
    fn new(
        texts: &'a Texts,
        question: &'a HistoryQuestion,
        sums: &'a [Sum],
        memory: &'a mut Reserved,
    ) -> Self {
        let of_one_delivery = |a: &Sum, b: &Sum| (a.day, a.customer) == (b.day, b.customer);
        Self {
            texts,
            question,
            deliveries: sums.chunk_by(of_one_delivery).collect(),
            arrived: 0,
            passed: 0,
            current: HashMap::default(),
            totals: HashMap::default(),
            memory,
        }
    }

    fn lines(mut self, periods: &[Period]) -> Result<Vec<Line>, QuestionError> {
        let mut making: BTreeMap<LineKey<'a>, Making<'a>> = BTreeMap::new();
        let mut delivered = Vec::with_capacity(periods.len());
        for (number, period) in periods.iter().enumerate() {
            let is_delivered = self.go_to(period);
            self.memory.resize(
                self.deliveries.capacity() * size_of::<&[Sum]>()
                    + self.current.len() * CUSTOMER_BYTES
                    + self.totals.len() * GROUP_BYTES,
            )?;
            delivered.push(is_delivered);
            if is_delivered {
                self.note(number, &mut making);
            }
            if making.len() * periods.len() > MOST_POINTS {
                return Err(too_many_points());
            }
        }
        let customers = self.customer_names();
        let (service, channel) = feed_of(self.texts, &self.deliveries[0][0]);
        let lines = making.into_iter().map(|(key, line)| {
            let name = line.name.map_or("", |(_, name)| name).to_owned();
            let of = match key {
                LineKey::Partner => LineOf::Partner,
                LineKey::Customer(id) => {
                    let name = customers.get(&id).map_or("", |(_, name)| name);
                    LineOf::Customer(id, name.to_owned())
                }
                LineKey::Workload(Workload::Code(code)) => {
                    LineOf::Workload(name, Some(code.to_owned()))
                }
                LineKey::Workload(Workload::Name(_)) => LineOf::Workload(name, None),
                LineKey::Product(Ok(id)) => LineOf::Product(name, Some(id.to_owned())),
                LineKey::Product(Err(_)) => LineOf::Product(name, None),
            };
            let points = delivered.iter().enumerate().map(|(number, is_delivered)| {
                let gap = if *is_delivered {
                    Gap::NoRows
                } else {
                    Gap::NoDelivery
                };
                line.points.get(&number).copied().ok_or(gap)
            });
            Line {
                service_code: service.to_owned(),
                channel: channel.to_owned(),
                of,
                points: points.collect(),
            }
        });
        let mut lines: Vec<Line> = lines.collect();
        lines.sort_by(|a, b| a.of.cmp(&b.of));
        Ok(lines)
    }

    /// Goes on to the last day of a period. Says whether anything was delivered in it: if not, the
    /// figures are those of an earlier date.
    fn go_to(&mut self, period: &Period) -> bool {
        while let Some(delivery) = self.deliveries.get(self.arrived).copied()
            && day(delivery[0].day) <= period.last
        {
            if let Some(before) = self.current.insert(delivery[0].customer, self.arrived) {
                self.take(before);
            }
            self.give(self.arrived);
            self.arrived += 1;
        }
        let Some(newest) = self.arrived.checked_sub(1) else {
            return false;
        };
        let newest = self.deliveries[newest][0].day;
        let oldest = newest - i32::from(LATE_AFTER_DAYS);
        while let [first, ..] = self.deliveries[self.passed]
            && first.day < oldest
        {
            if self.current.get(&first.customer) == Some(&self.passed) {
                self.current.remove(&first.customer);
                self.take(self.passed);
            }
            self.passed += 1;
        }
        day(newest) >= period.first
    }

    /// Adds what a delivery says.
    fn give(&mut self, delivery: usize) {
        for sum in self.deliveries[delivery] {
            if let Some((part, whole)) = sum.counts {
                let total = self.totals.entry(self.group(sum)).or_default();
                total.part += part;
                total.whole += whole;
                *total.processed.entry(sum.processed).or_default() += 1;
            }
        }
    }

    /// Takes what a delivery said away.
    fn take(&mut self, delivery: usize) {
        for sum in self.deliveries[delivery] {
            let group = self.group(sum);
            let (Some((part, whole)), Some(total)) = (sum.counts, self.totals.get_mut(&group))
            else {
                continue;
            };
            total.part -= part;
            total.whole -= whole;
            if let Some(rows) = total.processed.get_mut(&sum.processed) {
                *rows -= 1;
                if *rows == 0 {
                    total.processed.remove(&sum.processed);
                }
            }
            if total.processed.is_empty() {
                self.totals.remove(&group);
            }
        }
    }

    fn group(&self, sum: &Sum) -> Group {
        let HistoryQuestion { by, selection, .. } = self.question;
        let is_product = |wanted: &String| {
            self.texts.is(PRODUCT_ID, sum.text[PRODUCT_ID], wanted)
                || self.texts.is(PRODUCT, sum.text[PRODUCT], wanted)
        };
        let is_selected = selection.customer.is_none_or(|it| it == sum.customer)
            && selection.product.as_ref().is_none_or(is_product);
        let [product_id, product] = if *by == By::Product {
            [sum.text[PRODUCT_ID], sum.text[PRODUCT]]
        } else {
            [0; 2]
        };
        Group {
            code: sum.text[CODE],
            workload: sum.text[WORKLOAD],
            is_selected,
            customer: Some(sum.customer).filter(|_| *by == By::Customer),
            product_id,
            product,
        }
    }

    /// Notes what counts now as the points of a date.
    fn note(&self, number: usize, making: &mut BTreeMap<LineKey<'a>, Making<'a>>) {
        let naming = |group: &Group| self.naming(group);
        let workloads = Workloads::of(self.totals.keys().map(naming));
        let wanted: Option<Vec<Workload<'_>>> =
            self.question.selection.workload.as_ref().map(|wanted| {
                let called = self.totals.keys().filter(|group| {
                    self.texts.is(CODE, group.code, wanted)
                        || self.texts.is(WORKLOAD, group.workload, wanted)
                });
                called
                    .map(|group| workloads.workload(naming(group)))
                    .collect()
            });
        for (group, total) in self.totals.iter().filter(|(group, _)| group.is_selected) {
            let workload = workloads.workload(naming(group));
            if wanted
                .as_ref()
                .is_some_and(|wanted| !wanted.contains(&workload))
            {
                continue;
            }
            let Some((processed, _)) = total.processed.last_key_value() else {
                continue;
            };
            let product = self.texts.text(PRODUCT, group.product);
            let (key, name) = match (self.question.by, group.customer) {
                (By::Customer, Some(id)) => (LineKey::Customer(id), ""),
                (By::Workload, _) => {
                    let name = self.texts.text(WORKLOAD, group.workload);
                    (LineKey::Workload(workload), name)
                }
                (By::Product, _) => {
                    let id = self.texts.text(PRODUCT_ID, group.product_id);
                    let id = Some(id).filter(|id| !id.is_empty());
                    (LineKey::Product(id.ok_or(product)), product)
                }
                (By::Partner | By::Customer, _) => (LineKey::Partner, ""),
            };
            let line = making.entry(key).or_default();
            line.name = line.name.max(Some((*processed, name)));
            let point = line.points.entry(number).or_insert(Point {
                part: 0,
                whole: 0,
                processed: *processed,
            });
            point.part += total.part;
            point.whole += total.whole;
            point.processed = point.processed.max(*processed);
        }
    }

    fn naming(&self, group: &Group) -> Naming<'a> {
        let code = Some(group.code).filter(|code| *code != 0);
        let code = code.map(|code| self.texts.text(CODE, code));
        // Within one service and channel.
        ("", "", code, self.texts.text(WORKLOAD, group.workload))
    }

    /// The newest name of each customer; of two that are as new, the last in the alphabet.
    fn customer_names(&self) -> HashMap<CustomerId, (ProcessedDateTime, &'a str), RandomState> {
        let mut names = HashMap::default();
        for sum in self.deliveries.iter().copied().flatten() {
            let name = self.texts.text(CUSTOMER_NAME, sum.text[CUSTOMER_NAME]);
            let name = (sum.processed, name);
            let newest = names.entry(sum.customer).or_insert(name);
            *newest = name.max(*newest);
        }
        names
    }
}

//! Figures date by date, in one sweep over the dates.
//!
//! Those of all customers come from the ledger, where there is one (`spans.rs`). Those of single
//! customers come from the rows of the days in question (`rows.rs`): of one customer from its own rows, where
//! the ledger knows on which days something was delivered of any customer.

mod lines;
mod rows;
mod spans;
mod sweep;

use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};
use seatwise_types::own::{By, Gap, Selection, Step};
use seatwise_types::{CustomerId, PartnerId, ProcessedDateTime};

use self::sweep::FeedDays;
use crate::model::axes::{Axes, KnownAt, whole_millisecond};
use crate::model::kind::Kind;
use crate::model::percent::percent;
use crate::query::question::{Answer, QuestionError, check_span};
use crate::table::store::Store;

/// How many dates times lines a history may have.
const MOST_POINTS: usize = 200_000;

/// What a history is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
    ) -> Result<Answer<History>, QuestionError> {
        question.check()?;
        let HistoryQuestion { kind, from, to, .. } = *question;
        let periods = periods(from, to, question.step);
        let (asked, periods) = (question.known_at.map(KnownAt::timestamp), &periods);
        let found = self.with_newest(partner, kind, move |table| async move {
            let of_all = question.is_of_all_customers();
            let ledger = match of_all || question.is_of_own_rows() {
                true => self.ledger(&table).await?,
                false => None,
            };
            let ledger = ledger.filter(|ledger| ledger.tells(question.axes()));
            let recorded_at = match &ledger {
                Some(ledger) if of_all => ledger.recorded_at(),
                _ => table.last_recorded(),
            };
            let (engine, question) = (Arc::clone(self.engine()), question.clone());
            let periods = periods.clone();
            let work = async move {
                match ledger {
                    Some(ledger) if of_all => {
                        let mut memory = engine.reservation("a history");
                        spans::lines(&ledger, &question, &periods, &mut memory)
                    }
                    ledger => {
                        let days = ledger.map(|it| FeedDays::of(&it, question.axes()));
                        rows::lines(&engine, &table, &question, &periods, days.as_ref()).await
                    }
                }
            };
            let lines = self.question("read the history of", work).await?;
            Ok::<_, QuestionError>((lines, asked.or(recorded_at.map(whole_millisecond))))
        });
        let (lines, recorded_at) = found.await?.unwrap_or((Vec::new(), asked));
        Ok(Answer {
            memory: self.reserve(lines.len() * periods.len() * size_of::<Result<Point, Gap>>())?,
            recorded_at,
            value: History {
                dates: periods.iter().map(|period| period.last).collect(),
                lines,
            },
        })
    }
}

impl HistoryQuestion {
    fn check(&self) -> Result<(), QuestionError> {
        check_span(self.from, self.to)?;
        let asks_workloads = self.by == By::Workload || self.selection.workload.is_some();
        match asks_workloads && !self.kind.has_workload() {
            true => Err(QuestionError::NoWorkloads),
            false => Ok(()),
        }
    }

    fn axes(&self) -> Axes {
        Axes {
            as_of: Some(self.to),
            known_at: self.known_at,
        }
    }

    /// Whether the rows of one customer are enough, if the days of all deliveries are known: those say
    /// when the customer is late. What a workload is called depends on the rows of all customers.
    fn is_of_own_rows(&self) -> bool {
        let tells_workloads = self.by == By::Workload || self.selection.workload.is_some();
        self.selection.customer.is_some() && !tells_workloads
    }

    /// Whether no customer is told apart from the others.
    fn is_of_all_customers(&self) -> bool {
        self.by != By::Customer && self.selection.customer.is_none()
    }
}

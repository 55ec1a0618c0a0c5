//! Figures over time, calculated in one sweep over the dates.
//!
//! Figures of all customers come from the ledger if there is one (`spans.rs`). Those of single
//! customers come from the rows of the days (`rows.rs`).

mod lines;
mod rows;
mod spans;
mod sweep;

use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};
use seatwise_types::extensions::{By, Gap, Selection, Step};
use seatwise_types::{CustomerId, PartnerId, ProcessedDateTime};

use self::sweep::FeedDays;
use crate::model::axes::{Axes, KnownAt, whole_millisecond};
use crate::model::kind::Kind;
use crate::model::percent::percent;
use crate::query::question::{Answer, QuestionError, check_span};
use crate::table::store::Store;

/// The largest number of points in a history: dates times lines.
const MOST_POINTS: usize = 200_000;

/// A question for a history.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HistoryQuestion {
    /// The table.
    pub kind: Kind,
    /// What each line is about; deployment has no workloads.
    pub by: By,
    /// The selected rows.
    pub selection: Selection,
    /// The first day.
    pub from: Date,
    /// The last day, not before the first one.
    pub to: Date,
    /// The distance between dates.
    pub step: Step,
    /// Ignores deliveries recorded later; `None` ignores none.
    pub known_at: Option<KnownAt>,
}

/// Figures over time. The figure at each date is that of
/// [`usage_figures_at`](Store::usage_figures_at) with this day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The dates.
    pub dates: Vec<Date>,
    /// Lines with a figure at one of the dates, ordered by service, channel, and subject: customers
    /// by id, workloads and products by name.
    pub lines: Vec<Line>,
}

/// The figures of one subject, date by date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The service's code.
    pub service_code: String,
    /// The channel.
    pub channel: String,
    /// The subject.
    pub of: LineOf,
    /// One point for each date, or the reason for a gap.
    pub points: Vec<Result<Point, Gap>>,
}

/// The subject of a line.
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
    /// The newest processed date of the rows in the figure.
    pub processed: ProcessedDateTime,
}

impl Point {
    /// The percent of the part in the whole, by [`percent()`].
    pub fn percent(&self) -> f64 {
        percent(self.part, self.whole)
    }
}

/// The days of one step. Its figure is that of the last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Period {
    first: Date,
    last: Date,
}

/// The steps from one day to another.
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
    /// If the question is invalid, the answer is too large, or the table cannot be read.
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

    /// Whether the figures do not distinguish customers.
    fn is_of_all_customers(&self) -> bool {
        self.by != By::Customer && self.selection.customer.is_none()
    }
}

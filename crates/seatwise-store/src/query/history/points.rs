//! The answer: lines of points.

use jiff::civil::Date;
use seatwise_types::extensions::Gap;
use seatwise_types::{CustomerId, ProcessedDateTime};

use crate::model::percent::percent;
use crate::query::question::QuestionError;

/// The largest number of points in a history: dates times lines.
const MOST_POINTS: usize = 200_000;

/// Figures over time. The figure at each date is that of
/// [`usage_figures_at`](crate::Store::usage_figures_at) with this day.
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

/// Rejects a history whose lines times dates exceed [`MOST_POINTS`].
pub(super) fn check_points(lines: usize, dates: usize) -> Result<(), QuestionError> {
    if lines.saturating_mul(dates) > MOST_POINTS {
        return Err(QuestionError::TooMuch {
            most: MOST_POINTS,
            of: "points",
            less: "a larger step, fewer days, or one service and channel",
        });
    }
    Ok(())
}

//! What questions have in common: limits, answers and errors.

use jiff::Timestamp;
use jiff::civil::Date;
use seatwise_types::extensions::Month;

use crate::model::error::StoreError;
use crate::table::engine::Reserved;

/// The largest span of a question in days: ten years.
const MOST_DAYS: i32 = 3_653;

/// The largest span of a question in months: ten years.
pub(crate) const MOST_MONTHS: usize = 120;

/// The answer to a question.
#[derive(Debug)]
pub struct Answer<T> {
    /// The result.
    pub value: T,
    /// The instant that the question names, or else when the last delivery was recorded; `None` if
    /// there is none.
    pub recorded_at: Option<Timestamp>,
    /// The memory for questions that the value uses until this is dropped.
    pub memory: Reserved,
}

/// Why a question has no answer: it is invalid, or the answer is too large.
#[derive(Debug, thiserror::Error)]
pub enum QuestionError {
    /// The last day is before the first one, or too far from it.
    #[error("from {from} to {to} is not a span of 1 to {MOST_DAYS} days")]
    Span {
        /// The first day.
        from: Date,
        /// The last day.
        to: Date,
    },
    /// The last month is before the first one, or too far from it.
    #[error("from {from} to {to} is not a span of 1 to {MOST_MONTHS} months")]
    Months {
        /// The first month.
        from: Month,
        /// The last month.
        to: Month,
    },
    /// The answer does not distinguish rows by something in the selection.
    #[error("{why}")]
    NotSelected {
        /// The member of the [`Selection`](seatwise_types::extensions::Selection): `workload`, `product` or `channel`.
        by: &'static str,
        /// The reason.
        why: &'static str,
    },
    /// Deployment has no workloads.
    #[error("deployment has no workloads")]
    NoWorkloads,
    /// The answer is too large.
    #[error("there are more than {most} {of}: ask for {less}")]
    TooMuch {
        /// The limit.
        most: usize,
        /// What is limited.
        of: &'static str,
        /// What to request instead.
        less: &'static str,
    },
    /// The table cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How to reduce an answer about days.
pub(crate) const FEWER_DAYS: &str = "fewer days, or one service and channel";

/// Checks that a query found no more rows than the limit of an answer.
pub(crate) fn check_rows(
    rows: usize,
    most: usize,
    of: &'static str,
    less: &'static str,
) -> Result<(), QuestionError> {
    if rows > most {
        return Err(QuestionError::TooMuch { most, of, less });
    }
    Ok(())
}

/// Rejects a selection by something that an answer does not distinguish: an answer about all rows
/// would be wrong. `why` is the reason.
pub(crate) fn check_selection<T>(
    selected: Option<&T>,
    by: &'static str,
    why: &'static str,
) -> Result<(), QuestionError> {
    match selected {
        Some(_) => Err(QuestionError::NotSelected { by, why }),
        None => Ok(()),
    }
}

/// Checks that days are in order, and not too many.
pub(crate) fn check_span(from: Date, to: Date) -> Result<(), QuestionError> {
    let days = from.until(to).map_or(i32::MAX, |span| span.get_days());
    if (0..MOST_DAYS).contains(&days) {
        Ok(())
    } else {
        Err(QuestionError::Span { from, to })
    }
}

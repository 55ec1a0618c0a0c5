//! What questions have in common: what they take, how much they may ask for, their answers, and why there is
//! none.

use jiff::Timestamp;
use jiff::civil::Date;
use seatwise_types::own::Month;

use crate::model::error::StoreError;
use crate::table::engine::Reserved;

/// How many days a question may span: ten years.
const MOST_DAYS: i32 = 3_653;

/// How many months a question may span: ten years.
pub(crate) const MOST_MONTHS: usize = 120;

/// The answer to a question.
#[derive(Debug)]
pub struct Answer<T> {
    /// What was asked for.
    pub value: T,
    /// When something was recorded last, or the instant that was asked for; none if nothing was.
    pub recorded_at: Option<Timestamp>,
    /// The memory of questions that the value takes, until this is dropped.
    pub memory: Reserved,
}

/// Why a question is not answered, or not in one answer: a history, restatements, an explanation, figures of
/// months.
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
    /// The answer does not tell rows apart by something that it is to select rows by.
    #[error("{why}")]
    NotSelected {
        /// The member of the [`Selection`](seatwise_types::own::Selection): `workload`, `product` or `channel`.
        by: &'static str,
        /// Why not.
        why: &'static str,
    },
    /// Deployment has no workloads.
    #[error("deployment has no workloads")]
    NoWorkloads,
    /// There would be too much of it.
    #[error("there are more than {most} {of}: ask for {less}")]
    TooMuch {
        /// How much there may be.
        most: usize,
        /// Of what.
        of: &'static str,
        /// What there is less of it in.
        less: &'static str,
    },
    /// The table cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What makes less of an answer about some days.
pub(crate) const FEWER_DAYS: &str = "fewer days, or one service and channel";

/// Whether a query found no more rows than an answer may be made of.
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

/// Refuses a selection by what an answer does not tell apart: an answer about all rows would be a wrong one.
/// `why` says why not.
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

/// Whether days are in order, and not too many.
pub(crate) fn check_span(from: Date, to: Date) -> Result<(), QuestionError> {
    let days = from.until(to).map_or(i32::MAX, |span| span.get_days());
    if (0..MOST_DAYS).contains(&days) {
        Ok(())
    } else {
        Err(QuestionError::Span { from, to })
    }
}

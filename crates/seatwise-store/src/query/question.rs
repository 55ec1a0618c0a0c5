//! What questions have in common: how much they may ask for, and why they are not answered.

use jiff::civil::Date;
use seatwise_types::own::Month;

use crate::model::error::StoreError;

/// How many days a question may span: ten years.
const MOST_DAYS: i32 = 3_653;

/// How many months a question may span: ten years.
pub(crate) const MOST_MONTHS: usize = 120;

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

/// Whether days are in order, and not too many.
pub(crate) fn check_span(from: Date, to: Date) -> Result<(), QuestionError> {
    let days = from.until(to).map_or(i32::MAX, |span| span.get_days());
    if (0..MOST_DAYS).contains(&days) {
        Ok(())
    } else {
        Err(QuestionError::Span { from, to })
    }
}

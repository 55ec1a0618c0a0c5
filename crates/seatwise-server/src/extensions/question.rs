//! Parameters that several of Seatwise's endpoints share.

use std::fmt;
use std::str::FromStr;

use axum::response::Response;
use http::HeaderMap;
use jiff::civil::Date;
use seatwise_store::{QuestionError, StoreError};
use seatwise_types::extensions::{DayOrMonth, InvalidAxes, Metric, Selection};
use seatwise_types::{ErrorCode, wire};
use serde::Serialize;

use crate::axes;
use crate::plumbing::answer::respond_made;
use crate::plumbing::error::ApiError;
use crate::plumbing::parameters::{Parameters, invalid};
use crate::state::AppState;

/// The most characters of a text that selects rows.
pub(crate) const LONGEST_TEXT: usize = 128;

/// A parameter with one of several words, with a default.
pub(crate) fn word<T: FromStr<Err: fmt::Display>>(
    query: &Parameters<'_>,
    name: &'static str,
    otherwise: T,
) -> Result<T, ApiError> {
    let word = query.get(name).map(str::parse).transpose();
    Ok(word.map_err(|err| invalid(name, err))?.unwrap_or(otherwise))
}

/// The metric. Default: usage.
pub(crate) fn metric(query: &Parameters<'_>) -> Result<Metric, ApiError> {
    word(query, "metric", Metric::Usage)
}

/// The selected rows. Deployment has no workloads.
pub(crate) fn selection(query: &Parameters<'_>, metric: Metric) -> Result<Selection, ApiError> {
    let text = |name: &'static str| match query.get(name) {
        Some(text) if text.chars().count() > LONGEST_TEXT => {
            let err = format_args!("at most {LONGEST_TEXT} letters are expected");
            Err(invalid(name, err))
        }
        text => Ok(text.map(ToOwned::to_owned)),
    };
    let customer = query.get("customer").map(str::parse).transpose();
    let selection = Selection {
        service: text("service")?,
        channel: text("channel")?,
        workload: text("workload")?,
        customer: customer.map_err(|err| invalid("customer", err))?,
        product: text("product")?,
    };
    if metric == Metric::Deployment && selection.workload.is_some() {
        return Err(invalid("workload", "deployment has no workloads"));
    }
    Ok(selection)
}

/// The value of a required parameter.
pub(crate) fn required<T>(value: Option<T>, name: &'static str, what: &str) -> Result<T, ApiError> {
    value.ok_or_else(|| invalid(name, format_args!("{what} is expected")))
}

/// The two ends of a period: days or months.
pub(crate) fn ends(query: &Parameters<'_>) -> Result<(DayOrMonth, DayOrMonth), ApiError> {
    let end = |name| {
        let text = query.get_instant(name);
        let end = text.map(|text| text.parse()).transpose();
        let end = end.map_err(|err: InvalidAxes| invalid(name, err))?;
        let what = "a date such as `2026-10-31` or a month such as `2026-10`";
        required(end, name, what)
    };
    Ok((end("from")?, end("to")?))
}

/// The first and the last day.
pub(crate) fn span(query: &Parameters<'_>) -> Result<(Date, Date), ApiError> {
    let day = |name| required(axes::day(query, name)?, name, "a date such as `2026-10-31`");
    Ok((day("from")?, day("to")?))
}

/// The error if the store cannot be read.
pub(crate) fn unreadable(app: &AppState, err: StoreError) -> ApiError {
    app.snapshots.failed(err, "cannot read a partner's history")
}

/// The error if a query has no answer.
pub(crate) fn unanswered(app: &AppState, err: QuestionError) -> ApiError {
    match err {
        QuestionError::Store(err) => unreadable(app, err),
        QuestionError::Span { .. } | QuestionError::Months { .. } => invalid("to", err),
        QuestionError::NotSelected { by, .. } => invalid(by, err),
        QuestionError::NoWorkloads => invalid("by", err),
        // The message says which parameters would help.
        QuestionError::TooMuch { .. } => ApiError::new(ErrorCode::InvalidProperty, err.to_string()),
    }
}

/// The response from what the store found, made on a blocking thread. It has no byte-order mark,
/// like all responses of Seatwise's endpoints.
pub(crate) async fn respond<T: Serialize>(
    app: &AppState,
    headers: &HeaderMap,
    answer: impl FnOnce() -> T + Send + 'static,
) -> Result<Response, ApiError> {
    respond_made(&app.snapshots, headers, move || wire::encode(&answer())).await
}

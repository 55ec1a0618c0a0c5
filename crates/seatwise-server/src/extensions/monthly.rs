//! Figures of calendar months: `/seatwise/v1/monthly`.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use seatwise_store::{KnownAt, MonthlyQuestion, QuestionError};
use seatwise_types::extensions::{self, Month, MonthlyFigures, MonthlyRange, Window};

use super::question::{self, required, unanswered, unreadable};
use crate::AppState;
use crate::axes;
use crate::plumbing::error::ApiError;
use crate::plumbing::parameters::{Parameters, invalid};
use crate::sign_in::Caller;

/// `GET /seatwise/v1/monthly`
pub(crate) async fn get(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let partner = caller.partner;
    let query = Parameters::parse(query.as_deref().unwrap_or_default())?;
    let metric = question::metric(&query)?;
    let selection = question::selection(&query, metric)?;
    // Checked also if there is no month to read.
    MonthlyQuestion::takes(&selection).map_err(|err| unanswered(&app, err))?;
    if query.get(extensions::Axes::AS_OF).is_some() {
        let err = "a month is asked for with `month`, several with `from` and `to`";
        return Err(invalid(extensions::Axes::AS_OF, err));
    }
    let range = range(&query)?;
    let one = month(&query, "month")?;
    if range.is_some() && one.is_some() {
        return Err(invalid(
            "month",
            "either it or `from` and `to` can be asked for",
        ));
    }
    let known_at = axes::known_at(&app, partner, &query).await?;
    let asked_at = known_at.map(KnownAt::timestamp);
    let _turn = app.questions.turn(partner).await?;
    let read = async |name, from, to| {
        let question = MonthlyQuestion {
            metric,
            from,
            to,
            selection,
            known_at,
        };
        let found = app.store.monthly(partner, &question).await;
        found.map_err(|err| match err {
            QuestionError::Months { .. } => invalid(name, err),
            err => unanswered(&app, err),
        })
    };
    if let Some((from, to)) = range {
        let found = read("to", from, to).await?;
        let answer = move || MonthlyRange {
            metric,
            window: Window::Month,
            from,
            to,
            known_at: found.recorded_at,
            months: found.value,
        };
        return question::respond(&app, &headers, answer).await;
    }
    let month = match one {
        Some(month) => Some(month),
        None => {
            let newest = app.store.newest_month(partner, metric, known_at).await;
            newest.map_err(|err| unreadable(&app, err))?
        }
    };
    let found = match month {
        Some(month) => read("month", month, month).await?.value,
        None => Vec::new(),
    };
    let answer = move || MonthlyFigures {
        metric,
        window: Window::Month,
        month,
        processed_date: month.map(Month::last_day),
        known_at: asked_at,
        items: found.into_iter().flat_map(|month| month.items).collect(),
    };
    question::respond(&app, &headers, answer).await
}

/// The first and the last month, if the query is about several.
fn range(query: &Parameters<'_>) -> Result<Option<(Month, Month)>, ApiError> {
    let what = "a month such as `2026-09`";
    match (month(query, "from")?, month(query, "to")?) {
        (None, None) => Ok(None),
        (from, to) => Ok(Some((
            required(from, "from", what)?,
            required(to, "to", what)?,
        ))),
    }
}

fn month(query: &Parameters<'_>, name: &'static str) -> Result<Option<Month>, ApiError> {
    let month = query.get(name).map(str::parse).transpose();
    month.map_err(|err| invalid(name, err))
}

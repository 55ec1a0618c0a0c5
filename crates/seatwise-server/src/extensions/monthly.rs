//! Figures of calendar months: `/seatwise/v1/monthly`.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use seatwise_store::{Answer, KnownAt, MonthlyQuestion, QuestionError, Reserved};
use seatwise_types::PartnerId;
use seatwise_types::extensions::{
    self, Metric, Month, MonthInRange, MonthlyFigures, MonthlyRange, Selection, Window,
};

use super::question::{self, required, unanswered, unreadable};
use crate::axes;
use crate::plumbing::error::ApiError;
use crate::plumbing::parameters::{Parameters, invalid};
use crate::sign_in::Caller;
use crate::state::AppState;

/// `GET /seatwise/v1/monthly`
pub(crate) async fn get(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let query = Parameters::parse(query.as_deref().unwrap_or_default())?;
    let asked = Asked::parse(&app, &query)?;
    let known_at = axes::known_at(&app, caller.partner, &query).await?;
    let _turn = app.questions.turn(caller.partner).await?;
    match asked.months {
        Months::Range(from, to) => {
            let range = asked.range(&app, caller.partner, from, to, known_at);
            let (range, memory) = Box::pin(range).await?;
            let answer = move || {
                let _memory = memory;
                range
            };
            question::respond(&app, &headers, answer).await
        }
        Months::One(month) => {
            let month = asked.month(&app, caller.partner, month, known_at);
            let month = Box::pin(month).await?;
            question::respond(&app, &headers, move || month).await
        }
    }
}

/// What is asked for.
struct Asked {
    metric: Metric,
    selection: Selection,
    months: Months,
}

#[derive(Clone, Copy)]
enum Months {
    /// From the first to the last month.
    Range(Month, Month),
    /// A month; `None` for the newest.
    One(Option<Month>),
}

impl Asked {
    fn parse(app: &AppState, query: &Parameters<'_>) -> Result<Self, ApiError> {
        let metric = question::metric(query)?;
        let selection = question::selection(query, metric)?;
        // Checked also if there is no month to read.
        MonthlyQuestion::takes(&selection).map_err(|err| unanswered(app, err))?;
        if query.get(extensions::Axes::AS_OF).is_some() {
            let err = "a month is asked for with `month`, several with `from` and `to`";
            return Err(invalid(extensions::Axes::AS_OF, err));
        }
        let months = match (range(query)?, month(query, "month")?) {
            (Some(_), Some(_)) => {
                let err = "either it or `from` and `to` can be asked for";
                return Err(invalid("month", err));
            }
            (Some((from, to)), None) => Months::Range(from, to),
            (None, month) => Months::One(month),
        };
        Ok(Self {
            metric,
            selection,
            months,
        })
    }

    async fn range(
        self,
        app: &AppState,
        partner: PartnerId,
        from: Month,
        to: Month,
        known_at: Option<KnownAt>,
    ) -> Result<(MonthlyRange, Reserved), ApiError> {
        let metric = self.metric;
        let found = self.read(app, partner, "to", (from, to), known_at).await?;
        let range = MonthlyRange {
            metric,
            window: Window::Month,
            from,
            to,
            known_at: found.recorded_at,
            months: found.value,
        };
        Ok((range, found.memory))
    }

    async fn month(
        self,
        app: &AppState,
        partner: PartnerId,
        month: Option<Month>,
        known_at: Option<KnownAt>,
    ) -> Result<MonthlyFigures, ApiError> {
        let metric = self.metric;
        let month = match month {
            Some(month) => Some(month),
            None => {
                let newest = app.store.newest_month(partner, metric, known_at).await;
                newest.map_err(|err| unreadable(app, err))?
            }
        };
        let found = match month {
            Some(month) => {
                let found = self.read(app, partner, "month", (month, month), known_at);
                found.await?.value
            }
            None => Vec::new(),
        };
        Ok(MonthlyFigures {
            metric,
            window: Window::Month,
            month,
            processed_date: month.map(Month::last_day),
            known_at: known_at.map(KnownAt::timestamp),
            items: found.into_iter().flat_map(|month| month.items).collect(),
        })
    }

    /// The figures of a range. `name` is the parameter that is wrong if the range is too long.
    async fn read(
        self,
        app: &AppState,
        partner: PartnerId,
        name: &'static str,
        (from, to): (Month, Month),
        known_at: Option<KnownAt>,
    ) -> Result<Answer<Vec<MonthInRange>>, ApiError> {
        let question = MonthlyQuestion {
            metric: self.metric,
            from,
            to,
            selection: self.selection,
            known_at,
        };
        let found = app.store.monthly(partner, &question).await;
        found.map_err(|err| match err {
            QuestionError::Months { .. } => invalid(name, err),
            err => unanswered(app, err),
        })
    }
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

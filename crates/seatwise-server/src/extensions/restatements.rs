//! Replaced deliveries: `/seatwise/v1/changes/restatements`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Uri};
use jiff::Timestamp;
use jiff::civil::Date;
use seatwise_store::{Kind, KnownAt, RestatementsQuestion};
use seatwise_types::extensions::{Metric, Page, RestatedUnit, Restatements, Selection};

use super::page::Paging;
use super::question;
use crate::axes;
use crate::plumbing::error::ApiError;
use crate::plumbing::parameters::Parameters;
use crate::sign_in::Caller;
use crate::state::AppState;

/// `GET /seatwise/v1/changes/restatements`
pub(crate) async fn get(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let query = Parameters::parse(uri.query().unwrap_or_default())?;
    let asked = Asked::parse(&query, &uri)?;
    let known_at = axes::known_at(&app, caller.partner, &query).await?;
    let question = asked.question(known_at);
    let _turn = app.questions.turn(caller.partner).await?;
    let found = app.store.restatements(caller.partner, &question).await;
    let found = found.map_err(|err| question::unanswered(&app, err))?;
    let answer = move || {
        let _memory = found.memory;
        asked.answer(found.value, found.recorded_at)
    };
    question::respond(&app, &headers, answer).await
}

/// What is asked for.
struct Asked {
    metric: Metric,
    from: Date,
    to: Date,
    selection: Selection,
    paging: Paging,
}

impl Asked {
    fn parse(query: &Parameters<'_>, uri: &Uri) -> Result<Self, ApiError> {
        let metric = question::metric(query)?;
        let selection = question::selection(query, metric)?;
        let (from, to) = question::ends(query)?;
        Ok(Self {
            metric,
            from: from.first_day(),
            to: to.last_day(),
            selection,
            paging: Paging::parse(query, uri)?,
        })
    }

    fn question(&self, known_at: Option<KnownAt>) -> RestatementsQuestion {
        RestatementsQuestion {
            kind: Kind::from(self.metric),
            from: self.from,
            to: self.to,
            selection: self.selection.clone(),
            known_at,
        }
    }

    fn answer(self, units: Vec<RestatedUnit>, known_at: Option<Timestamp>) -> Restatements {
        let paging = self.paging;
        Restatements {
            metric: self.metric,
            from: self.from,
            to: self.to,
            known_at,
            next_link: paging.next_link(units.len(), known_at),
            units: Page::of(units, paging.skip(), paging.top()),
        }
    }
}

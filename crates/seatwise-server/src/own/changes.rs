//! What changed between two answers, and deliveries that were replaced: `/seatwise/v1/changes`.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::{HeaderMap, Uri};
use seatwise_store::{Axes, ChangesQuestion, Kind, Moment, RestatementsQuestion};
use seatwise_types::own::{Changes, Page, Restatements};

use super::page::Paging;
use super::question;
use crate::AppState;
use crate::axes;
use crate::error::ApiError;
use crate::parameters::Parameters;
use crate::sign_in::Caller;

/// `GET /seatwise/v1/changes`
pub(crate) async fn get(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let partner = caller.partner;
    let query = Parameters::parse(query.as_deref().unwrap_or_default())?;
    let metric = question::metric(&query)?;
    let question = ChangesQuestion::new(question::selection(&query, metric)?);
    let question = question.map_err(|err| question::unanswered(&app, err))?;
    let (from, to) = question::span(&query)?;
    let from_known_at = axes::settled(&app, partner, &query, "fromKnownAt").await?;
    let to_known_at = axes::settled(&app, partner, &query, "toKnownAt").await?;
    let kind = Kind::from(metric);
    let read = async |day, known_at, version| {
        let axes = Axes {
            as_of: Some(day),
            known_at,
        };
        app.snapshots
            .at(partner, kind, Moment::At(axes), version)
            .await
    };
    let after = read(to, to_known_at, None).await?;
    // All are of one version, whatever is recorded meanwhile. What was known for the first answer
    // is what is known for the second one by default.
    let version = after.version();
    let corrected = read(from, to_known_at, version).await?;
    let before = read(from, from_known_at.or(to_known_at), version).await?;
    let _turn = app.questions.turn(partner).await?;
    // What is made of rows takes about as much memory as they do.
    let memory = app.reserve(before.bytes() + corrected.bytes() + after.bytes())?;
    let answer = move || {
        let _memory = memory;
        Changes {
            metric,
            from,
            to,
            from_known_at: from_known_at.map(|known_at| known_at.timestamp()),
            to_known_at: to_known_at.map(|known_at| known_at.timestamp()),
            changes: seatwise_store::changes(&before, &corrected, &after, &question),
        }
    };
    question::respond(&app, &headers, answer).await
}

/// `GET /seatwise/v1/changes/restatements`
pub(crate) async fn restatements(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let partner = caller.partner;
    let query = Parameters::parse(uri.query().unwrap_or_default())?;
    let metric = question::metric(&query)?;
    let selection = question::selection(&query, metric)?;
    let (from, to) = question::span(&query)?;
    let paging = Paging::parse(&query, &uri)?;
    let known_at = axes::known_at(&app, partner, &query).await?;
    let _turn = app.questions.turn(partner).await?;
    let question = RestatementsQuestion {
        kind: Kind::from(metric),
        from,
        to,
        selection,
        known_at,
    };
    let found = app.store.restatements(partner, &question).await;
    let found = found.map_err(|err| question::unanswered(&app, err))?;
    let (units, known_at) = (found.value, found.recorded_at);
    let answer = move || {
        let _memory = found.memory;
        Restatements {
            metric,
            from,
            to,
            known_at,
            next_link: paging.next_link(units.len(), known_at),
            units: Page::of(units, paging.skip(), paging.top()),
        }
    };
    question::respond(&app, &headers, answer).await
}

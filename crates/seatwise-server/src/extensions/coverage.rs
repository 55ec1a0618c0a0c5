//! Whether figures are complete: `/seatwise/v1/coverage`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Uri};
use seatwise_store::{CoverageQuestion, Kind, Moment};
use seatwise_types::PartnerId;
use seatwise_types::extensions::{self, Coverage, LastCollection, Metric, Page};
use tokio::task::spawn_blocking;

use super::page::Paging;
use super::question;
use crate::AppState;
use crate::axes;
use crate::plumbing::error::ApiError;
use crate::plumbing::parameters::Parameters;
use crate::sign_in::Caller;

/// `GET /seatwise/v1/coverage`
pub(crate) async fn get(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let partner = caller.partner;
    let query = Parameters::parse(uri.query().unwrap_or_default())?;
    let metric = question::metric(&query)?;
    let question = CoverageQuestion::new(question::selection(&query, metric)?);
    let question = question.map_err(|err| question::unanswered(&app, err))?;
    let paging = Paging::parse(&query, &uri)?;
    let axes = axes::read(&app, partner, &query).await?;
    let other = match metric {
        Metric::Usage => Metric::Deployment,
        Metric::Deployment => Metric::Usage,
    };
    let read = async |axes| {
        let read = |metric| {
            let kind = Kind::from(metric);
            app.snapshots.at(partner, kind, Moment::At(axes), None)
        };
        Ok::<_, ApiError>((read(metric).await?, read(other).await?))
    };
    let last_collection = match axes.known_at {
        None => last_collection(&app, partner).await,
        Some(_) => None,
    };
    let mut axes = axes;
    let (mut snapshot, mut others) = read(axes).await?;
    // Both kinds, and further pages, must be as known at one instant.
    let newest = snapshot.recorded_at().max(others.recorded_at());
    if let (None, Some(newest)) = (axes.known_at, newest) {
        let known_at = axes::settle(&app, partner, extensions::Axes::KNOWN_AT, newest).await?;
        axes.known_at = Some(known_at);
        (snapshot, others) = read(axes).await?;
    }
    let known_at = axes::wire(&axes).known_at;
    let _turn = app.questions.turn(partner).await?;
    // The answer needs about as much memory as the rows.
    let memory = app.snapshots.reserve(snapshot.bytes() + others.bytes())?;
    let answer = move || {
        let _memory = memory;
        let (services, left_out) = seatwise_store::coverage(&snapshot, &others, &question);
        Coverage {
            metric,
            as_of: axes.as_of,
            known_at,
            services,
            last_collection,
            next_link: paging.next_link(left_out.len(), known_at),
            left_out: Page::of(left_out, paging.skip(), paging.top()),
        }
    };
    question::respond(&app, &headers, answer).await
}

/// The last collection, if it can be read. Coverage does not depend on it.
pub(crate) async fn last_collection(app: &AppState, partner: PartnerId) -> Option<LastCollection> {
    let ask = app.last_collection.clone()?;
    let last = spawn_blocking(move || ask(partner)).await;
    let last = last.unwrap_or_else(|err| Err(err.into()));
    last.unwrap_or_else(|err| {
        tracing::warn!(?err, %partner, "cannot read the last collection");
        None
    })
}

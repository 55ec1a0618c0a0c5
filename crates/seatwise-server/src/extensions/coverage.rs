//! Whether figures are complete: `/seatwise/v1/coverage`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Uri};
use seatwise_store::{Axes, CoverageQuestion, Kind, Moment, Snapshot};
use seatwise_types::PartnerId;
use seatwise_types::extensions::{self, Coverage, LastCollection, Metric, Page};
use tokio::task::spawn_blocking;

use super::page::Paging;
use super::question;
use crate::axes;
use crate::plumbing::error::ApiError;
use crate::plumbing::parameters::Parameters;
use crate::sign_in::Caller;
use crate::state::AppState;

/// `GET /seatwise/v1/coverage`
pub(crate) async fn get(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let partner = caller.partner;
    let query = Parameters::parse(uri.query().unwrap_or_default())?;
    let asked = Asked::parse(&app, &query, &uri)?;
    let axes = axes::read(&app, partner, &query).await?;
    let last_collection = match axes.known_at {
        None => last_collection(&app, partner).await,
        Some(_) => None,
    };
    let rows = Box::pin(Rows::read(&app, partner, asked.metric, axes)).await?;
    let _turn = app.questions.turn(partner).await?;
    // The answer needs about as much memory as the rows.
    let memory = app
        .snapshots
        .reserve(rows.snapshot.bytes() + rows.others.bytes())?;
    let answer = move || {
        let _memory = memory;
        asked.answer(&rows, last_collection)
    };
    question::respond(&app, &headers, answer).await
}

/// What is asked for.
struct Asked {
    metric: Metric,
    question: CoverageQuestion,
    paging: Paging,
}

impl Asked {
    fn parse(app: &AppState, query: &Parameters<'_>, uri: &Uri) -> Result<Self, ApiError> {
        let metric = question::metric(query)?;
        let question = CoverageQuestion::new(question::selection(query, metric)?);
        Ok(Self {
            metric,
            question: question.map_err(|err| question::unanswered(app, err))?,
            paging: Paging::parse(query, uri)?,
        })
    }

    fn answer(self, rows: &Rows, last_collection: Option<LastCollection>) -> Coverage {
        let known_at = axes::wire(&rows.axes).known_at;
        let found = seatwise_store::coverage(&rows.snapshot, &rows.others, &self.question);
        let (services, left_out) = found;
        let paging = self.paging;
        Coverage {
            metric: self.metric,
            as_of: rows.axes.as_of,
            known_at,
            services,
            last_collection,
            next_link: paging.next_link(left_out.len(), known_at),
            left_out: Page::of(left_out, paging.skip(), paging.top()),
        }
    }
}

/// The rows of both metrics, as known at one instant.
struct Rows {
    axes: Axes,
    snapshot: Arc<Snapshot>,
    others: Arc<Snapshot>,
}

impl Rows {
    async fn read(
        app: &AppState,
        partner: PartnerId,
        metric: Metric,
        mut axes: Axes,
    ) -> Result<Self, ApiError> {
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
        let (mut snapshot, mut others) = read(axes).await?;
        // Both kinds, and further pages, must be as known at one instant.
        let newest = snapshot.recorded_at().max(others.recorded_at());
        if let (None, Some(newest)) = (axes.known_at, newest) {
            let known_at = axes::settle(app, partner, extensions::Axes::KNOWN_AT, newest).await?;
            axes.known_at = Some(known_at);
            (snapshot, others) = read(axes).await?;
        }
        Ok(Self {
            axes,
            snapshot,
            others,
        })
    }
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

//! The partner's licence analytics: `/v1/analytics/licenses/…`.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use seatwise_store::{Axes, Kind, StoreError};

use crate::axes;
use crate::plumbing::answer::{Headers, respond_once};
use crate::plumbing::error::ApiError;
use crate::published::{deployment_body, usage_body};
use crate::sign_in::Caller;
use crate::state::AppState;

/// The path of the partner's usage.
pub(crate) const USAGE: &str = "/v1/analytics/licenses/usage";

/// The path of the partner's deployment.
pub(crate) const DEPLOYMENT: &str = "/v1/analytics/licenses/deployment";

/// `GET /v1/analytics/licenses/usage`
pub(crate) async fn usage(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    RawQuery(query): RawQuery,
    Headers(headers): Headers,
) -> Result<Response, ApiError> {
    let body = async |axes| {
        let figures = app.store.usage_figures_at(caller.partner, axes).await?;
        Ok(usage_body(figures, app.wire))
    };
    respond(&app, &caller, query.as_deref(), &headers, Kind::Usage, body).await
}

/// `GET /v1/analytics/licenses/deployment`
pub(crate) async fn deployment(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    RawQuery(query): RawQuery,
    Headers(headers): Headers,
) -> Result<Response, ApiError> {
    let body = async |axes| {
        let figures = app
            .store
            .deployment_figures_at(caller.partner, axes)
            .await?;
        Ok(deployment_body(figures, app.wire))
    };
    respond(
        &app,
        &caller,
        query.as_deref(),
        &headers,
        Kind::Deployment,
        body,
    )
    .await
}

/// The published answer, or one that `body` makes for the point in time that the query asks for.
async fn respond(
    app: &AppState,
    caller: &Caller,
    query: Option<&str>,
    headers: &HeaderMap,
    kind: Kind,
    body: impl AsyncFnOnce(Axes) -> Result<Vec<u8>, StoreError>,
) -> Result<Response, ApiError> {
    let partner = caller.partner;
    let Some(axes) = axes::asked(app, partner, query).await? else {
        return Ok(app.published.answer(partner, kind)?.respond(headers));
    };
    let made = async {
        let _turn = app.questions.turn(partner).await?;
        let body = body(axes).await.map_err(|err| unreadable(app, err))?;
        Ok(axes::named(Some(axes), respond_once(body, headers)))
    };
    // Boxed, so that requests for published answers do not reserve room for it.
    Box::pin(made).await
}

fn unreadable(app: &AppState, err: StoreError) -> ApiError {
    let what = "cannot add up the figures of a partner";
    app.snapshots.failed(err, what)
}

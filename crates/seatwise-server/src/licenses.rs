//! The partner's licence analytics: `/v1/analytics/licenses/…`.

use std::sync::Arc;

use anyhow::anyhow;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use seatwise_store::{Kind, StoreError};

use crate::AppState;
use crate::answer::respond_at;
use crate::error::ApiError;
use crate::published::{deployment_body, usage_body};
use crate::sign_in::Caller;

/// `GET /v1/analytics/licenses/usage`
pub(crate) async fn usage(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let partner = caller.partner;
    let Some(axes) = crate::axes::asked(&app, partner, query.as_deref()).await? else {
        return Ok(app.published.answer(caller, Kind::Usage)?.respond(&headers));
    };
    let figures = app.store.usage_figures_at(partner, axes).await;
    let body = usage_body(figures.map_err(unreadable)?, app.wire);
    Ok(respond_at(Some(axes), body, &headers))
}

/// `GET /v1/analytics/licenses/deployment`
pub(crate) async fn deployment(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let partner = caller.partner;
    let Some(axes) = crate::axes::asked(&app, partner, query.as_deref()).await? else {
        return Ok(app
            .published
            .answer(caller, Kind::Deployment)?
            .respond(&headers));
    };
    let figures = app.store.deployment_figures_at(partner, axes).await;
    let body = deployment_body(figures.map_err(unreadable)?, app.wire);
    Ok(respond_at(Some(axes), body, &headers))
}

fn unreadable(err: StoreError) -> ApiError {
    let cause = anyhow!(err).context("cannot add up the figures of a partner");
    ApiError::internal(StatusCode::INTERNAL_SERVER_ERROR, cause)
}

//! The partner's licence analytics: `/v1/analytics/licenses/…`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;

use crate::AppState;
use crate::error::ApiError;
use crate::sign_in::Caller;

/// `GET /v1/analytics/licenses/usage`
pub(crate) async fn usage(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    Ok(app.published.answers(caller)?.usage.respond(&headers))
}

/// `GET /v1/analytics/licenses/deployment`
pub(crate) async fn deployment(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    Ok(app.published.answers(caller)?.deployment.respond(&headers))
}

//! The description of the API: `/openapi.json` and `/openapi`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;

use crate::state::AppState;

/// `GET /openapi.json`
pub(crate) async fn document(State(app): State<Arc<AppState>>, headers: HeaderMap) -> Response {
    app.description.document(&headers)
}

/// `GET /openapi`
pub(crate) async fn page(State(app): State<Arc<AppState>>, headers: HeaderMap) -> Response {
    app.description.page(&headers)
}

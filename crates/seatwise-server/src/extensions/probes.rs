//! The endpoints for operators: no token, no byte-order mark.

use std::sync::Arc;

use anyhow::Context;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use tokio::task::spawn_blocking;

use crate::plumbing::error::ApiError;
use crate::published::Readiness;
use crate::state::AppState;
use crate::{disk, metrics};

/// `GET /healthz`: the process answers. Nothing else is checked, because a restart would not help.
pub(crate) async fn health() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: 200 once the store has been read; 503 before that, and while nothing in it can be
/// read. Earlier answers are still served meanwhile. The response mentions unreadable tables, but
/// these do not make the server unready.
pub(crate) async fn ready(State(app): State<Arc<AppState>>) -> Response {
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    match app.published.readiness() {
        Readiness::Ready { unreadable: 0 } => "ready\n".into_response(),
        Readiness::Ready { unreadable } => {
            let tables = if unreadable == 1 { "table" } else { "tables" };
            format!("ready, but {unreadable} {tables} cannot be read: see the log\n")
                .into_response()
        }
        Readiness::NotYet => (unavailable, "nothing is published yet\n").into_response(),
        Readiness::Lost => (unavailable, "the data cannot be read: see the log\n").into_response(),
    }
}

/// `GET /metrics`: OpenMetrics text.
pub(crate) async fn metrics(State(app): State<Arc<AppState>>) -> Result<Response, ApiError> {
    let age = app.published.age().map(|age| age.as_secs());
    let collection = app.collection.as_ref().map(|it| it.state());
    let collection = collection.unwrap_or_default();
    let folder = app.store.work_dir().to_owned();
    let free = spawn_blocking(move || disk::free(&folder)).await;
    app.metrics.disk_has_free(free.ok().flatten());
    app.metrics.set_question_memory(app.store.memory_in_use());
    let text = app.metrics.render(age, &collection, (app.real_clock)());
    let text = text.context("failed to write the metrics");
    let text = text.map_err(|err| ApiError::internal(StatusCode::INTERNAL_SERVER_ERROR, err))?;
    Ok(([(CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response())
}

//! Completes the responses to errors.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use seatwise_server::html::{NO_STORE, NOSNIFF};
use seatwise_server::{Failure, JSON};
use serde_json::json;
use uuid::Uuid;

use super::error::OauthError;
use super::provider::DevProvider;

/// Middleware: completes error responses, and adds `nosniff` to all.
pub(super) async fn complete_error(
    State(provider): State<Arc<DevProvider>>,
    request: Request,
    next: Next,
) -> Response {
    let correlation = request.headers().get("client-request-id").cloned();
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    let Some(err) = response.extensions_mut().remove::<OauthError>() else {
        return response;
    };
    let correlation = correlation.and_then(|id| Uuid::try_parse_ascii(id.as_bytes()).ok());
    let trace = (provider.settings.new_id)();
    let correlation = correlation.unwrap_or_else(|| (provider.settings.new_id)());
    let time = provider.now().strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let body = json!({
        "error": err.error,
        "error_description": format!(
            "AADSTS{}: {} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {time}",
            err.number, err.message
        ),
        "error_codes": [err.number],
        "timestamp": time,
        "trace_id": trace,
        "correlation_id": correlation,
    });
    *response.status_mut() = err.status;
    *response.body_mut() = Body::from(body.to_string());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert(CACHE_CONTROL, NO_STORE);
    if let Some(cause) = err.cause {
        response.extensions_mut().insert(Failure {
            cause: Some(cause),
            ..Failure::default()
        });
    }
    response
}

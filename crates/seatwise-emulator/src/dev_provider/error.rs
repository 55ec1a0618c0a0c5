//! Errors in the form of Entra's token endpoints, with Entra's numbers where they exist.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use serde_json::json;
use uuid::Uuid;

use super::provider::DevProvider;
use crate::dev_identity::DevIdentityError;
use seatwise_server::html::{NO_STORE, NOSNIFF};
use seatwise_server::{Failure, JSON};

/// An error of an OAuth endpoint.
#[derive(Clone, Debug)]
pub(super) struct OauthError {
    status: StatusCode,
    /// The code for programs.
    error: &'static str,
    /// Entra's error number.
    pub(super) number: u32,
    /// The message for people.
    pub(super) message: String,
    cause: Option<Arc<anyhow::Error>>,
}

impl OauthError {
    pub(super) fn new(error: &'static str, number: u32, message: impl Into<String>) -> Self {
        Self {
            status: match error {
                "invalid_client" => StatusCode::UNAUTHORIZED,
                _ => StatusCode::BAD_REQUEST,
            },
            error,
            number,
            message: message.into(),
            cause: None,
        }
    }

    pub(super) fn invalid_request(number: u32, message: impl Into<String>) -> Self {
        Self::new("invalid_request", number, message)
    }

    /// A code or refresh token that is unknown, expired, used, or of another client: all get the
    /// same error.
    pub(super) fn invalid_grant(what: &str) -> Self {
        let message = format!("The provided value for the input parameter '{what}' is not valid.");
        Self::new("invalid_grant", 70000, message)
    }

    pub(super) fn missing(parameter: &str) -> Self {
        Self::invalid_request(
            900_144,
            format!("The request must contain the following parameter: '{parameter}'."),
        )
    }

    pub(super) fn tenant(tenant: &str) -> Self {
        Self::invalid_request(
            90002,
            format!(
                "Tenant '{}' not found. The development identity takes the tenant id of a partner, \
                 a GUID.",
                tenant.escape_debug()
            ),
        )
    }

    pub(super) fn internal(cause: DevIdentityError) -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            cause: Some(Arc::new(cause.into())),
            ..Self::new("server_error", 90033, "A transient error has occurred.")
        }
    }
}

impl IntoResponse for OauthError {
    /// A placeholder: [`complete_error`] completes it with the time and ids.
    fn into_response(self) -> Response {
        let mut response = Response::default();
        response.extensions_mut().insert(self);
        response
    }
}

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

//! Errors in the form of Entra's token endpoints, with Entra's numbers where they exist.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::dev_identity::DevIdentityError;

/// An error of an OAuth endpoint.
#[derive(Clone, Debug)]
pub(super) struct OauthError {
    pub(super) status: StatusCode,
    /// The code for programs.
    pub(super) error: &'static str,
    /// Entra's error number.
    pub(super) number: u32,
    /// The message for people.
    pub(super) message: String,
    pub(super) cause: Option<Arc<anyhow::Error>>,
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
    /// A placeholder: [`complete_error`](super::complete_error::complete_error) completes it with the time and ids.
    fn into_response(self) -> Response {
        let mut response = Response::default();
        response.extensions_mut().insert(self);
        response
    }
}

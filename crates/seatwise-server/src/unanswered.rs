//! Why a page cannot be made.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use seatwise_types::ErrorCode;

use crate::plumbing::error::{ApiError, Failure};

/// Why a page cannot be made.
#[derive(Clone, Debug)]
pub struct Unanswered(ApiError);

impl Unanswered {
    /// The error for something that does not exist.
    pub fn not_found(description: impl Into<String>) -> Self {
        Self(ApiError::new(ErrorCode::NotFound, description.into()))
    }

    /// The error for an invalid request.
    pub fn invalid(description: impl Into<String>) -> Self {
        Self(ApiError::new(ErrorCode::InvalidInput, description.into()))
    }

    /// The error for something that the visitor is not allowed to do.
    pub fn denied(description: impl Into<String>) -> Self {
        Self(ApiError::new(
            ErrorCode::OperationDenied,
            description.into(),
        ))
    }

    /// Whether to ask again in some seconds, because there was too much to do.
    pub fn is_busy(&self) -> bool {
        self.status() == StatusCode::SERVICE_UNAVAILABLE
    }

    /// The description for the visitor.
    pub fn description(&self) -> &str {
        self.0.description()
    }

    /// The status of the response.
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// The error response with a page as its body. The failure is logged as usual.
    pub fn on_page(self, page: impl IntoResponse) -> Response {
        let (status, failure) = (self.status(), self.0.failure().clone());
        let retry_after = self.0.into_response().headers_mut().remove("Retry-After");
        let mut response = page.into_response();
        *response.status_mut() = status;
        if let Some(seconds) = retry_after {
            response.headers_mut().insert("Retry-After", seconds);
        }
        response.extensions_mut().insert::<Failure>(failure);
        response
    }
}

impl From<ApiError> for Unanswered {
    fn from(err: ApiError) -> Self {
        Self(err)
    }
}

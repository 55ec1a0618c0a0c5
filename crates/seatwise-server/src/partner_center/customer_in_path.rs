//! The customer in the path of a request.

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use seatwise_types::{CustomerId, ErrorCode};

use crate::plumbing::error::ApiError;

/// The customer's id in a path.
pub(crate) struct CustomerInPath(pub(crate) CustomerId);

impl<S: Send + Sync> FromRequestParts<S> for CustomerInPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let id: Result<Path<String>, PathRejection> = Path::from_request_parts(parts, state).await;
        let id = id.ok().and_then(|Path(id)| id.parse().ok());
        id.map(Self).ok_or_else(|| {
            ApiError::new(
                ErrorCode::InvalidCustomerId,
                ErrorCode::InvalidCustomerId.meaning(),
            )
        })
    }
}

/// The error for a customer that the partner does not have.
pub(crate) fn unknown_customer() -> ApiError {
    ApiError::new(
        ErrorCode::TenantNotFound,
        "the partner has no customer with this id",
    )
}

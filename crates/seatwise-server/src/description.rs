//! The description of all endpoints, made once.

use std::sync::LazyLock;

use crate::endpoints;
use crate::openapi::{self, Description, Operation};

/// The document and the page.
pub(crate) static DESCRIPTION: LazyLock<Description> = LazyLock::new(|| openapi::describe(calls()));

/// The OpenAPI 3.1 document, as at `/openapi.json`.
///
/// # Example
///
/// ```
/// assert!(seatwise_server::openapi_document().starts_with("{\n  \"openapi\": \"3.1"));
/// ```
pub fn openapi_document() -> String {
    openapi::document(calls())
}

fn calls() -> impl Iterator<Item = (&'static str, Operation)> {
    let endpoints = endpoints::all().into_iter();
    endpoints.map(|endpoint| (endpoint.path, endpoint.operation))
}

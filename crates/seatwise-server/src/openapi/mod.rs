//! The description of the API: an OpenAPI document for programs, and a page for people.
//!
//! Both are made from the table of [`endpoints`](crate::endpoints), like the router, so every
//! answered call is described. They do not depend on the configuration.
//!
//! The development identity and the emulator are not described, because they are for one computer.

mod document;
pub(crate) mod extension_operations;
mod extension_resources;
pub(crate) mod idle;
pub(crate) mod imports;
mod operation;
pub(crate) mod operations;
mod page;
mod resources;
mod samples;
mod schema;

use std::sync::LazyLock;

use axum::response::Response;
use http::HeaderMap;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};

use crate::answer::Answer;
use document::Document;
pub(crate) use operation::Operation;

/// Clients must revalidate, because another version of the server has another document.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

static DOCUMENT: LazyLock<Answer> = LazyLock::new(|| Answer::new(openapi_document().into_bytes()));

static PAGE: LazyLock<Answer> = LazyLock::new(|| {
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    Answer::of_type(html, page::html(&Document::new()).into_bytes())
});

/// The OpenAPI 3.1 document, as at `/openapi.json`.
///
/// # Example
///
/// ```
/// assert!(seatwise_server::openapi_document().starts_with("{\n  \"openapi\": \"3.1"));
/// ```
pub fn openapi_document() -> String {
    let json = serde_json::to_string_pretty(&Document::new());
    json.expect("texts and numbers have a JSON form") + "\n"
}

/// `GET /openapi.json`
pub(crate) async fn document(headers: HeaderMap) -> Response {
    let mut response = DOCUMENT.respond(&headers);
    response.headers_mut().insert(CACHE_CONTROL, ASK_AGAIN);
    response
}

/// `GET /openapi`
pub(crate) async fn page(headers: HeaderMap) -> Response {
    let mut response = PAGE.respond(&headers);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, ASK_AGAIN);
    headers.insert(CONTENT_SECURITY_POLICY, page::POLICY.clone());
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

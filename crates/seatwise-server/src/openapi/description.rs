//! The document and the page as answers to requests.

use axum::response::Response;
use http::HeaderMap;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};

use crate::plumbing::answer::Answer;
use crate::plumbing::html::NOSNIFF;

/// Clients must revalidate, because another version of the server has another document.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// The description of the API.
pub(crate) struct Description {
    pub(super) document: Answer,
    pub(super) page: Answer,
    /// The content security policy of the page.
    pub(super) policy: HeaderValue,
}

impl Description {
    /// The document for programs.
    pub(crate) fn document(&self, request: &HeaderMap) -> Response {
        let mut response = self.document.respond(request);
        response.headers_mut().insert(CACHE_CONTROL, ASK_AGAIN);
        response
    }

    /// The page for people.
    pub(crate) fn page(&self, request: &HeaderMap) -> Response {
        let mut response = self.page.respond(request);
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, ASK_AGAIN);
        headers.insert(CONTENT_SECURITY_POLICY, self.policy.clone());
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
        response
    }
}

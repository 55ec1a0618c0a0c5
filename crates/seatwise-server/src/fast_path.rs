//! The fast path: answers a request for a published answer without the router.
//!
//! It takes a request only if nothing can be wrong or special about it, and its token was verified
//! before. It runs the same checks as the router's path, with the same functions. If one of them does
//! not pass, the router gets the request and checks it from the start.

use std::borrow::Cow;

use axum::response::Response;
use http::header::CONTENT_LENGTH;
use http::{Method, Request, Uri};
use hyper::body::Body;
use seatwise_store::Kind;
use seatwise_types::header::VALIDATE_MFA;

use crate::partner_center::licenses;
use crate::plumbing::bounds::Bounds;
use crate::request_context::RequestContext;
use crate::sign_in::Caller;
use crate::state::AppState;

/// The answer, or `None` if the router must answer.
pub(crate) fn answer<B: Body>(app: &AppState, request: &Request<B>) -> Option<Response> {
    let (path, kind) = published_at(request.uri())?;
    let (method, headers) = (request.method(), request.headers());
    let is_special = app.additions.is_some()
        || method != Method::GET
        || !request.body().is_end_stream()
        || !request.extensions().is_empty()
        || headers.contains_key(VALIDATE_MFA);
    if is_special {
        return None;
    }
    let bounds = Bounds::common(&app.limits);
    bounds.check(&app.limits, app.loopback_only, request).ok()?;
    let partner = Caller::verified(&app.verifier, headers, (app.clock)())?.partner;
    let published = app.published.answer(partner, kind).ok()?;
    let route = Some(Cow::Borrowed(path));
    let context = RequestContext::begin(app, method, headers, route, Some(partner));
    let mut answer = context.end(app, published.respond(headers));
    // The router does this for all other answers.
    if let Some(length) = answer.body().size_hint().exact() {
        answer.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    Some(answer)
}

/// The path in its plain form, and the answer that is published there. A query asks for other
/// answers.
fn published_at(uri: &Uri) -> Option<(&'static str, Kind)> {
    if uri.authority().is_some() || uri.query().is_some() {
        return None;
    }
    [
        (licenses::USAGE, Kind::Usage),
        (licenses::DEPLOYMENT, Kind::Deployment),
    ]
    .into_iter()
    .find(|(path, _)| *path == uri.path())
}

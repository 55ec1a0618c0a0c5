//! The test switch of callers: the answer to `ValidateMfa: true` says whether the token shows a
//! second factor, also where this server does not ask for one.

use std::sync::{Arc, OnceLock};

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{Extensions, HeaderMap, HeaderValue};
use seatwise_types::header;

/// Where sign-in leaves what it found, for the answer to carry.
#[derive(Clone, Default)]
struct Wanted(Arc<OnceLock<bool>>);

/// Middleware: adds `isMfaCompliant` to the answer of a request that asked for it, once its token
/// was good.
pub(crate) async fn answer(mut request: Request, next: Next) -> Response {
    if !asks(request.headers()) {
        return next.run(request).await;
    }
    let wanted = Wanted::default();
    request.extensions_mut().insert(wanted.clone());
    let mut response = next.run(request).await;
    if let Some(compliant) = wanted.0.get() {
        let value = HeaderValue::from_static(if *compliant { "true" } else { "false" });
        response
            .headers_mut()
            .insert(header::IS_MFA_COMPLIANT, value);
    }
    response
}

/// Notes the finding, if it was asked for.
pub(super) fn note(request: &Extensions, compliant: bool) {
    if let Some(Wanted(finding)) = request.get() {
        finding.get_or_init(|| compliant);
    }
}

fn asks(headers: &HeaderMap) -> bool {
    let value = headers.get(header::VALIDATE_MFA);
    value.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"))
}

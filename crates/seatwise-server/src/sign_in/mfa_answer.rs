//! The test header `ValidateMfa: true`: the response says whether the token shows a second factor,
//! even if this server does not require one.

use std::sync::{Arc, OnceLock};

use axum::extract::Request;
use axum::response::Response;
use http::{Extensions, HeaderValue};
use seatwise_types::header;

/// The result, passed from sign-in to the response.
#[derive(Clone, Default)]
pub(crate) struct MfaAnswer(Arc<OnceLock<bool>>);

impl MfaAnswer {
    /// Adds an empty result to the request's extensions, if the request has the header.
    pub(crate) fn asked(request: &mut Request) -> Option<Self> {
        let value = request.headers().get(header::VALIDATE_MFA)?;
        if !value.as_bytes().eq_ignore_ascii_case(b"true") {
            return None;
        }
        let wanted = Self::default();
        request.extensions_mut().insert(wanted.clone());
        Some(wanted)
    }

    /// Adds `isMfaCompliant` to the response, if the token was valid.
    pub(crate) fn add_to(&self, answer: &mut Response) {
        if let Some(compliant) = self.0.get() {
            let value = HeaderValue::from_static(if *compliant { "true" } else { "false" });
            answer.headers_mut().insert(header::IS_MFA_COMPLIANT, value);
        }
    }
}

/// Stores the result, if the request asked for it.
pub(super) fn note(request: &Extensions, compliant: bool) {
    if let Some(MfaAnswer(finding)) = request.get() {
        finding.get_or_init(|| compliant);
    }
}

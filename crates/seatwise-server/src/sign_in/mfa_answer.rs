//! The test switch of callers: the answer to `ValidateMfa: true` says whether the token shows a
//! second factor, also where this server does not ask for one.

use std::sync::{Arc, OnceLock};

use axum::extract::Request;
use axum::response::Response;
use http::{Extensions, HeaderValue};
use seatwise_types::header;

/// Where sign-in leaves what it found, for the answer to carry.
#[derive(Clone, Default)]
pub(crate) struct MfaAnswer(Arc<OnceLock<bool>>);

impl MfaAnswer {
    /// If a request asks for it, a place among its extensions.
    pub(crate) fn asked(request: &mut Request) -> Option<Self> {
        let value = request.headers().get(header::VALIDATE_MFA)?;
        if !value.as_bytes().eq_ignore_ascii_case(b"true") {
            return None;
        }
        let wanted = Self::default();
        request.extensions_mut().insert(wanted.clone());
        Some(wanted)
    }

    /// Adds `isMfaCompliant` to the answer, once the token was good.
    pub(crate) fn add_to(&self, answer: &mut Response) {
        if let Some(compliant) = self.0.get() {
            let value = HeaderValue::from_static(if *compliant { "true" } else { "false" });
            answer.headers_mut().insert(header::IS_MFA_COMPLIANT, value);
        }
    }
}

/// Notes the finding, if it was asked for.
pub(super) fn note(request: &Extensions, compliant: bool) {
    if let Some(MfaAnswer(finding)) = request.get() {
        finding.get_or_init(|| compliant);
    }
}

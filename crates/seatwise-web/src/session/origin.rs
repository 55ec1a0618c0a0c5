//! Checks that a page of this server sent a form.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::header::ORIGIN;
use http::request::Parts;
use seatwise_server::Unanswered;

use crate::Web;
use crate::error::PageError;

/// A request that a page of this server sent. Every handler of a form takes one as an argument: the browser
/// sends the cookie with forms of other sites too, and those must not act for the visitor.
pub(crate) struct FromOwnPage;

impl FromRequestParts<Arc<Web>> for FromOwnPage {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, web: &Arc<Web>) -> Result<Self, PageError> {
        let own = web.sessions.origin(&parts.headers);
        match is_from(&parts.headers, own.as_deref()) {
            true => Ok(Self),
            false => {
                let err = "only a page of this server can do this: open it and use its button";
                Err(Unanswered::denied(err).into())
            }
        }
    }
}

/// Whether a page of the given origin sent the request. Browsers set these headers, and pages cannot change
/// them. A request without them is refused.
fn is_from(headers: &HeaderMap, own: Option<&str>) -> bool {
    let text = |name: &str| headers.get(name).map(|it| it.to_str().unwrap_or_default());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    own.is_some_and(|own| text(ORIGIN.as_str()) == Some(own))
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn sent(headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        is_from(&headers.collect(), Some("http://127.0.0.1:8080"))
    }

    #[test]
    fn only_requests_from_this_origin_are_accepted() {
        assert!(sent(&[("sec-fetch-site", "same-origin")]));
        assert!(sent(&[("origin", "http://127.0.0.1:8080")]));
        for other in ["cross-site", "same-site", "none"] {
            let own = ("origin", "http://127.0.0.1:8080");
            assert!(!sent(&[own, ("sec-fetch-site", other)]), "{other}");
        }
        assert!(!sent(&[("origin", "http://127.0.0.1:8081")]));
        assert!(!sent(&[("origin", "https://127.0.0.1:8080")]));
        assert!(!sent(&[("origin", "null")]));
        assert!(!sent(&[]));
        assert!(!is_from(&HeaderMap::new(), None));
    }
}

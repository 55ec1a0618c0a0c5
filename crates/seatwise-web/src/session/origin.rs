//! Whether a form was sent from a page of this server.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::header::ORIGIN;
use http::request::Parts;
use seatwise_server::Unanswered;

use crate::Web;
use crate::error::PageError;

/// A request that a page of this server sent. Every handler of a form takes one: a visitor is not asked
/// whether they meant it, so no other page may send it.
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

/// Whether a request comes from a page of an origin. Browsers say where a request comes from, and no page
/// can make them say something else; what does not say it is refused.
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
    fn only_what_says_that_it_comes_from_here_is_believed() {
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

//! Whether a form was sent from a page of this server.

use http::HeaderMap;
use http::header::{HOST, ORIGIN};

/// Whether a request that changes something comes from a page of this server. Browsers say where a request
/// comes from, and no page can make them say something else; what does not say it is refused.
pub(crate) fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|it| it.to_str().unwrap_or_default());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    let (Some(origin), Some(host)) = (text(ORIGIN.as_str()), text(HOST.as_str())) else {
        return false;
    };
    let origin = origin.split_once("://").map(|(_, host)| host);
    !host.is_empty() && origin == Some(host)
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
        is_same_origin(&headers.collect())
    }

    #[test]
    fn only_what_says_that_it_comes_from_here_is_believed() {
        let host = ("host", "127.0.0.1:8080");
        assert!(sent(&[host, ("sec-fetch-site", "same-origin")]));
        assert!(sent(&[host, ("origin", "http://127.0.0.1:8080")]));
        for other in ["cross-site", "same-site", "none"] {
            let own = ("origin", "http://127.0.0.1:8080");
            assert!(!sent(&[host, own, ("sec-fetch-site", other)]), "{other}");
        }
        assert!(!sent(&[host, ("origin", "http://127.0.0.1:8081")]));
        assert!(!sent(&[host, ("origin", "null")]));
        assert!(!sent(&[host]));
        assert!(!sent(&[("host", ""), ("origin", "http://")]));
    }
}

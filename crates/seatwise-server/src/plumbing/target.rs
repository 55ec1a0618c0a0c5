//! Normalizes the target of a request.

use axum::extract::Request;
use http::HeaderValue;
use http::header::HOST;
use http::uri::{Authority, PathAndQuery, Uri};

/// Other names of the API's version. Clients of several Microsoft APIs write `v1.0`, as in
/// Microsoft Graph (inferred: no source shows it at Partner Center).
const VERSIONS: [(&str, &str); 2] = [("/v1.0", "/v1"), ("/partner/v1.0", "/partner/v1")];

/// Normalizes the path, and moves a host in the target to `Host`. The query does not change.
///
/// A target can be absolute (`GET http://host/path`), as clients write it for a proxy. Its host
/// then replaces `Host` (RFC 9112, section 3.2.2).
pub(crate) fn plain(mut request: Request) -> Request {
    if request.uri().scheme().is_none() && is_plain(request.uri().path()) {
        return request;
    }
    let mut parts = request.uri().clone().into_parts();
    if parts.scheme.take().is_some()
        && let Some(authority) = parts.authority.take()
        && let Ok(host) = HeaderValue::try_from(without_user(&authority))
    {
        request.headers_mut().insert(HOST, host);
    }
    if let Some(target) = &parts.path_and_query {
        let mut plain = plain_path(target.path());
        if let Some(query) = target.query() {
            plain.push('?');
            plain.push_str(query);
        }
        parts.path_and_query = PathAndQuery::try_from(plain).ok().or(parts.path_and_query);
    }
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    request
}

/// The host and port, without user information before an `@`.
fn without_user(authority: &Authority) -> String {
    let host = authority.host();
    match authority.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Makes a path lower case, without unnecessary escapes, empty segments, or a slash at the end, and
/// with `v1` as the version.
///
/// Documented paths occur with and without a slash at the end, and Java clients produce double
/// slashes.
fn plain_path(path: &str) -> String {
    let path = without_needless_escapes(path).to_ascii_lowercase();
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    let plain: String = segments.flat_map(|segment| ["/", segment]).collect();
    for (other, version) in VERSIONS {
        if let Some(rest) = plain.strip_prefix(other)
            && (rest.is_empty() || rest.starts_with('/'))
        {
            return format!("{version}{rest}");
        }
    }
    if plain.is_empty() {
        return "/".to_owned();
    }
    plain
}

/// Whether a path is certainly normalized, as most are.
fn is_plain(path: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || b"0123456789-_~".contains(&byte);
    let mut segments = path.split('/');
    segments.next() == Some("")
        && segments.all(|segment| !segment.is_empty() && segment.bytes().all(is_plain))
}

/// Decodes letters, digits and `-`, `.`, `_`, `~`, which mean the same with and without an escape
/// (RFC 3986, section 6.2.2.2). Other escapes stay: `%2F` does not end a segment.
fn without_needless_escapes(path: &str) -> String {
    let mut parts = path.split('%');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.get(..2);
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                plain.push(char::from(byte));
                plain.push_str(&part[2..]);
            }
            _ => {
                plain.push('%');
                plain.push_str(part);
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn plain_of(uri: &str) -> (String, String) {
        let request = Request::get(uri).header(HOST, "given").body(Body::empty());
        let request = plain(request.unwrap());
        let host = request.headers()[HOST].to_str().unwrap().to_owned();
        (request.uri().to_string(), host)
    }

    #[test]
    fn a_path_has_one_form() {
        for (given, plain) in [
            ("/", "/"),
            ("//", "/"),
            ("/v1/customers/", "/v1/customers"),
            (
                "/V1//Customers///X?Filter=A//B/",
                "/v1/customers/x?Filter=A//B/",
            ),
            ("/v1.0/customers", "/v1/customers"),
            ("/V1.0", "/v1"),
            ("/partner/v1.0/x", "/partner/v1/x"),
            ("/v1.01/customers", "/v1.01/customers"),
            ("/x/v1.0/customers", "/x/v1.0/customers"),
            ("/v1/%63ustomers/%41%2d%7E?x=%41", "/v1/customers/a-~?x=%41"),
            ("/v1%2Ecustomers", "/v1.customers"),
            ("/v1%2e0/customers", "/v1/customers"),
            ("/a%2Fb%2", "/a%2fb%2"),
            ("/a%+41%25", "/a%+41%25"),
            ("/%2563", "/%2563"),
        ] {
            assert_eq!(plain_of(given), (plain.into(), "given".into()));
        }
    }

    #[test]
    fn the_host_of_an_absolute_target_counts() {
        for (given, plain, host) in [
            ("http://Host:1/V1/", "/v1", "Host:1"),
            ("http://user@host/x?y", "/x?y", "host"),
            ("https://[::1]:8443", "/", "[::1]:8443"),
        ] {
            assert_eq!(plain_of(given), (plain.into(), host.into()));
        }
    }
}

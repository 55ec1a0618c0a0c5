//! The readiness of a Seatwise server, the only call without a token.

use std::time::Duration;

use reqwest::redirect::Policy;

use crate::base_url::BaseUrl;
use crate::{Error, ErrorKind, fault, http};

/// The longest time for an answer, which a server gives from memory.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The largest accepted answer, in bytes. A server sends one line.
const MAX_BODY: usize = 4096;

/// Asks the Seatwise server at `url` once whether it is ready (`GET /readyz`), and returns its
/// answer, such as `ready`. The answer also says if a ready server cannot read some of its tables.
///
/// No token is sent, so plain `http` is allowed to all addresses. `trusted` is as for
/// [`Builder::trust_certificates`](crate::Builder::trust_certificates), and may be empty. The call
/// follows no redirects, does not retry, and times out after 5 seconds.
///
/// # Errors
///
/// If the URL or the certificates are invalid, if the server is unreachable, or
/// [`ErrorKind::Service`] with status 503 if it has published nothing yet or can no longer read any
/// data. Partner Center does not have this path and returns 404.
pub async fn readiness(url: &str, trusted: &[u8]) -> Result<String, Error> {
    let base_url = BaseUrl::parse("address of the server", url, true)?;
    let http = http::client(&base_url, Policy::none(), TIMEOUT, TIMEOUT, trusted)?;
    let url = base_url.join("/readyz")?;
    let transport = |err| Error::transport(err, &base_url);
    let mut response = http.get(url).send().await.map_err(transport)?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(transport)? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(Error::too_large(MAX_BODY));
        }
        body.extend_from_slice(&chunk);
    }
    let reason = status.canonical_reason().unwrap_or_default();
    let description = fault::read(&body, reason).description;
    if status.is_success() {
        return Ok(description);
    }
    let message = format!("not ready, status {}: {description}", status.as_u16());
    let kind = ErrorKind::Service {
        status: status.as_u16(),
        code: None,
        description,
    };
    Err(Error::new(kind, message))
}

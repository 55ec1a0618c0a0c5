//! Whether a Seatwise server is ready: the one call that needs no token.

use std::time::Duration;

use reqwest::redirect::Policy;

use crate::base_url::BaseUrl;
use crate::{Error, ErrorKind, fault, http};

/// How long the answer may take; a server gives it from memory.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The largest answer that is read, in bytes; a server says one line.
const MAX_BODY: usize = 4096;

/// Asks the Seatwise server at `url` once whether it is ready (`GET /readyz`), and gives what it says,
/// such as `ready`. A server that is ready and cannot read some of its tables says so here.
///
/// No token is sent. So plain `http` is allowed to other computers too. `trusted` is as for
/// [`Builder::trust_certificates`](crate::Builder::trust_certificates); it may be empty. Redirects are
/// not followed, and nothing is tried again. The answer may take 5 seconds.
///
/// # Errors
///
/// If the URL or the certificates cannot be used, if the server cannot be reached, or
/// [`ErrorKind::Service`] with status 503 if it has published nothing yet, or can read no data any
/// more. Partner Center has no such path and answers 404.
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

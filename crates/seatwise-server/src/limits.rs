//! What one request may take, checked before anything else looks at it.

use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use http::header::{CONTENT_LENGTH, HOST};
use http::{HeaderMap, StatusCode};
use seatwise_types::ErrorCode;

use crate::AppState;
use crate::error::ApiError;
use crate::seats::OnReserve;
use crate::{imports, probes};

/// Bounds on requests and connections.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of path and query; 8 KiB. More is answered with 414.
    pub uri: usize,
    /// Bytes of the method and of all header names and values; 32 KiB, twice the longest token. More
    /// is answered with 431, and so is a request head of more than 64 KiB or 100 headers, which
    /// hyper does not read.
    pub headers: usize,
    /// Bytes of a request body; 16 KiB. The development identity and the emulator read
    /// one; that of an import has its own bound.
    /// More is answered with 413.
    pub body: usize,
    /// How long a client may take to agree on TLS; 10 seconds. Then the connection is closed.
    pub handshake_timeout: Duration,
    /// How long a client may take to send the head of a request, and how long a connection may
    /// stay idle; 20 seconds. Then the connection is closed.
    pub header_read_timeout: Duration,
    /// How long the server may work on a request; 30 seconds. Then the answer is 503.
    pub request_timeout: Duration,
    /// How long a client may take to read 64 KiB of an answer, or its end; 30 seconds. Then the
    /// connection is closed.
    pub write_timeout: Duration,
    /// Connections at the same time; 1024. Beyond that, the one that has waited longest for a request
    /// gives way to a new one.
    pub connections: usize,
    /// How many of them one address may have, or one network of IPv6 (/64); no bound. Further ones
    /// are closed. Behind a proxy, whose address all clients have, there must be none.
    pub connections_per_peer: Option<usize>,
    /// Connections beside these for `/healthz`, `/readyz` and `/metrics`, while a request is being
    /// answered on each of the others; 16. All else is answered with 503 on them. Further ones wait
    /// to be accepted.
    pub probe_connections: usize,
    /// Bytes of the body of an import; 1 GiB. More is answered with 413.
    pub import_body: u64,
    /// Bytes that the body of an import may have when it is unpacked; 16 GiB. More is answered
    /// with 400.
    pub import_unpacked: u64,
    /// How long the next bytes of an import may take to come; 30 seconds. Then the answer is 408.
    pub import_idle: Duration,
    /// How long an import may take in all; an hour. Then the answer is 503, and what came whole is
    /// stored all the same.
    pub import_timeout: Duration,
    /// How long the whole body of an import may take to come; 15 minutes. Then the answer is 408.
    pub import_body_timeout: Duration,
    /// How long it may take to read the rows of a body that is there; 15 minutes. Then the answer is
    /// 400, and nothing of it is stored.
    pub import_reading: Duration,
    /// Imports that are worked on at the same time; 2. Further ones wait with their bodies; if too
    /// many do, the answer is 503.
    pub imports: usize,
    /// How many of them may be one partner's; 1.
    pub imports_per_partner: usize,
    /// Bytes of memory that questions may take, all together; 1 GiB. Half of it is counted by the
    /// byte: what queries keep, rows that are decoded, rows that are kept for the next question,
    /// and answers until they are sent. The rest is for the buffers of files that are being read,
    /// which the engine does not count. A question that needs more than is left is answered with 503,
    /// or with 400 if it had all of it.
    pub memory: u64,
    /// Questions that are worked out at the same time; 4. Further ones wait, four times as many.
    /// What is published and what is made of rows in memory is not among them.
    pub questions: usize,
    /// How many of them may be one partner's; 2.
    pub questions_per_partner: usize,
    /// How long a question may wait for its turn; 10 seconds. Then the answer is 503.
    pub question_wait: Duration,
    /// How long requests that run at shutdown may take to finish; 10 seconds.
    pub shutdown_grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            uri: 8 * 1024,
            headers: 32 * 1024,
            body: 16 * 1024,
            handshake_timeout: Duration::from_secs(10),
            header_read_timeout: Duration::from_secs(20),
            request_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            connections: 1024,
            connections_per_peer: None,
            probe_connections: 16,
            import_body: 1 << 30,
            import_unpacked: 16 << 30,
            import_idle: Duration::from_secs(30),
            import_timeout: Duration::from_secs(3600),
            import_body_timeout: Duration::from_mins(15),
            import_reading: Duration::from_mins(15),
            imports: 2,
            imports_per_partner: 1,
            memory: 1 << 30,
            questions: 4,
            questions_per_partner: 2,
            question_wait: Duration::from_secs(10),
            shutdown_grace: Duration::from_secs(10),
        }
    }
}

impl Limits {
    /// What of the memory of questions is counted by the byte.
    pub(crate) fn counted_memory(&self) -> u64 {
        self.memory / 2
    }
}

/// Seconds after which it is worth connecting again.
const RECONNECT_AFTER: u32 = 5;

/// How long it may take to answer a request, unless it is refused.
pub(crate) fn check(app: &AppState, request: &Request) -> Result<Duration, ApiError> {
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("", MatchedPath::as_str);
    let (body, time) = match route == imports::PATH {
        true => (app.limits.import_body, app.limits.import_timeout),
        false => (app.limits.body as u64, app.limits.request_timeout),
    };
    check_size(&app.limits, body, request)?;
    if request.extensions().get::<OnReserve>().is_some() && !probes::is_probe(route) {
        let description = "all connections are in use: ask again later";
        return Err(ApiError::busy(description, RECONNECT_AFTER));
    }
    if app.loopback_only {
        check_host(request.headers())?;
    }
    Ok(time)
}

fn check_size(limits: &Limits, longest_body: u64, request: &Request) -> Result<(), ApiError> {
    let refuse = |status, what, limit| Err(too_long(status, what, limit as u64));
    let uri = request
        .uri()
        .path_and_query()
        .map_or(0, |uri| uri.as_str().len());
    if uri > limits.uri {
        return refuse(
            StatusCode::URI_TOO_LONG,
            "the path with its query",
            limits.uri,
        );
    }
    let lengths = request
        .headers()
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len());
    if request.method().as_str().len() + lengths.sum::<usize>() > limits.headers {
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        return refuse(status, "the head of the request", limits.headers);
    }
    let body = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok());
    if body.is_some_and(|length| length.parse().unwrap_or(u64::MAX) > longest_body) {
        return Err(body_too_long(longest_body));
    }
    Ok(())
}

/// The answer to a body that is longer than it may be.
pub(crate) fn body_too_long(limit: u64) -> ApiError {
    too_long(StatusCode::PAYLOAD_TOO_LARGE, "the body", limit)
}

fn too_long(status: StatusCode, what: &str, limit: u64) -> ApiError {
    let description = format!("{what} is longer than {limit} bytes");
    ApiError::new(ErrorCode::InvalidInput, description).with_status(status)
}

/// A web page can make a browser call this server under a name of the page's own that resolves to
/// loopback ("DNS rebinding"), and then read the answers as its own. With the development identity
/// or the emulator only names that always mean this computer are answered.
fn check_host(headers: &HeaderMap) -> Result<(), ApiError> {
    let mut hosts = headers
        .get_all(HOST)
        .iter()
        .map(|host| host.to_str().unwrap_or_default());
    if hosts.all(means_this_computer) {
        return Ok(());
    }
    let description = "with the development identity or the emulator this server answers to \
        `localhost` and loopback addresses only";
    Err(ApiError::new(ErrorCode::OperationDenied, description))
}

/// Whether a `Host` is a name that resolves to this computer everywhere, or one of its loopback
/// addresses.
pub(crate) fn means_this_computer(host: &str) -> bool {
    let Ok(authority) = host.parse::<http::uri::Authority>() else {
        return false;
    };
    let name = authority.host().to_ascii_lowercase();
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || name.ends_with(".localhost")
        || name
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

//! Bounds on requests, checked before anything else.

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
    /// The most bytes of path and query. Default: 8 KiB. Beyond: 414.
    pub uri: usize,
    /// The most bytes of the method and of all header names and values. Default: 32 KiB, twice the
    /// longest token. Beyond: 431, as with a request head of more than 64 KiB or 100 headers, which
    /// hyper does not read.
    pub headers: usize,
    /// The most bytes of a body, except that of an import. Default: 16 KiB. Beyond: 413. The
    /// development identity and the emulator read bodies.
    pub body: usize,
    /// The longest TLS handshake. Default: 10 seconds. Beyond: the connection is closed.
    pub handshake_timeout: Duration,
    /// The longest time to receive a request head, and for which a connection can be idle. Default:
    /// 20 seconds. Beyond: the connection is closed.
    pub header_read_timeout: Duration,
    /// The longest time to work on a request. Default: 30 seconds. Beyond: 503.
    pub request_timeout: Duration,
    /// The longest time in which a client must read 64 KiB of a response, or its end. Default: 30
    /// seconds. Beyond: the connection is closed.
    pub write_timeout: Duration,
    /// The most connections. Default: 1024. Beyond: a new connection replaces the one that has
    /// waited longest for a request.
    pub connections: usize,
    /// The most connections of one address, or of one IPv6 network (/64). Default: no limit.
    /// Beyond: the connection is closed. Set no limit behind a proxy, because all clients have its
    /// address.
    pub connections_per_peer: Option<usize>,
    /// Additional connections for `/healthz`, `/readyz` and `/metrics` while all others answer
    /// requests. Default: 16. They answer everything else with 503. Beyond: connections wait to be
    /// accepted.
    pub probe_connections: usize,
    /// The most bytes of an import's body. Default: 1 GiB. Beyond: 413.
    pub import_body: u64,
    /// The most bytes of an import's unpacked body. Default: 16 GiB. Beyond: 400.
    pub import_unpacked: u64,
    /// The longest pause while an import's body arrives. Default: 30 seconds. Beyond: 408.
    pub import_idle: Duration,
    /// The longest time of an import. Default: one hour. Beyond: 503, but a complete body is still
    /// stored.
    pub import_timeout: Duration,
    /// The longest time in which an import's body must arrive. Default: 15 minutes. Beyond: 408.
    pub import_body_timeout: Duration,
    /// The longest time to read the rows of a body. Default: 15 minutes. Beyond: 400, and nothing
    /// of the body is stored.
    pub import_reading: Duration,
    /// The most imports that run at the same time. Default: 2. Others wait with their bodies. If
    /// too many wait: 503.
    pub imports: usize,
    /// The most of them for one partner. Default: 1.
    pub imports_per_partner: usize,
    /// The most bytes of memory for all queries together. Default: 1 GiB. Half of it is counted
    /// exactly: the state of queries, decoded rows, rows that are cached, and responses until they
    /// are sent. The other half is for the buffers of files that are being read, which the engine
    /// does not count. A query that needs more than is left gets 503, or 400 if it had all of the
    /// memory.
    pub memory: u64,
    /// The most queries that run at the same time; four times as many can wait. Default: 4.
    /// Published answers, and answers from rows in memory, are not limited.
    pub questions: usize,
    /// The most of them for one partner. Default: 2.
    pub questions_per_partner: usize,
    /// The longest time for which a query waits. Default: 10 seconds. Beyond: 503.
    pub question_wait: Duration,
    /// The time in which running requests must finish at shutdown. Default: 10 seconds.
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
    /// The part of the memory that is counted exactly.
    pub(crate) fn counted_memory(&self) -> u64 {
        self.memory / 2
    }
}

/// Seconds after which a client can try to connect again.
const RECONNECT_AFTER: u32 = 5;

/// Checks a request, and returns the time limit for its response.
pub(crate) fn check(app: &AppState, request: &Request) -> Result<Duration, ApiError> {
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("", MatchedPath::as_str);
    let (body, time) = match route == imports::PATH {
        true => (app.limits.import_body, app.limits.import_timeout),
        false => (app.limits.body as u64, app.limits.request_timeout),
    };
    check_size(&app.limits, body, request)?;
    if request.extensions().get::<OnReserve>().is_some() && !probes::is_probe(route) {
        let description = "all connections are in use: try again later";
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

/// The error for a body that is too long.
pub(crate) fn body_too_long(limit: u64) -> ApiError {
    too_long(StatusCode::PAYLOAD_TOO_LARGE, "the body", limit)
}

fn too_long(status: StatusCode, what: &str, limit: u64) -> ApiError {
    let description = format!("{what} is longer than {limit} bytes");
    ApiError::new(ErrorCode::InvalidInput, description).with_status(status)
}

/// Rejects host names of other computers. A web page can make a browser send requests to a host
/// name of its own that resolves to loopback ("DNS rebinding"), and read the responses. So with the
/// development identity or the emulator, only names that always mean this computer are accepted.
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

/// Whether a `Host` is a name that always resolves to this computer, or a loopback address.
pub fn means_this_computer(host: &str) -> bool {
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

//! The bounds of a route: what is checked before its handler runs.

use std::time::Duration;

use http::header::{CONTENT_LENGTH, HOST};
use http::{HeaderMap, Request, StatusCode};
use seatwise_types::ErrorCode;

use super::error::ApiError;
use super::limits::Limits;
use super::seats::OnReserve;

/// Seconds after which a client can try to connect again.
const RECONNECT_AFTER: u32 = 5;

/// The bounds of the requests to a route.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// The most bytes of a body.
    pub(crate) body: u64,
    /// The longest time to work on a request.
    pub(crate) time: Duration,
    /// Whether it is answered on reserved connections too.
    pub(crate) on_reserve: bool,
}

impl Bounds {
    /// The bounds of all routes that have no other.
    pub(crate) fn common(limits: &Limits) -> Self {
        Self {
            body: limits.body as u64,
            time: limits.request_timeout,
            on_reserve: false,
        }
    }

    /// The bounds of a probe.
    pub(crate) fn probe(limits: &Limits) -> Self {
        Self {
            on_reserve: true,
            ..Self::common(limits)
        }
    }

    /// The bounds of an import.
    pub(crate) fn import(limits: &Limits) -> Self {
        Self {
            body: limits.import_body,
            time: limits.import_timeout,
            ..Self::common(limits)
        }
    }

    /// Checks a request. `loopback_only` says whether the server is for this computer only.
    pub(crate) fn check<B>(
        &self,
        limits: &Limits,
        loopback_only: bool,
        request: &Request<B>,
    ) -> Result<(), ApiError> {
        check_size(limits, self.body, request)?;
        if request.extensions().get::<OnReserve>().is_some() && !self.on_reserve {
            let description = "all connections are in use: try again later";
            return Err(ApiError::busy(description, RECONNECT_AFTER));
        }
        if loopback_only {
            check_host(request.headers())?;
        }
        Ok(())
    }
}

fn check_size<B>(limits: &Limits, longest_body: u64, request: &Request<B>) -> Result<(), ApiError> {
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

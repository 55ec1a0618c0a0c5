//! Requests that are not valid HTTP, and do not reach the router.
//!
//! hyper answers a request that it cannot read with a status only, without body, ids or log line.
//! `held_back` suppresses that response, and the router answers instead, as for other requests. An
//! HTTP/1.1 request without exactly one `Host` is rejected in the same way.

mod held_back;

use std::borrow::Cow;
use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use http::header::HOST;
use http::{HeaderMap, StatusCode, Version};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use seatwise_types::ErrorCode;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, copy, join, sink};
use tokio::time::timeout;

use crate::Answers;
use crate::error::ApiError;

pub(crate) use self::held_back::Exchanges;

/// Replaces the unreadable request. Its method is not a valid one.
const IN_ITS_PLACE: &[u8] = b"- / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// The most bytes and the longest time to read and discard what the client still sends. With unread
/// bytes, the system would reset the connection, and the response could be lost.
const MOST_LEFT: u64 = 1024 * 1024;
const LONGEST_LEFT: Duration = Duration::from_secs(1);

/// Why a request is invalid. As an extension of the replacing request, it makes the router reject
/// it.
#[derive(Clone, Debug)]
pub(crate) struct Unreadable {
    status: StatusCode,
    description: Cow<'static, str>,
}

impl Unreadable {
    /// The fault of a request that hyper could not read.
    pub(crate) fn of(err: &hyper::Error) -> Self {
        let reason = err.to_string();
        let (status, description) = match reason.as_str() {
            _ if err.is_parse_too_large() => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "the head of the request is longer than 65536 bytes, or has more than 100 headers"
                    .into(),
            ),
            _ if err.is_parse_version_h2() => (
                StatusCode::HTTP_VERSION_NOT_SUPPORTED,
                "this server speaks HTTP/1.1, and the request is in HTTP/2".into(),
            ),
            "URI too long" => (
                StatusCode::URI_TOO_LONG,
                "the path with its query is longer than 65534 bytes".into(),
            ),
            "invalid URI" => (
                StatusCode::BAD_REQUEST,
                "the address has a character that must be escaped, such as `\"` as %22, `<` as %3C, `>` \
                 as %3E and a blank as %20"
                    .into(),
            ),
            _ => (
                StatusCode::BAD_REQUEST,
                format!("the request is not valid HTTP: {reason}").into(),
            ),
        };
        Self {
            status,
            description,
        }
    }

    /// The fault of a request's `Host`, if there is one: HTTP/1.1 requires exactly one (RFC 9112,
    /// section 3.2).
    fn by_its_host(version: Version, headers: &HeaderMap) -> Option<Self> {
        let hosts = headers.get_all(HOST).iter().count();
        let is_good = hosts == 1 || (hosts == 0 && version < Version::HTTP_11);
        (!is_good).then(|| Self {
            status: StatusCode::BAD_REQUEST,
            description: match hosts {
                0 => "the header `Host` is missing".into(),
                _ => format!("there are {hosts} headers `Host`, and one is expected").into(),
            },
        })
    }
}

/// The error for an unreadable request; `None` for other requests.
pub(crate) fn refusal(request: &mut Request) -> Option<ApiError> {
    let Unreadable {
        status,
        description,
    } = request.extensions_mut().remove()?;
    let refused = ApiError::new(ErrorCode::InvalidInput, description.clone());
    Some(refused.with_status(status).with_detail(description))
}

/// Answers a request that hyper could not read, and ends the connection.
pub(crate) async fn answer(
    unreadable: Unreadable,
    mut stream: impl AsyncRead + AsyncWrite + Send + Unpin,
    mut http: http1::Builder,
    answers: Answers,
) {
    let service = service_fn(|mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(unreadable.clone());
        let answer = answers.answer(request.map(Body::new));
        async { Ok::<_, Infallible>(answer.await) }
    });
    let line = TokioIo::new(join(IN_ITS_PLACE, &mut stream));
    // The replacing request ends at once, which must not end the connection.
    http.half_close(true);
    if let Err(err) = http.serve_connection(line, service).await {
        tracing::debug!(error = %err, "a connection ended early");
        return;
    }
    let mut left = (&mut stream).take(MOST_LEFT);
    timeout(LONGEST_LEFT, copy(&mut left, &mut sink()))
        .await
        .ok();
}

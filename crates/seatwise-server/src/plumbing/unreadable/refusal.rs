//! Why a request is invalid, and how the router refuses it.

use std::borrow::Cow;

use axum::extract::Request;
use http::header::HOST;
use http::{HeaderMap, StatusCode, Version};
use seatwise_types::ErrorCode;

use crate::plumbing::error::ApiError;

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
    pub(super) fn by_its_host(version: Version, headers: &HeaderMap) -> Option<Self> {
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

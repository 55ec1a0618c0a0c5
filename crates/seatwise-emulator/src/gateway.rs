//! Responses of the gateway in front of Partner Center. They have another form, and no Partner
//! Center headers.

use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use seatwise_server::Bare;
use seatwise_types::GatewayError;

/// Without a character set, as documented for 429.
const PLAIN_JSON: HeaderValue = HeaderValue::from_static("application/json");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// The 429 response, with the documented bytes.
pub(crate) fn throttled(retry_after: u32) -> Response {
    let body = GatewayError::rate_limited(u64::from(retry_after)).to_bytes();
    let mut response = bare(StatusCode::TOO_MANY_REQUESTS, PLAIN_JSON, body);
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from(retry_after));
    response
}

/// A 401 from the gateway. A sibling of this API was observed to answer in this form. The words are
/// those of the gateway product.
pub(crate) fn unauthorized() -> Response {
    let body = GatewayError {
        status_code: StatusCode::UNAUTHORIZED.as_u16(),
        message: "Unauthorized. Access token is missing or invalid.".to_owned(),
    };
    bare(StatusCode::UNAUTHORIZED, PLAIN_JSON, body.to_bytes())
}

/// An HTML error page of a proxy.
pub(crate) fn page(status: StatusCode) -> Response {
    let body = format!(
        "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n\
         <center><h1>{status}</h1></center>\r\n</body>\r\n</html>\r\n"
    );
    bare(status, HTML, body.into_bytes())
}

fn bare(status: StatusCode, content_type: HeaderValue, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response.extensions_mut().insert(Bare);
    response
}

//! One request and its answer: the ids of both, the headers of every answer, one log line.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::DATE;
use http::{HeaderMap, HeaderValue, Method};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use seatwise_types::header;
use tracing::{Instrument, Span, field};
use uuid::Uuid;

use crate::config::NewId;
use crate::error::{self, Failure};
use crate::{AppState, probes};

/// Marks an answer that Partner Center itself did not make: it leaves without the ids of both.
#[derive(Clone, Copy)]
pub(crate) struct Bare;

/// The name in logs and metrics for a path without a route, and for a method that HTTP does not
/// define. Both are the caller's text: it may be long, and hold anything.
const UNKNOWN: &str = "unknown";

/// Has a request answered. This is around everything else, so that no answer leaves without ids and a
/// log line.
pub(crate) async fn observe(
    app: &AppState,
    request: Request,
    answer: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    let started = Instant::now();
    let ids = Ids::of(request.headers(), &app.new_id);
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or(UNKNOWN, MatchedPath::as_str);
    let span = tracing::info_span!(
        "request",
        method = %known(request.method()),
        route,
        request_id = %ids.request,
        correlation_id = %ids.correlation,
        partner = field::Empty,
    );
    let response = answer(request).instrument(span.clone()).await;
    let mut response = error::in_form(response, app.wire.errors);
    if response.extensions_mut().remove::<Bare>().is_none() {
        ids.write(response.headers_mut());
        response
            .headers_mut()
            .insert(header::MS_SERVER_ID, app.server_id.clone());
    }
    response
        .headers_mut()
        .insert(DATE, http_date((app.clock)()));

    let elapsed = started.elapsed();
    let failure = response
        .extensions_mut()
        .remove::<Failure>()
        .unwrap_or_default();
    app.metrics.answered(route, response.status(), elapsed);
    if let Some(reason) = failure.refused {
        app.metrics.refused(reason);
    }
    // Every few seconds, and of no interest: they are counted above.
    let is_probe = failure.cause.is_none() && probes::is_probe(route);
    if !is_probe {
        log(&span, &response, &failure, elapsed.as_secs_f64() * 1000.0);
    }
    response
}

/// The name of a method that HTTP defines (RFC 9110 and 5789).
fn known(method: &Method) -> &str {
    match *method {
        Method::GET
        | Method::HEAD
        | Method::POST
        | Method::PUT
        | Method::DELETE
        | Method::CONNECT
        | Method::OPTIONS
        | Method::TRACE
        | Method::PATCH => method.as_str(),
        _ => UNKNOWN,
    }
}

/// One line; a failure of the server has the whole chain of its causes.
fn log(span: &Span, response: &Response, failure: &Failure, duration_ms: f64) {
    let _in_span = span.enter();
    let status = response.status().as_u16();
    if let Some(cause) = &failure.cause {
        tracing::error!(
            status,
            duration_ms,
            cause = format!("{cause:#}"),
            "request failed"
        );
    } else {
        tracing::info!(
            status,
            duration_ms,
            refused = failure.refused,
            detail = failure.detail,
            "request answered"
        );
    }
}

/// What ties an answer to its request.
struct Ids {
    request: Uuid,
    correlation: Uuid,
    vector: String,
}

impl Ids {
    /// The ids that the request brought; a missing or malformed one is made, as documented. The
    /// correlation vector is always made: documented answers have 16 characters of base64, which
    /// are 12 bytes, and none shows what becomes of one that a request brings.
    fn of(headers: &HeaderMap, new_id: &NewId) -> Self {
        let id = |name| guid(headers, name).unwrap_or_else(|| new_id());
        Self {
            request: id(header::MS_REQUEST_ID),
            correlation: id(header::MS_CORRELATION_ID),
            vector: format!("{}.0", STANDARD.encode(&new_id().as_bytes()[4..])),
        }
    }

    fn write(self, headers: &mut HeaderMap) {
        headers.insert(header::MS_REQUEST_ID, value(self.request.to_string()));
        headers.insert(
            header::MS_CORRELATION_ID,
            value(self.correlation.to_string()),
        );
        headers.insert(header::MS_CV, value(self.vector));
    }
}

/// A GUID in any of its forms, if the header came once.
fn guid(headers: &HeaderMap, name: &str) -> Option<Uuid> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(only), None) => Uuid::try_parse_ascii(only.as_bytes()).ok(),
        _ => None,
    }
}

/// `Wed, 15 Mar 2017 17:43:11 GMT`
fn http_date(now: Timestamp) -> HeaderValue {
    let text = DateTimePrinter::new().timestamp_to_rfc9110_string(&now);
    value(text.expect("the clock is between the years 0 and 9999"))
}

fn value(text: String) -> HeaderValue {
    HeaderValue::try_from(text).expect("ids and dates are visible ASCII")
}

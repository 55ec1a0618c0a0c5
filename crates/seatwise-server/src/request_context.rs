//! A request and its response: ids, common headers, and the log line.

use std::borrow::Cow;
use std::time::Instant;

use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::DATE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use seatwise_types::PartnerId;
use tracing::{Span, field};
use uuid::Uuid;

use crate::clock::NewId;
use crate::metrics::Route;
use crate::plumbing::error::{self, Failure};
use crate::state::AppState;

/// Marks a response that does not come from Partner Center itself: it gets no ids.
#[derive(Clone, Copy)]
pub struct Bare;

/// The header names of [`seatwise_types::header`], in lower case.
const REQUEST_ID: HeaderName = HeaderName::from_static("ms-requestid");
const CORRELATION_ID: HeaderName = HeaderName::from_static("ms-correlationid");
const VECTOR: HeaderName = HeaderName::from_static("ms-cv");
const SERVER_ID: HeaderName = HeaderName::from_static("ms-serverid");

/// The name in logs and metrics of unknown routes and methods. The client's text could be long or
/// contain anything.
const UNKNOWN: &str = "unknown";

/// The routes of probes, which are logged only if they fail.
const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Whether a route is a probe.
fn is_probe(route: &str) -> bool {
    PROBES.contains(&route)
}

/// A request until it is answered.
pub(crate) struct RequestContext {
    started: Instant,
    ids: Ids,
    route: Route,
    span: Span,
}

impl RequestContext {
    /// Starts the context. [`end`](Self::end) must follow: it adds the ids and writes the log
    /// line. `route` is `None` if the router has no such path; `partner` is `None` until the caller
    /// is known.
    pub(crate) fn begin(
        app: &AppState,
        method: &Method,
        headers: &HeaderMap,
        route: Option<Route>,
        partner: Option<PartnerId>,
    ) -> Self {
        let started = Instant::now();
        let ids = Ids::of(headers, &app.new_id);
        let route = route.unwrap_or(Cow::Borrowed(UNKNOWN));
        let span = tracing::info_span!(
            "request",
            method = %known(method),
            route = &*route,
            request_id = %ids.request,
            correlation_id = %ids.correlation,
            partner = partner.map(field::display),
        );
        Self {
            started,
            ids,
            route,
            span,
        }
    }

    /// The span for log lines of this request.
    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    /// Completes the response.
    pub(crate) fn end(self, app: &AppState, response: Response) -> Response {
        let mut response = error::in_form(response, app.wire.errors);
        if response.extensions_mut().remove::<Bare>().is_none() {
            self.ids.write(response.headers_mut());
            response
                .headers_mut()
                .insert(SERVER_ID, app.server_id.clone());
        }
        response
            .headers_mut()
            .insert(DATE, app.dates.of((app.clock)()));

        let elapsed = self.started.elapsed();
        let failure = response
            .extensions_mut()
            .remove::<Failure>()
            .unwrap_or_default();
        if let Some(reason) = failure.refused {
            app.metrics.refused(reason);
        }
        // Probes arrive every few seconds. They are counted, but not logged.
        let is_probe = failure.cause.is_none() && is_probe(&self.route);
        if !is_probe {
            let duration_ms = elapsed.as_secs_f64() * 1000.0;
            log(&self.span, &response, &failure, duration_ms);
        }
        app.metrics.answered(self.route, response.status(), elapsed);
        response
    }
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

/// Writes one log line. A server error has all its causes.
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

/// The ids that connect a response to its request.
struct Ids {
    request: Uuid,
    correlation: Uuid,
    vector: HeaderValue,
}

impl Ids {
    /// The ids in the request. A missing or malformed id is replaced, as documented. The
    /// correlation vector is always new: documented responses have 16 characters of base64, which
    /// are 12 bytes, and none shows what happens to a vector in a request.
    fn of(headers: &HeaderMap, new_id: &NewId) -> Self {
        let id = |name| guid(headers, name).unwrap_or_else(|| new_id());
        Self {
            request: id(REQUEST_ID),
            correlation: id(CORRELATION_ID),
            vector: value(&format!("{}.0", STANDARD.encode(&new_id().as_bytes()[4..]))),
        }
    }

    fn write(self, headers: &mut HeaderMap) {
        let mut text = Uuid::encode_buffer();
        let mut id = |id: Uuid| value(id.as_hyphenated().encode_lower(&mut text));
        headers.insert(REQUEST_ID, id(self.request));
        headers.insert(CORRELATION_ID, id(self.correlation));
        headers.insert(VECTOR, self.vector);
    }
}

/// A GUID in any form, if the header occurs once.
fn guid(headers: &HeaderMap, name: HeaderName) -> Option<Uuid> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(only), None) => Uuid::try_parse_ascii(only.as_bytes()).ok(),
        _ => None,
    }
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("ids are visible ASCII")
}

#[cfg(test)]
mod tests {
    use seatwise_types::header;

    use super::*;

    #[test]
    fn the_headers_of_every_answer_have_the_documented_names() {
        for (name, documented) in [
            (REQUEST_ID, header::MS_REQUEST_ID),
            (CORRELATION_ID, header::MS_CORRELATION_ID),
            (VECTOR, header::MS_CV),
            (SERVER_ID, header::MS_SERVER_ID),
        ] {
            assert!(name.as_str().eq_ignore_ascii_case(documented));
        }
    }
}

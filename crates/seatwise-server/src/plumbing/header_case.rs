//! Writes header names in Partner Center's case.
//!
//! Names are case-insensitive, but scripts that read a response as text expect `MS-RequestId`, and
//! hyper would write `ms-requestid`. hyper records the case of a message that it parses, in a type
//! that only its parser can make, and uses this record for the messages that it writes. So one
//! request with these names is parsed, and its record is attached to every response. Other names
//! get a capital after each dash, which is right for `Content-Type`, `Retry-After` and similar
//! names.

use std::convert::Infallible;
use std::future::ready;
use std::sync::mpsc;

use axum::body::Body;
use http::{Extensions, Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use seatwise_types::header;

/// The names that do not follow the rule of capitals after dashes.
const NAMES: [&str; 7] = [
    header::MS_REQUEST_ID,
    header::MS_CORRELATION_ID,
    header::MS_CV,
    header::MS_SERVER_ID,
    header::IS_MFA_COMPLIANT,
    "ETag",
    "WWW-Authenticate",
];

/// Extensions for a response, so that hyper writes the documented case of header names.
///
/// Empty if hyper no longer records the case. Responses are then valid, with another case.
pub(crate) async fn documented() -> Extensions {
    let lines: String = NAMES.iter().map(|name| format!("{name}: -\r\n")).collect();
    let request = format!("GET / HTTP/1.1\r\n{lines}\r\n");
    let wire = tokio::io::join(request.as_bytes(), tokio::io::sink());

    let (noted, header_case) = mpsc::channel();
    let note = service_fn(|request: Request<Incoming>| {
        let _ = noted.send(request.extensions().clone());
        ready(Ok::<_, Infallible>(Response::new(Body::empty())))
    });
    let parsed = http1::Builder::new()
        .preserve_header_case(true)
        // The request ends at once, and the response is not used.
        .half_close(true)
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(wire), note)
        .await;
    if let Err(err) = parsed {
        tracing::warn!(error = %err, "header names are not spelled as documented");
    }
    header_case.try_recv().unwrap_or_default()
}

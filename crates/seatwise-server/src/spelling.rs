//! Header names on the wire as Partner Center spells them.
//!
//! Names are case-insensitive, but scripts that read an answer as text see `MS-RequestId`, and hyper
//! would write `ms-requestid`. hyper notes the spelling of a message that it parses, in a type that
//! only parsing makes, and writes a message with such a note as noted. So one request that holds
//! the names is parsed, and its note is attached to every answer. Names that are not listed get a
//! capital after each dash, which is right for `Content-Type`, `Retry-After` and the like.

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

/// The names that a capital after each dash would get wrong.
const NAMES: [&str; 7] = [
    header::MS_REQUEST_ID,
    header::MS_CORRELATION_ID,
    header::MS_CV,
    header::MS_SERVER_ID,
    header::IS_MFA_COMPLIANT,
    "ETag",
    "WWW-Authenticate",
];

/// What to add to the extensions of an answer so that hyper spells its headers as documented.
///
/// Empty if hyper no longer notes the spelling: the answers are right then, in another spelling.
pub(crate) async fn documented() -> Extensions {
    let lines: String = NAMES.iter().map(|name| format!("{name}: -\r\n")).collect();
    let request = format!("GET / HTTP/1.1\r\n{lines}\r\n");
    let wire = tokio::io::join(request.as_bytes(), tokio::io::sink());

    let (noted, spelling) = mpsc::channel();
    let note = service_fn(|request: Request<Incoming>| {
        let _ = noted.send(request.extensions().clone());
        ready(Ok::<_, Infallible>(Response::new(Body::empty())))
    });
    let parsed = http1::Builder::new()
        .preserve_header_case(true)
        // The request has an end, and the answer goes nowhere.
        .half_close(true)
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(wire), note)
        .await;
    if let Err(err) = parsed {
        tracing::warn!(error = %err, "header names are not spelled as documented");
    }
    spelling.try_recv().unwrap_or_default()
}

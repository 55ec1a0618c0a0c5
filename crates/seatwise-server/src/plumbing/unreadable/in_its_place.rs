//! The answer to a request that hyper could not read.

use std::convert::Infallible;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, copy, join, sink};
use tokio::time::timeout;

use super::refusal::Unreadable;
use crate::router::Answers;

/// Replaces the unreadable request. Its method is not a valid one.
const IN_ITS_PLACE: &[u8] = b"- / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// The most bytes and the longest time to read and discard what the client still sends. With unread
/// bytes, the system would reset the connection, and the response could be lost.
const MOST_LEFT: u64 = 1024 * 1024;
const LONGEST_LEFT: Duration = Duration::from_secs(1);

/// Answers a request that hyper could not read, and ends the connection.
pub(crate) async fn answer(
    unreadable: Unreadable,
    mut stream: impl AsyncRead + AsyncWrite + Send + Unpin,
    mut http: http1::Builder,
    answers: Answers,
) {
    let service = service_fn(|mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(unreadable.clone());
        let answer = answers.answer(request);
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

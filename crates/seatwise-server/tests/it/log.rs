//! Log lines of requests, and what they must not contain.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use http::Request;
use insta::assert_snapshot;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::MakeWriter;

use crate::harness::{TestServer, USAGE, get, user_token};

/// Enables every log line on all test threads. Otherwise, a line that a thread without a recorder
/// reaches first would be disabled for all tests.
pub(crate) fn keep_interest() {
    let nowhere = tracing_subscriber::fmt()
        .with_writer(io::sink)
        .with_max_level(tracing::Level::TRACE)
        .finish();
    // Only the first call succeeds, which is enough.
    tracing::subscriber::set_global_default(nowhere).ok();
}

/// The log of this thread while the guard exists.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) fn record() -> (Self, DefaultGuard) {
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(log.clone())
            .with_max_level(tracing::Level::TRACE)
            .without_time()
            .with_ansi(false)
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    /// The lines of this crate, with durations replaced.
    pub(crate) fn text(&self) -> String {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let lines = text.lines().filter(|line| line.contains("seatwise_server"));
        let lines = lines.map(|line| {
            let Some((before, rest)) = line.split_once("duration_ms=") else {
                return line.to_owned();
            };
            let (duration, after) = rest.split_once(' ').unwrap_or((rest, ""));
            assert!(duration.parse::<f64>().unwrap() >= 0.0);
            format!("{before}duration_ms=_ {after}")
                .trim_end()
                .to_owned()
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn one_line_for_a_request() {
    let server = TestServer::new().await;
    let (log, _guard) = Log::record();
    server.get(&format!("{USAGE}?code=secret")).await;
    assert_snapshot!(log.text(), @r#" INFO request{method=GET route="/v1/analytics/licenses/usage" request_id=10000000-0000-4000-8000-000000000001 correlation_id=10000000-0000-4000-8000-000000000002 partner=a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a}: seatwise_server::request_context: request answered status=200 duration_ms=_"#);
}

#[tokio::test]
async fn a_refusal_says_why_and_shows_nothing_of_the_token() {
    let server = TestServer::new().await;
    server.advance(std::time::Duration::from_secs(2 * 3600));
    let (log, _guard) = Log::record();
    server.get(USAGE).await;
    let text = log.text();
    assert!(
        !text.contains(
            user_token(crate::harness::partner())
                .split('.')
                .next_back()
                .unwrap()
        )
    );
    assert_snapshot!(text, @r#" INFO request{method=GET route="/v1/analytics/licenses/usage" request_id=10000000-0000-4000-8000-000000000001 correlation_id=10000000-0000-4000-8000-000000000002}: seatwise_server::request_context: request answered status=401 duration_ms=_ refused="expired""#);
}

#[tokio::test]
async fn a_failure_is_logged_once_with_its_cause() {
    let server = TestServer::unpublished(|_| {});
    let (log, _guard) = Log::record();
    let request = get(USAGE).header("MS-RequestId", "6b588e9b-1d02-471a-bce2-79374497c24e");
    let answer = server.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.head.status, 503);
    assert_snapshot!(log.text(), @r#"ERROR request{method=GET route="/v1/analytics/licenses/usage" request_id=6b588e9b-1d02-471a-bce2-79374497c24e correlation_id=10000000-0000-4000-8000-000000000001 partner=a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a}: seatwise_server::request_context: request failed status=503 duration_ms=_ cause="the usage figures of partner a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a are not published""#);
}

#[tokio::test]
async fn an_unknown_path_is_not_written_down() {
    let server = TestServer::new().await;
    let (log, _guard) = Log::record();
    let request = Request::get("/v1/invoices/secret-name").body(Body::empty());
    server.send(request.unwrap()).await;
    assert_snapshot!(log.text(), @r#" INFO request{method=GET route="unknown" request_id=10000000-0000-4000-8000-000000000001 correlation_id=10000000-0000-4000-8000-000000000002}: seatwise_server::request_context: request answered status=404 duration_ms=_"#);
}

#[tokio::test]
async fn a_method_that_http_does_not_define_is_not_written_down() {
    let server = TestServer::new().await;
    let (log, _guard) = Log::record();
    let method = "SECRET".repeat(12_000);
    let request = Request::builder().method(method.as_str()).uri(USAGE);
    server.send(request.body(Body::empty()).unwrap()).await;
    let text = log.text();
    assert!(!text.contains("SECRET"), "{} bytes", text.len());
    assert!(text.contains("request{method=unknown "), "{text}");
}

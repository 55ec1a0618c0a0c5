//! Log lines of requests, and what they must not contain.

use axum::body::Body;
use http::Request;
use insta::assert_snapshot;

use crate::harness::{TestServer, USAGE, get, user_token};
use crate::recorder::Log;

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

//! The readiness of a server, without a token.

use seatwise_client::{ErrorKind, readiness};

use crate::scripted::Scripted;

#[tokio::test]
async fn a_server_that_is_ready_says_so_and_gets_no_token() {
    let server = Scripted::start([
        "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nready\n",
    ])
    .await;
    assert_eq!(readiness(&server.url, b"").await.unwrap(), "ready");
    let requests = server.requests();
    assert!(requests[0].starts_with("GET /readyz HTTP/1.1\r\n"));
    assert!(!requests[0].to_ascii_lowercase().contains("authorization"));
}

#[tokio::test]
async fn a_server_that_is_not_ready_is_an_error_in_its_words_and_is_asked_once() {
    let server = Scripted::start([
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 25\r\nConnection: close\r\n\r\n\
         nothing is published yet\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nready\n",
    ])
    .await;
    let err = readiness(&server.url, b"").await.unwrap_err();
    assert_eq!(err.status(), Some(503));
    assert_eq!(
        err.to_string(),
        "not ready, status 503: nothing is published yet"
    );
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = Scripted::start([
        "HTTP/1.1 302 Found\r\nLocation: /readyz\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nready\n",
    ])
    .await;
    let err = readiness(&server.url, b"").await.unwrap_err();
    assert_eq!(err.status(), Some(302));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_answer_that_is_no_single_line_is_not_read_to_its_end() {
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\nConnection: close\r\n\r\n{}",
        "x".repeat(5000)
    );
    let server = Scripted::start([answer.as_str()]).await;
    let err = readiness(&server.url, b"").await.unwrap_err();
    assert_eq!(err.kind(), &ErrorKind::TooLarge);
}

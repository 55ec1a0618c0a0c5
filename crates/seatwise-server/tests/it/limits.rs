//! Requests that are too large, and foreign host names.

use axum::body::Body;
use http::Request;
use insta::assert_snapshot;

use crate::harness::{TestServer, USAGE, get};

#[tokio::test]
async fn a_body_that_is_too_large() {
    let server = TestServer::new().await;
    let request = |length| {
        get(USAGE)
            .header("Content-Length", length)
            .body(Body::empty())
            .unwrap()
    };
    assert_snapshot!(server.send(request(16 * 1024 + 1)).await.short(), @r#"
    413 Payload Too Large
    {"code":800002,"description":"the body is longer than 16384 bytes","data":[],"source":"PartnerApiServiceControllers"}
    "#);
    assert_eq!(server.send(request(16 * 1024)).await.head.status, 200);
}

#[tokio::test]
async fn a_path_that_is_too_long() {
    let server = TestServer::new().await;
    let answer = server
        .get(&format!("{USAGE}?{}", "q".repeat(8 * 1024)))
        .await;
    assert_snapshot!(answer.short(), @r#"
    414 URI Too Long
    {"code":800002,"description":"the path with its query is longer than 8192 bytes","data":[],"source":"PartnerApiServiceControllers"}
    "#);
}

#[tokio::test]
async fn headers_that_are_too_large() {
    let server = TestServer::new().await;
    let request = get(USAGE).header("X-Large", "x".repeat(32 * 1024));
    let answer = server.send(request.body(Body::empty()).unwrap()).await;
    assert_snapshot!(answer.short(), @r#"
    431 Request Header Fields Too Large
    {"code":800002,"description":"the head of the request is longer than 32768 bytes","data":[],"source":"PartnerApiServiceControllers"}
    "#);
}

#[tokio::test]
async fn with_the_development_identity_only_names_of_this_computer_are_answered() {
    let server = TestServer::new().await;
    for (host, status) in [
        ("localhost", 200),
        ("LocalHost:8080", 200),
        ("partner.localhost:8080", 200),
        ("127.0.0.1:8080", 200),
        ("127.8.8.8", 200),
        ("[::1]:8080", 200),
        ("localhost.example", 403),
        ("127.0.0.1.example:8080", 403),
        ("192.0.2.1:8080", 403),
        ("user@attacker.example", 403),
        ("", 403),
    ] {
        let request = Request::get("/healthz")
            .header("Host", host)
            .body(Body::empty());
        let answer = server.send(request.unwrap()).await;
        assert_eq!(answer.head.status, status, "{host}");
    }
    let request = Request::get("/healthz")
        .header("Host", "attacker.example")
        .body(Body::empty());
    assert_snapshot!(server.send(request.unwrap()).await.short(), @r#"
    403 Forbidden
    {"code":2032,"description":"with the development identity or the emulator this server answers to `localhost` and loopback addresses only","data":[],"source":"PartnerApiServiceControllers"}
    "#);
}

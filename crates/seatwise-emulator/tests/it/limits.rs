//! Limits on requests for customers.

use std::time::Duration;

use axum::body::Body;
use http::Request;
use http::header::AUTHORIZATION;
use insta::assert_snapshot;
use seatwise_emulator::RateLimits;
use seatwise_types::PartnerId;

use crate::harness::{Answer, TestServer, USAGE, app_token, emulated, emulated_as, partner};

const CUSTOMERS: &str = "/v1/customers";

async fn ask(server: &TestServer, partner: PartnerId, path: &str) -> Answer {
    let token = format!("Bearer {}", app_token(partner));
    let request = Request::get(path).header(AUTHORIZATION, token);
    server.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn five_hundred_a_minute_for_each_partner() {
    let server = TestServer::with(emulated("none")).await;
    for number in 0..500 {
        let path = if number % 2 == 0 {
            CUSTOMERS.to_owned()
        } else {
            format!("{CUSTOMERS}/4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04")
        };
        assert_ne!(ask(&server, partner(), &path).await.head.status, 429);
    }
    server.advance(Duration::from_millis(2_500));
    assert_snapshot!(ask(&server, partner(), CUSTOMERS).await, @r#"
    429 Too Many Requests
    content-type: application/json
    retry-after: 58
    date: Wed, 15 Mar 2017 17:43:13 GMT
    content-length: 84

    { "statusCode": 429, "message": "Rate limit is exceeded. Try again in 58 seconds." }
    "#);
    // Neither the analytics nor other partners are limited.
    assert_eq!(server.get(USAGE).await.head.status, 200);
    let other = "c5e2d2a5-6f0c-4a3e-8a52-8b0f6f8a9d10".parse().unwrap();
    assert_eq!(ask(&server, other, CUSTOMERS).await.head.status, 200);

    server.advance(Duration::from_secs(57));
    assert_eq!(
        ask(&server, partner(), CUSTOMERS)
            .await
            .header("retry-after"),
        "1"
    );
    server.advance(Duration::from_millis(500));
    assert_eq!(ask(&server, partner(), CUSTOMERS).await.head.status, 200);
}

#[tokio::test]
async fn who_does_not_wait_is_not_let_in_again() {
    let server = TestServer::with(emulated("none")).await;
    for _ in 0..500 {
        ask(&server, partner(), CUSTOMERS).await;
    }
    // A request every tenth of a second for two minutes: all of them count.
    for _ in 0..1200 {
        server.advance(Duration::from_millis(100));
        let answer = ask(&server, partner(), CUSTOMERS).await;
        assert_eq!(answer.head.status, 429);
    }
    server.advance(Duration::from_secs(60));
    assert_eq!(ask(&server, partner(), CUSTOMERS).await.head.status, 200);
}

#[tokio::test]
async fn limits_can_be_switched_off() {
    let unlimited = TestServer::with(emulated_as(|emulator| {
        emulator.limits = RateLimits::None;
    }))
    .await;
    let without_emulator = TestServer::new().await;
    for _ in 0..501 {
        assert_eq!(ask(&unlimited, partner(), CUSTOMERS).await.head.status, 200);
        let answer = ask(&without_emulator, partner(), CUSTOMERS).await;
        assert_eq!(answer.head.status, 200);
    }
}

#[tokio::test]
async fn callers_who_are_not_signed_in_are_not_counted() {
    let server = TestServer::with(emulated("none")).await;
    for _ in 0..501 {
        let request = Request::get(CUSTOMERS).body(Body::empty()).unwrap();
        assert_eq!(server.send(request).await.head.status, 401);
    }
    let request = Request::post(CUSTOMERS).body(Body::empty()).unwrap();
    assert_eq!(server.send(request).await.head.status, 405);
    assert_eq!(ask(&server, partner(), CUSTOMERS).await.head.status, 200);
}

#[tokio::test]
async fn all_calls_together_where_a_number_is_asked_for() {
    let server = TestServer::with(emulated_as(|emulator| {
        emulator.limits = RateLimits::PerMinute(3);
    }))
    .await;
    let paths = [USAGE, CUSTOMERS, "/v1/analytics/commercial/usage/license"];
    for path in paths {
        assert_eq!(server.get(path).await.head.status, 200, "{path}");
    }
    assert_eq!(server.get(USAGE).await.head.status, 429);
    assert_eq!(server.get("/healthz").await.head.status, 200);
    server.advance(Duration::from_secs(60));
    assert_eq!(server.get(USAGE).await.head.status, 200);
}

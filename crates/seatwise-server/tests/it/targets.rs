//! Targets of requests: several forms of a path, and the host that counts.

use axum::body::Body;
use http::Request;
use insta::assert_snapshot;

use crate::harness::{TestServer, USAGE, USAGE_COLUMNS, get, partner, user_token};
use crate::running::{Running, read_all, write};

#[tokio::test]
async fn other_spellings_of_a_path_are_the_same_path() {
    let server = TestServer::new().await;
    let documented = server.get(USAGE).await;
    assert_eq!(documented.head.status, 200);
    for path in [
        "/v1.0/analytics/licenses/usage",
        "/V1.0/Analytics/Licenses/Usage/",
        "/v1/%61nalytics/licenses/us%61ge",
        "/v1%2e0/analytics/%4Cicenses/usage?x=1",
        "http://localhost/v1/analytics/licenses/usage",
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.body, documented.body, "{path}");
    }
    for path in [
        "/v1.1/analytics/licenses/usage",
        "/v1/analytics%2Flicenses/usage",
        "/v1/analytics/licenses/us%2561ge",
    ] {
        assert_eq!(server.get(path).await.head.status, 404, "{path}");
    }
    let rows = "/partner/v1.0/analytics/commercial/usage/license?top=1";
    assert_eq!(server.get(rows).await.head.status, 200);
}

#[tokio::test]
async fn the_host_of_an_absolute_target_counts_before_host() {
    let server = TestServer::new().await;
    for (target, host, status) in [
        ("http://localhost:8080/healthz", "attacker.example", 200),
        ("http://attacker.example/healthz", "localhost", 403),
        (
            "http://localhost@attacker.example/healthz",
            "localhost",
            403,
        ),
    ] {
        let request = Request::get(target).header("Host", host);
        let answer = server.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.head.status, status, "{target}");
    }
    // Also on the wire, as for a proxy.
    let server = Running::start(|_| {}).await;
    let asked = async |target: &str, host: &str| {
        let mut client = server.connect().await;
        let head = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        write(&mut client, &head).await;
        read_all(&mut client)
            .await
            .lines()
            .next()
            .unwrap()
            .to_owned()
    };
    let (ours, other) = (
        "http://127.0.0.1/healthz",
        "http://attacker.example/healthz",
    );
    assert_eq!(asked(ours, "attacker.example").await, "HTTP/1.1 200 OK");
    assert_eq!(asked(other, "localhost").await, "HTTP/1.1 403 Forbidden");
}

#[tokio::test]
async fn http_1_1_wants_one_host() {
    let server = Running::start(|_| {}).await;
    let asked = async |head: &str| {
        let mut client = server.connect().await;
        write(&mut client, &format!("{head}Connection: close\r\n\r\n")).await;
        read_all(&mut client).await
    };
    let token = user_token(partner());
    assert_snapshot!(asked(&format!("GET {USAGE} HTTP/1.1\r\nAuthorization: Bearer {token}\r\n")).await, @r#"
    HTTP/1.1 400 Bad Request
    Content-Type: application/json; charset=utf-8
    MS-RequestId: 10000000-0000-4000-8000-000000000002
    MS-CorrelationId: 10000000-0000-4000-8000-000000000003
    MS-CV: AABAAIAAAAAAAAAE.0
    MS-ServerId: 633965569
    Date: Wed, 15 Mar 2017 17:43:11 GMT
    Content-Length: 110
    Connection: close

    {"code":800002,"description":"the header `Host` is missing","data":[],"source":"PartnerApiServiceControllers"}
    "#);
    let two = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n";
    assert!(asked(two).await.starts_with("HTTP/1.1 400 Bad Request\n"));
    let none = "GET http://localhost/healthz HTTP/1.1\r\n";
    assert!(asked(none).await.starts_with("HTTP/1.1 400 Bad Request\n"));
    let old = "GET /healthz HTTP/1.0\r\n";
    assert!(asked(old).await.starts_with("HTTP/1.0 200 OK\n"));
    let old = "GET /healthz HTTP/1.0\r\nHost: a\r\nHost: b\r\n";
    assert!(asked(old).await.starts_with("HTTP/1.0 400 Bad Request\n"));
}

#[tokio::test]
async fn a_plus_that_was_not_escaped_is_understood_in_a_date() {
    let server = TestServer::new().await;
    let row = "2017-03-09,Exchange,o365,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,A,E3,1,2";
    server.import(partner(), USAGE_COLUMNS, row).await;
    server.advance(std::time::Duration::from_millis(3));
    let at = |query: &str| format!("{USAGE}?{query}");
    for (query, axes) in [
        (
            "knownAt=2017-03-15T18:43:11+01:00",
            "knownAt=2017-03-15T17:43:11Z",
        ),
        ("knownAt=2017-03-15%2018:43:11%20+0100", ""),
        (
            "knownAt=2017-03-15T18:43:11%2001:00",
            "knownAt=2017-03-15T17:43:11Z",
        ),
        ("asOf=2017-03-10T00:30:00+01:00", "asOf=2017-03-09"),
        ("asOf=2017-03-10T23:30:00-01", "asOf=2017-03-11"),
        ("asOf=2017-03-10T00:30+01:00", ""),
        ("asOf=2017-03-10+01:00", ""),
        ("asOf=2017-03-10T00:30:00+1", ""),
    ] {
        let answer = server.get(&at(query)).await;
        let status = if axes.is_empty() { 400 } else { 200 };
        assert_eq!(answer.head.status, status, "{query}: {}", answer.text());
        assert_eq!(answer.header("seatwise-axes"), axes, "{query}");
    }
    let day = "/v1/analytics/commercial/usage/license?processedDateTime=2017-03-10T00:30:00+01:00";
    assert_eq!(server.get(day).await.head.status, 200);
}

#[tokio::test]
async fn checks_come_in_the_documented_order_with_as_of_too() {
    let server = TestServer::new().await;
    let customer = |id: &str| format!("/v1/customers/{id}/analytics/licenses/usage?asOf=x");
    let unknown = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";
    let code = async |request: http::request::Builder| {
        let answer = server.send(request.body(Body::empty()).unwrap()).await;
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        body["code"].as_u64().unwrap()
    };
    let app = |path: &str| {
        let token = crate::harness::app_token(partner());
        Request::get(path).header("Authorization", format!("Bearer {token}"))
    };
    // The order of checks: the token, the customer's id, the parameters, and the existence.
    assert_eq!(code(Request::get(customer("x"))).await, 400);
    assert_eq!(code(app(&customer("x"))).await, 900_329);
    assert_eq!(code(get(&customer("x"))).await, 900_118);
    assert_eq!(code(get(&customer(unknown))).await, 3000);
    let later = customer(unknown).replace("asOf=x", "knownAt=9999-01-01T00:00:00Z");
    assert_eq!(code(get(&later)).await, 3000);
    let day = customer(unknown).replace("asOf=x", "asOf=2017-03-09");
    assert_eq!(code(get(&day)).await, 60_003);
    let unpublished = TestServer::unpublished(|_| {});
    let answer = unpublished.get(&format!("{USAGE}?asOf=x")).await;
    assert_eq!(answer.head.status, 400);
    assert_eq!(unpublished.get(USAGE).await.head.status, 503);
}

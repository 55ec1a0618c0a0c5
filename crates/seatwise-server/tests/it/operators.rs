//! Probes, metrics, and errors at the start.

use std::net::SocketAddr;

use axum::body::Body;
use http::Request;
use insta::assert_snapshot;
use jiff::SignedDuration;
use seatwise_server::{AppState, Config, Server, StartError};

use crate::harness::{TestServer, USAGE, partner};

#[tokio::test]
async fn ready_once_published() {
    let server = TestServer::unpublished(|_| {});
    assert_snapshot!(server.get("/healthz").await.short(), @r"
    200 OK
    ok
    ");
    assert_snapshot!(server.get("/readyz").await.short(), @r"
    503 Service Unavailable
    nothing is published yet
    ");
    server.app.refresh_now().await;
    assert_snapshot!(server.get("/readyz").await, @r"
    200 OK
    content-type: text/plain; charset=utf-8
    ms-requestid: 10000000-0000-4000-8000-000000000007
    ms-correlationid: 10000000-0000-4000-8000-000000000008
    ms-cv: AABAAIAAAAAAAAAJ.0
    ms-serverid: 633965568
    date: Wed, 15 Mar 2017 17:43:11 GMT
    content-length: 6

    ready
    ");
}

#[tokio::test]
async fn metrics_count_and_name_no_partner() {
    let server = TestServer::new().await;
    server.get(USAGE).await;
    server
        .get("/v1/invoices/4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04")
        .await;
    server
        .send(Request::get(USAGE).body(Body::empty()).unwrap())
        .await;
    server.advance(std::time::Duration::from_secs(7));

    let answer = server.get("/metrics").await;
    assert_eq!(
        answer.header("content-type"),
        "application/openmetrics-text; version=1.0.0; charset=utf-8",
    );
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    assert!(
        !text.contains(&partner().to_string()) && !text.contains("4d3cf487"),
        "{text}"
    );
    let build = format!(
        "seatwise_build_info{{version=\"{}\"}} 1\n",
        env!("CARGO_PKG_VERSION")
    );
    assert!(text.contains(&build), "{text}");
    let free = text.split("\nseatwise_disk_free_bytes ").nth(1).unwrap();
    let free: i64 = free.lines().next().unwrap().parse().unwrap();
    // -1 on systems for which this is not implemented.
    assert!(if cfg!(unix) { free > 0 } else { free == -1 }, "{free}");
    let mut lines: Vec<_> = text
        .lines()
        .filter(|line| {
            !["duration", "disk_free", "build"]
                .iter()
                .any(|it| line.contains(it))
        })
        .collect();
    lines.sort_unstable();
    assert_snapshot!(lines.join("\n"), @r#"
    # EOF
    # HELP seatwise_certificate_end_timestamp_seconds End of the server's certificate in seconds since 1970, -1 if there is none.
    # HELP seatwise_collection_age_seconds Time since a collection was completed, -1 if none ever was.
    # HELP seatwise_collection_running Whether a collection is running.
    # HELP seatwise_collections Collections that ended since the server started, by outcome.
    # HELP seatwise_http_requests Requests answered, by route and class of status.
    # HELP seatwise_published_age_seconds Time since the published answers of all readable partners were last equal to the store, -1 before.
    # HELP seatwise_question_memory_bytes Memory that queries use.
    # HELP seatwise_refresh_failures Times that the figures of a partner could not be read for publishing.
    # HELP seatwise_sign_in_refusals Requests whose caller was refused, by reason.
    # HELP seatwise_unreadable_partners Partners whose figures could not be read at the last publishing.
    # TYPE seatwise_certificate_end_timestamp_seconds gauge
    # TYPE seatwise_collection_age_seconds gauge
    # TYPE seatwise_collection_running gauge
    # TYPE seatwise_collections counter
    # TYPE seatwise_http_requests counter
    # TYPE seatwise_published_age_seconds gauge
    # TYPE seatwise_question_memory_bytes gauge
    # TYPE seatwise_refresh_failures counter
    # TYPE seatwise_sign_in_refusals counter
    # TYPE seatwise_unreadable_partners gauge
    # UNIT seatwise_certificate_end_timestamp_seconds seconds
    # UNIT seatwise_collection_age_seconds seconds
    # UNIT seatwise_published_age_seconds seconds
    # UNIT seatwise_question_memory_bytes bytes
    seatwise_certificate_end_timestamp_seconds -1
    seatwise_collection_age_seconds -1
    seatwise_collection_running 0
    seatwise_collections_total{outcome="done"} 0
    seatwise_collections_total{outcome="failed"} 0
    seatwise_http_requests_total{route="/v1/analytics/licenses/usage",status="2xx"} 1
    seatwise_http_requests_total{route="/v1/analytics/licenses/usage",status="4xx"} 1
    seatwise_http_requests_total{route="unknown",status="4xx"} 1
    seatwise_published_age_seconds 7
    seatwise_question_memory_bytes 0
    seatwise_refresh_failures_total 0
    seatwise_sign_in_refusals_total{reason="missing"} 1
    seatwise_unreadable_partners 0
    "#);
}

#[tokio::test]
async fn what_is_not_safe_does_not_start() {
    let server = TestServer::new().await;
    let refusal = |change: &dyn Fn(&mut Config)| {
        let mut config = server.config.clone();
        change(&mut config);
        match AppState::new(&config, server.store.clone()) {
            Ok(_) => "started".to_owned(),
            Err(err) => err.to_string(),
        }
    };
    let listen = |address: &'static str| {
        move |config: &mut Config| config.listen = address.parse::<SocketAddr>().unwrap()
    };
    assert_snapshot!(refusal(&|config| config.dev_identity = None), @"no token would be accepted: there is no trusted issuer");
    assert_snapshot!(refusal(&listen("0.0.0.0:8080")), @"the development identity is for this computer only and cannot listen on `0.0.0.0:8080`; use a loopback address such as `127.0.0.1:8080`");
    assert_snapshot!(refusal(&listen("[::]:8080")), @"the development identity is for this computer only and cannot listen on `[::]:8080`; use a loopback address such as `127.0.0.1:8080`");
    assert_snapshot!(
        refusal(&|config| config.clock_skew = SignedDuration::from_secs(301)),
        @"a clock skew of 5m 1s is not between 0 and 5m"
    );
    assert_eq!(refusal(&listen("[::1]:8080")), "started");
    assert_eq!(refusal(&listen("[::ffff:127.0.0.1]:8080")), "started");
}

#[tokio::test]
async fn an_address_that_is_taken() {
    let server = TestServer::new().await;
    let first = Server::bind(server.config.clone(), server.store.clone())
        .await
        .unwrap();
    let mut config = server.config.clone();
    config.listen = first.local_addr();
    let second = Server::bind(config, server.store.clone()).await;
    assert!(
        matches!(second, Err(StartError::Listen { listen, .. }) if listen == first.local_addr())
    );
}

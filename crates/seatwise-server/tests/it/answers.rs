//! Responses: bodies, headers, conditional requests and compression.

use std::io::Read;

use axum::body::Body;
use flate2::read::GzDecoder;
use http::{Method, Request};
use insta::assert_snapshot;

use crate::harness::{DEPLOYMENT, TestServer, USAGE, get};

#[tokio::test]
async fn a_partner_without_data_gets_an_empty_collection() {
    let server = TestServer::new().await;
    assert_snapshot!(server.get(USAGE).await, @r#"
    200 OK
    etag: "444a30ddb9fab1fdadab8a25b6eee2a9"
    vary: Accept-Encoding
    content-type: application/json; charset=utf-8
    ms-requestid: 10000000-0000-4000-8000-000000000001
    ms-correlationid: 10000000-0000-4000-8000-000000000002
    ms-cv: AABAAIAAAAAAAAAD.0
    ms-serverid: 633965568
    date: Wed, 15 Mar 2017 17:43:11 GMT
    content-length: 71

    <mark>{"totalCount":0,"items":[],"attributes":{"objectType":"Collection"}}
    "#);
    assert_snapshot!(server.get(DEPLOYMENT).await.short(), @r#"
    200 OK
    <mark>{"totalCount":0,"items":[],"attributes":{"objectType":"Collection"}}
    "#);
}

#[tokio::test]
async fn without_the_mark() {
    let server = TestServer::with(|config| config.wire.bom = false).await;
    assert_snapshot!(server.get(USAGE).await.short(), @r#"
    200 OK
    {"totalCount":0,"items":[],"attributes":{"objectType":"Collection"}}
    "#);
}

#[tokio::test]
async fn ids_of_the_request_come_back() {
    let server = TestServer::new().await;
    let request = get(USAGE)
        .header("MS-RequestId", "6B588E9B-1D02-471A-BCE2-79374497C24E")
        .header("ms-correlationid", "{ae3b8c36-348b-46bc-9a60-398f973153ff}");
    let answer = server.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(
        answer.header("ms-requestid"),
        "6b588e9b-1d02-471a-bce2-79374497c24e"
    );
    assert_eq!(
        answer.header("ms-correlationid"),
        "ae3b8c36-348b-46bc-9a60-398f973153ff"
    );
}

#[tokio::test]
async fn ids_that_are_no_guids_are_replaced() {
    let server = TestServer::new().await;
    let request = get(USAGE)
        .header("MS-RequestId", "first")
        .header("MS-CorrelationId", "ae3b8c36-348b-46bc-9a60-398f973153ff")
        .header("MS-CorrelationId", "6b588e9b-1d02-471a-bce2-79374497c24e");
    let answer = server.send(request.body(Body::empty()).unwrap()).await;
    assert!(
        answer
            .header("ms-requestid")
            .starts_with("10000000-0000-4000-8000-")
    );
    assert!(
        answer
            .header("ms-correlationid")
            .starts_with("10000000-0000-4000-8000-")
    );
}

#[tokio::test]
async fn head_has_the_headers_and_no_body() {
    let server = TestServer::new().await;
    let mut request = get(USAGE).body(Body::empty()).unwrap();
    *request.method_mut() = Method::HEAD;
    assert_snapshot!(server.send(request).await, @r#"
    200 OK
    etag: "444a30ddb9fab1fdadab8a25b6eee2a9"
    vary: Accept-Encoding
    content-type: application/json; charset=utf-8
    ms-requestid: 10000000-0000-4000-8000-000000000001
    ms-correlationid: 10000000-0000-4000-8000-000000000002
    ms-cv: AABAAIAAAAAAAAAD.0
    ms-serverid: 633965568
    date: Wed, 15 Mar 2017 17:43:11 GMT
    content-length: 71
    "#);
}

#[tokio::test]
async fn paths_are_read_generously() {
    let server = TestServer::new().await;
    let usage = server.get(USAGE).await.body;
    for path in [
        "/v1/analytics/licenses/usage/",
        "/V1/Analytics/Licenses/Usage",
        "/v1//analytics/licenses//usage//",
        "/v1/analytics/licenses/usage?api-version=v1&unknown=%F0%9F",
        "http://localhost:8080/v1/analytics/licenses/usage",
    ] {
        let answer = server.get(path).await;
        assert_eq!(
            (answer.head.status.as_u16(), &answer.body),
            (200, &usage),
            "{path}"
        );
    }
    let other = server.get("/v1/analytics%2Flicenses/usage").await;
    assert_eq!(other.head.status, 404);
}

#[tokio::test]
async fn a_caller_that_has_the_answer_gets_304() {
    let server = TestServer::new().await;
    let etag = server.get(USAGE).await.header("etag").to_owned();
    let not_modified = server.send(if_none_match(&etag)).await;
    assert_snapshot!(not_modified, @r#"
    304 Not Modified
    etag: "444a30ddb9fab1fdadab8a25b6eee2a9"
    vary: Accept-Encoding
    ms-requestid: 10000000-0000-4000-8000-000000000004
    ms-correlationid: 10000000-0000-4000-8000-000000000005
    ms-cv: AABAAIAAAAAAAAAG.0
    ms-serverid: 633965568
    date: Wed, 15 Mar 2017 17:43:11 GMT
    content-length: 0
    "#);

    for (condition, status) in [
        ("*", 304),
        (&format!("W/{etag}"), 304),
        (&format!("\"other\" , {etag}"), 304),
        ("\"other\"", 200),
        (etag.trim_matches('"'), 200),
    ] {
        let answer = server.send(if_none_match(condition)).await;
        assert_eq!(answer.head.status, status, "{condition}");
    }
}

fn if_none_match(condition: &str) -> Request<Body> {
    get(USAGE)
        .header("If-None-Match", condition)
        .body(Body::empty())
        .unwrap()
}

#[tokio::test]
async fn compression_must_be_asked_for_by_name() {
    let server = TestServer::new().await;
    let plain = server.get(USAGE).await;
    for (accepted, coding) in [
        ("gzip", "gzip"),
        ("deflate, GZIP;q=0.5", "gzip"),
        ("x-gzip, identity", "gzip"),
        ("gzip; q=1.0, identity; q=0.5", "gzip"),
        ("gzip;q=0", ""),
        ("gzip;q=0.2, identity;q=0.3", ""),
        ("gzip;q=none", ""),
        ("br, deflate", ""),
        ("*", ""),
        ("", ""),
    ] {
        let answer = server.send(accept_encoding(accepted)).await;
        assert_eq!(answer.header("content-encoding"), coding, "{accepted}");
        assert_eq!(answer.header("vary"), "Accept-Encoding");
        assert_eq!(
            coding.is_empty(),
            answer.header("etag") == plain.header("etag")
        );
    }
    let mut unpacked = Vec::new();
    let packed = server.send(accept_encoding("gzip")).await.body;
    GzDecoder::new(&packed[..])
        .read_to_end(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked, plain.body);
}

fn accept_encoding(accepted: &str) -> Request<Body> {
    get(USAGE)
        .header("Accept-Encoding", accepted)
        .body(Body::empty())
        .unwrap()
}

//! The faults of the emulator, and the requests that get them.

use std::io;
use std::time::{Duration, Instant};

use axum::body::Body;
use http::request::Builder;
use http_body_util::BodyExt;
use insta::assert_snapshot;
use proptest::prelude::*;
use seatwise_emulator::FaultPlan;
use seatwise_server::Answers;
use tokio::io::AsyncReadExt;

use crate::harness::{Answer, DEPLOYMENT, TestServer, USAGE, emulated, emulated_as, get};
use crate::running::{Running, read_all, request, write};

fn with_fault(fault: &str) -> Builder {
    get(USAGE).header("Seatwise-Fault", fault)
}

async fn answer_to(fault: &str) -> Answer {
    let server = TestServer::with(emulated("none")).await;
    server
        .send(with_fault(fault).body(Body::empty()).unwrap())
        .await
}

/// Microsoft's .NET SDK 3.4 reads `Retry-After` only if the body has no `code`, `description` or
/// `data`, and fails if the header is missing then.
#[tokio::test]
async fn too_many_requests_in_the_shape_of_the_gateway() {
    assert_snapshot!(answer_to("429;retry-after=57").await, @r#"
    429 Too Many Requests
    content-type: application/json
    retry-after: 57
    date: Wed, 15 Mar 2017 17:43:11 GMT
    content-length: 84

    { "statusCode": 429, "message": "Rate limit is exceeded. Try again in 57 seconds." }
    "#);
}

#[tokio::test]
async fn tokens_that_are_not_accepted() {
    let expired = answer_to("401").await;
    assert_snapshot!(expired, @r#"
    401 Unauthorized
    content-type: application/json; charset=utf-8
    www-authenticate: Bearer error="invalid_token"
    ms-requestid: 10000000-0000-4000-8000-000000000001
    ms-correlationid: 10000000-0000-4000-8000-000000000002
    ms-cv: AABAAIAAAAAAAAAD.0
    ms-serverid: 633965568
    date: Wed, 15 Mar 2017 17:43:11 GMT
    content-length: 119

    {"code":400,"description":"the token is missing, invalid or expired","data":[],"source":"PartnerApiServiceControllers"}
    "#);
    assert_eq!(answer_to("401;reason=expired").await.body, expired.body);
    assert_snapshot!(answer_to("401;reason=audience").await.short(), @r#"
    401 Unauthorized
    {"code":900420,"description":"the token was issued for another audience","data":[],"source":"PartnerApiServiceControllers"}
    "#);
    assert_snapshot!(answer_to("401;reason=mfa").await.short(), @r#"
    401 Unauthorized
    {"code":900421,"description":"the user did not sign in with a second factor","data":[],"source":"PartnerApiServiceControllers"}
    "#);
    assert_snapshot!(answer_to("401;reason=gateway").await, @r#"
    401 Unauthorized
    content-type: application/json
    date: Wed, 15 Mar 2017 17:43:11 GMT
    content-length: 85

    { "statusCode": 401, "message": "Unauthorized. Access token is missing or invalid." }
    "#);
}

#[tokio::test]
async fn a_service_that_is_not_well() {
    for status in [500, 501, 502, 503, 504] {
        let answer = answer_to(&status.to_string()).await;
        assert_eq!(answer.head.status, status);
        assert!(answer.text().starts_with(r#"{"code":800003,"#));
        assert_eq!(answer.header("retry-after"), "");
    }
    assert_snapshot!(answer_to("503; retry-after=7").await, @r#"
    503 Service Unavailable
    content-type: application/json; charset=utf-8
    retry-after: 7
    ms-requestid: 10000000-0000-4000-8000-000000000001
    ms-correlationid: 10000000-0000-4000-8000-000000000002
    ms-cv: AABAAIAAAAAAAAAD.0
    ms-serverid: 633965568
    date: Wed, 15 Mar 2017 17:43:11 GMT
    content-length: 101

    {"code":800003,"description":"Service Unavailable","data":[],"source":"PartnerApiServiceControllers"}
    "#);
    assert_snapshot!(answer_to("502;html").await, @"
    502 Bad Gateway
    content-type: text/html; charset=utf-8
    date: Wed, 15 Mar 2017 17:43:11 GMT
    content-length: 122

    <html>
    <head><title>502 Bad Gateway</title></head>
    <body>
    <center><h1>502 Bad Gateway</h1></center>
    </body>
    </html>
    ");
}

#[tokio::test]
async fn headers_that_are_missing() {
    assert_snapshot!(answer_to("no-headers").await, @r#"
    200 OK
    etag: "444a30ddb9fab1fdadab8a25b6eee2a9"
    vary: Accept-Encoding
    content-type: application/json; charset=utf-8
    date: Wed, 15 Mar 2017 17:43:11 GMT
    content-length: 71

    <mark>{"totalCount":0,"items":[],"attributes":{"objectType":"Collection"}}
    "#);
}

#[tokio::test]
async fn bytes_that_are_not_what_they_should_be() {
    assert_snapshot!(answer_to("no-bom").await, @r#"
    200 OK
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding
    ms-requestid: 10000000-0000-4000-8000-000000000001
    ms-correlationid: 10000000-0000-4000-8000-000000000002
    ms-cv: AABAAIAAAAAAAAAD.0
    ms-serverid: 633965568
    date: Wed, 15 Mar 2017 17:43:11 GMT
    content-length: 68

    {"totalCount":0,"items":[],"attributes":{"objectType":"Collection"}}
    "#);
    assert_snapshot!(answer_to("malformed").await, @r#"
    200 OK
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding
    ms-requestid: 10000000-0000-4000-8000-000000000001
    ms-correlationid: 10000000-0000-4000-8000-000000000002
    ms-cv: AABAAIAAAAAAAAAD.0
    ms-serverid: 633965568
    date: Wed, 15 Mar 2017 17:43:11 GMT
    content-length: 35

    <mark>{"totalCount":0,"items":[],"attr
    "#);
    assert_snapshot!(answer_to("malformed, no-bom").await.short(), @r#"
    200 OK
    {"totalCount":0,"items":[],"attrib
    "#);
}

#[tokio::test]
async fn a_body_is_there_to_be_tampered_with() {
    let server = TestServer::with(emulated("none")).await;
    let request = with_fault("no-bom")
        .header("Accept-Encoding", "gzip")
        .header("If-None-Match", "*");
    let answer = server.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.head.status, 200);
    assert!(answer.body.starts_with(b"{"));
}

#[tokio::test]
async fn head_stays_without_a_body() {
    let server = TestServer::with(emulated("none")).await;
    for (fault, status, length) in [("429", 429, "83"), ("truncate", 200, "71")] {
        let request = with_fault(fault).method("HEAD").body(Body::empty());
        let answer = server.send(request.unwrap()).await;
        assert_eq!(answer.head.status, status);
        assert_eq!(answer.header("content-length"), length);
    }
}

#[tokio::test]
async fn an_answer_that_begins_late() {
    let before = Instant::now();
    let answer = answer_to("latency=30ms").await;
    assert!(before.elapsed() >= Duration::from_millis(30));
    assert_eq!(answer.head.status, 200);
}

#[tokio::test]
async fn a_body_that_trickles() {
    let server = TestServer::with(emulated("none")).await;
    let request = with_fault("slow-body=16ms").body(Body::empty());
    let answer = Answers::new(server.app).answer(request.unwrap()).await;
    assert_eq!(answer.headers()["content-length"], "71");
    let mut body = answer.into_body();
    let mut pieces = Vec::new();
    while let Some(frame) = body.frame().await {
        pieces.push(frame.unwrap().into_data().unwrap());
    }
    assert_eq!(pieces.len(), 15);
    assert_eq!(pieces.concat().len(), 71);
}

#[tokio::test]
async fn a_connection_that_is_reset() {
    let server = Running::start(emulated("none")).await;
    let mut client = server.connect().await;
    let asked = request(USAGE).replacen("\r\n", "\r\nSeatwise-Fault: reset\r\n", 1);
    write(&mut client, &asked).await;
    let mut answer = Vec::new();
    let err = client.read_to_end(&mut answer).await.unwrap_err();
    assert_eq!(err.kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(answer, b"");
    // Other clients are not affected.
    let mut client = server.connect().await;
    write(&mut client, &request(USAGE)).await;
    assert!(read_all(&mut client).await.starts_with("HTTP/1.1 200 OK\n"));
}

#[tokio::test]
async fn a_body_that_ends_too_early() {
    let server = Running::start(emulated("none")).await;
    for fault in ["truncate", "truncate,slow-body=8ms"] {
        let mut client = server.connect().await;
        let asked = format!("\r\nSeatwise-Fault: {fault}\r\n");
        write(&mut client, &request(USAGE).replacen("\r\n", &asked, 1)).await;
        let answer = read_all(&mut client).await;
        let (head, body) = answer.split_once("\n\n").unwrap();
        assert!(head.contains("\nContent-Length: 71\n"), "{head}");
        assert_eq!(body, r#"<mark>{"totalCount":0,"items":[],"attr"#);
    }
}

#[tokio::test]
async fn a_fault_that_cannot_be_understood() {
    assert_snapshot!(answer_to("latency=2s, 42").await.short(), @r#"
    400 Bad Request
    {"code":800002,"description":"the header Seatwise-Fault: `42` at character 13 is no fault: write 429, 401, 500, 501, 502, 503, 504, reset, latency, slow-body, truncate, malformed, no-headers or no-bom","data":[],"source":"PartnerApiServiceControllers"}
    "#);
    assert_snapshot!(answer_to("429=5%").await.short(), @r#"
    400 Bad Request
    {"code":800002,"description":"the header Seatwise-Fault: `%` at character 6 says how many requests, and this is one: leave the share out, or give it to the server's own plan","data":[],"source":"PartnerApiServiceControllers"}
    "#);
}

#[tokio::test]
async fn without_an_emulator_nothing_goes_wrong() {
    let server = TestServer::new().await;
    let answer = server.send(with_fault("429").body(Body::empty()).unwrap());
    assert_eq!(answer.await.head.status, 200);
    assert_eq!(server.get("/emulator/faults").await.head.status, 404);
}

#[tokio::test]
async fn only_partner_centers_own_paths_have_faults() {
    let server = TestServer::with(emulated("503")).await;
    for (path, status) in [
        (USAGE, 503),
        ("/V1/nowhere", 503),
        ("/partner/v1/analytics/commercial/usage/license", 503),
        ("/healthz", 200),
        ("/metrics", 200),
        ("/emulator/faults", 200),
        ("/dev/identity/nowhere", 404),
        ("/nowhere", 404),
    ] {
        let request = get(path).header("Host", "localhost").body(Body::empty());
        let answer = server.send(request.unwrap()).await;
        assert_eq!(answer.head.status, status, "{path}");
    }
    let spared = server.send(with_fault("none").body(Body::empty()).unwrap());
    assert_eq!(spared.await.head.status, 200);
}

/// The statuses of requests to these paths, in order.
async fn statuses(server: &TestServer, paths: &[&str]) -> Vec<u16> {
    let mut statuses = Vec::new();
    for path in paths {
        statuses.push(server.get(path).await.head.status.as_u16());
    }
    statuses
}

#[tokio::test]
async fn the_same_requests_have_the_same_faults_whatever_comes_in_between() {
    let plan = "429=30%,503=30%";
    let alone = TestServer::with(emulated(plan)).await;
    let usage = statuses(&alone, &[USAGE; 20]).await;
    for status in [200, 429, 503] {
        assert!(usage.contains(&status), "{usage:?}");
    }

    let mixed = TestServer::with(emulated(plan)).await;
    let both = statuses(&mixed, &[DEPLOYMENT, USAGE].repeat(20)).await;
    let every_second: Vec<u16> = both.iter().skip(1).step_by(2).copied().collect();
    assert_eq!(every_second, usage);

    let other = TestServer::with(emulated_as(|emulator| {
        emulator.faults = plan.parse().unwrap();
        emulator.seed = 2;
    }))
    .await;
    assert_ne!(statuses(&other, &[USAGE; 20]).await, usage);
}

#[tokio::test]
async fn shares_are_kept() {
    let server = TestServer::with(emulated("429=25%,500=75%,no-headers=50%")).await;
    let mut counts = [0; 3];
    for number in 0..1000 {
        let answer = server.get(&format!("{USAGE}?{number}")).await;
        match answer.head.status.as_u16() {
            429 => counts[0] += 1,
            500 => counts[1] += 1,
            _ => panic!("{answer}"),
        }
        counts[2] += usize::from(answer.head.status == 500 && answer.header("ms-cv").is_empty());
    }
    // The same on every machine and in every release: a change breaks the contract.
    assert_eq!(counts, [250, 750, 387]);
}

#[test]
fn a_plan_is_written_as_it_can_be_read() {
    for (given, shown) in [
        ("none", "none"),
        ("429", "429;retry-after=1"),
        (" 429 = 5 % ; retry-after = 7 ", "429=5%;retry-after=7"),
        ("401=0.5%;reason=mfa", "401=0.5%;reason=mfa"),
        ("502=2%;html;retry-after=3", "502=2%;html;retry-after=3"),
        ("latency=200ms..2000ms", "latency=200ms..2s"),
        ("slow-body=1m 30s;share=10%", "slow-body=1m 30s;share=10%"),
        (
            "429=5%,503=2%,latency=200ms..2s,reset=1%,truncate=1%,no-bom=10%",
            "429=5%;retry-after=1,503=2%,latency=200ms..2s,reset=1%,truncate=1%,no-bom=10%",
        ),
        (
            "429=33.3%,401=33.3%,500=33.4%",
            "429=33.3%;retry-after=1,401=33.3%;reason=expired,500=33.4%",
        ),
    ] {
        let plan: FaultPlan = given.parse().unwrap();
        assert_eq!(plan.to_string(), shown);
        assert_eq!(shown.parse::<FaultPlan>().unwrap(), plan);
    }
}

#[test]
fn a_plan_that_cannot_be_read_says_where_and_what_to_write() {
    let mut errors = String::new();
    for plan in [
        "",
        "429,",
        "teapot=5%",
        "429=5",
        "429=0%",
        "429=101%",
        "429=-5%",
        "429=5%;retry-after",
        "429=5%;retry-after=soon",
        "429;reason=mfa",
        "401;reason=tired",
        "reset=1%;html",
        "latency",
        "latency=fast",
        "latency=2s..1s",
        "latency=6m",
        "latency=1s,latency=2s",
        "ü=5%,429=60%,503=50%",
        "429=60%,503=50%",
        &"429,".repeat(600),
    ] {
        let err = plan.parse::<FaultPlan>().unwrap_err();
        errors += &format!("{err}\n");
    }
    assert_snapshot!(errors, @"
    `` at character 1 is no fault: write 429, 401, 500, 501, 502, 503, 504, reset, latency, slow-body, truncate, malformed, no-headers or no-bom
    `` at character 5 is no fault: write 429, 401, 500, 501, 502, 503, 504, reset, latency, slow-body, truncate, malformed, no-headers or no-bom
    `teapot` at character 1 is no fault: write 429, 401, 500, 501, 502, 503, 504, reset, latency, slow-body, truncate, malformed, no-headers or no-bom
    `5` at character 5 is not a share: write a percentage above 0 and up to 100, such as `5%`
    `0%` at character 5 is not a share: write a percentage above 0 and up to 100, such as `5%`
    `101%` at character 5 is not a share: write a percentage above 0 and up to 100, such as `5%`
    `-5%` at character 5 is not a share: write a percentage above 0 and up to 100, such as `5%`
    `retry-after` at character 8 has no value: write `retry-after=…`
    `soon` at character 20 is no time to wait: write whole seconds up to 86400, such as `7`
    `reason=mfa` at character 5 is not a detail of this fault, or there twice: the detail of 429 is retry-after
    `tired` at character 12 is no reason for a 401: write expired, audience, mfa or gateway
    `html` at character 10 is not a detail of this fault, or there twice: it has none
    `latency` at character 1 does not say how long: write `latency=2s` or `latency=200ms..2s`
    `fast` at character 9 is not a length of time: write up to five minutes, such as `200ms` or `2s`
    `2s..1s` at character 9 ends before it begins: write the shorter time first
    `6m` at character 9 is not a length of time: write up to five minutes, such as `200ms` or `2s`
    `latency=2s` at character 12 is asked for twice: leave one of them out
    `ü` at character 1 is no fault: write 429, 401, 500, 501, 502, 503, 504, reset, latency, slow-body, truncate, malformed, no-headers or no-bom
    `503=50%` at character 9 makes the faults that take the place of the answer more than all: let their shares add up to 100% at most
    `429,429,429,429,429,429,429,429,429,429,…` at character 2049 is where the plan becomes too long: keep it within 2048 bytes
    ");
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in prop_oneof![".{0,40}", "[0-9a-zü=%;,. -]{0,40}"]) {
        match text.parse::<FaultPlan>() {
            Ok(plan) => prop_assert_eq!(plan.to_string().parse::<FaultPlan>().unwrap(), plan),
            Err(err) => prop_assert!((1..=text.chars().count() + 1).contains(&err.position())),
        }
    }
}

//! The control endpoints of the emulator, and access to them.

use std::time::Duration;

use axum::body::Body;
use http::Request;
use http::header::{AUTHORIZATION, HOST};
use insta::assert_snapshot;
use seatwise_server::{AppState, StartError};
use seatwise_types::PartnerId;

use crate::harness::{
    Answer, TestServer, USAGE, USAGE_COLUMNS, emulated, get, partner, user_token,
};

pub(crate) async fn control(server: &TestServer, method: &str, path: &str, body: &str) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(format!("/emulator/{path}"))
        .header(HOST, "localhost:8080")
        .body(Body::from(body.to_owned()));
    server.send(request.unwrap()).await
}

fn made_up(number: u128) -> PartnerId {
    PartnerId::new(uuid::Uuid::from_u128(number))
}

async fn usage_of(server: &TestServer, partner: PartnerId) -> String {
    let token = format!("Bearer {}", user_token(partner));
    let request = Request::get(USAGE).header(AUTHORIZATION, token);
    let answer = server.send(request.body(Body::empty()).unwrap()).await;
    let usage: serde_json::Value = serde_json::from_slice(&answer.body[3..]).unwrap_or_default();
    usage["items"][0]["proratedLicensesUsagePercent"].to_string()
}

#[tokio::test]
async fn only_on_a_loopback_address() {
    let server = TestServer::with(emulated("none")).await;
    let mut config = server.config.clone();
    config.dev_identity = None;
    config.sign_in.issuers = vec!["https://sts.windows.net/{tid}/".parse().unwrap()];
    config.sign_in.tenants = vec![partner()];
    config.behind_proxy = true;
    assert!(AppState::new(&config, server.store.clone()).is_ok());
    config.listen = "0.0.0.0:8080".parse().unwrap();
    let refused = AppState::new(&config, server.store.clone()).err().unwrap();
    assert!(matches!(refused, StartError::EmulatorBeyondLoopback { .. }));
    assert_snapshot!(refused, @"the emulator is for this computer only and cannot listen on `0.0.0.0:8080`; use a loopback address such as `127.0.0.1:8080`");
}

#[tokio::test]
async fn pages_of_others_are_refused() {
    let server = TestServer::with(emulated("none")).await;
    for (host, origin, status) in [
        (Some("localhost:8080"), None, 200),
        (Some("127.0.0.1:8080"), None, 200),
        (Some("[::1]:8080"), Some("http://[::1]:8080"), 200),
        (Some("localhost:8080"), Some("http://localhost:8080"), 200),
        (Some("localhost:8080"), Some("http://LOCALHOST:8080"), 200),
        (None, None, 403),
        (Some("attacker.example"), None, 403),
        (
            Some("attacker.example"),
            Some("http://attacker.example"),
            403,
        ),
        (Some("localhost:8080"), Some("http://attacker.example"), 403),
        (Some("localhost:8080"), Some("http://localhost:9090"), 403),
        (Some("localhost:8080"), Some("http://localhost"), 403),
        (Some("localhost:8080"), Some("null"), 403),
    ] {
        for (method, path) in [("GET", "clock"), ("POST", "reset"), ("PATCH", "faults")] {
            let mut request = Request::builder()
                .method(method)
                .uri(format!("/emulator/{path}"));
            if let Some(host) = host {
                request = request.header(HOST, host);
            }
            if let Some(origin) = origin {
                request = request.header("Origin", origin);
            }
            let answer = server.send(request.body(Body::empty()).unwrap()).await;
            let status = if method == "PATCH" && status == 200 {
                405
            } else {
                status
            };
            assert_eq!(answer.head.status, status, "{method} {host:?} {origin:?}");
        }
    }
    let request = Request::post("/emulator/reset")
        .header(HOST, "localhost")
        .header("Origin", "https://attacker.example");
    let answer = server.send(request.body(Body::empty()).unwrap()).await;
    assert_snapshot!(answer.short(), @r#"
    403 Forbidden
    {"code":2032,"description":"the emulator is not controlled by pages of another origin","data":[],"source":"PartnerApiServiceControllers"}
    "#);
    let request = Request::post("/emulator/reset")
        .body(Body::empty())
        .unwrap();
    assert_snapshot!(server.send(request).await.short(), @r#"
    403 Forbidden
    {"code":2032,"description":"the emulator is controlled under a name of this computer, as `localhost`","data":[],"source":"PartnerApiServiceControllers"}
    "#);
}

#[tokio::test]
async fn the_clock_decides_what_is_expired_and_how_answers_are_dated() {
    let server = TestServer::with(emulated("none")).await;
    assert_snapshot!(control(&server, "GET", "clock", "").await.short(), @r#"
    200 OK
    {"now":"2017-03-15T17:43:11Z","frozen":false,"real":"2017-03-15T17:43:11Z"}
    "#);
    let moved = control(
        &server,
        "PUT",
        "clock",
        r#"{"advance":"59m","frozen":true}"#,
    )
    .await;
    assert_snapshot!(moved.short(), @r#"
    200 OK
    {"now":"2017-03-15T18:42:11Z","frozen":true,"real":"2017-03-15T17:43:11Z"}
    "#);
    let answer = server.get(USAGE).await;
    assert_eq!(answer.head.status, 200);
    assert_eq!(answer.header("date"), "Wed, 15 Mar 2017 18:42:11 GMT");
    // The clock is frozen, whatever the real time is.
    server.advance(Duration::from_secs(24 * 3600));
    assert_eq!(server.get(USAGE).await.head.status, 200);

    control(
        &server,
        "PUT",
        "clock",
        r#"{"advance":"PT2M","frozen":false}"#,
    )
    .await;
    assert_eq!(server.get(USAGE).await.head.status, 401);
    server.advance(Duration::from_secs(1));
    assert_eq!(
        server.get(USAGE).await.header("date"),
        "Wed, 15 Mar 2017 18:44:12 GMT"
    );

    let set = control(&server, "PUT", "clock", r#"{"now":"2017-03-15T18:00:00Z"}"#).await;
    assert_snapshot!(set.short(), @r#"
    200 OK
    {"now":"2017-03-15T18:00:00Z","frozen":false,"real":"2017-03-16T17:43:12Z"}
    "#);
    assert_eq!(server.get(USAGE).await.head.status, 200);
    control(&server, "POST", "reset", "").await;
    assert_snapshot!(control(&server, "GET", "clock", "").await.short(), @r#"
    200 OK
    {"now":"2017-03-16T17:43:12Z","frozen":false,"real":"2017-03-16T17:43:12Z"}
    "#);
}

#[tokio::test]
async fn a_time_that_cannot_be() {
    let server = TestServer::with(emulated("none")).await;
    let mut answers = String::new();
    for change in [
        r#"{"now":"1969-12-31T23:59:59Z"}"#,
        r#"{"now":"3000-01-01T00:00:00Z"}"#,
        r#"{"advance":"-50y"}"#,
        r#"{"advance":"-438000h"}"#,
        r#"{"now":"tomorrow"}"#,
        r#"{"freeze":true}"#,
        "",
    ] {
        let answer = control(&server, "PUT", "clock", change).await;
        answers += &format!("{}\n", answer.short());
    }
    assert_snapshot!(answers, @r#"
    400 Bad Request
    {"code":800002,"description":"the clock goes from 1970-01-01T00:00:00Z to 3000-01-01T00:00:00Z","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":800002,"description":"the clock goes from 1970-01-01T00:00:00Z to 3000-01-01T00:00:00Z","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":800002,"description":"the body cannot be used: `-50y` is not a time that is understood: write hours, minutes and seconds, such as `90m` or `25h` at line 1 column 18","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":800002,"description":"the clock goes from 1970-01-01T00:00:00Z to 3000-01-01T00:00:00Z","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":800002,"description":"the body cannot be used: `tomorrow` is not a time that is understood: write an instant, such as `2026-11-22T10:00:00Z` at line 1 column 18","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":800002,"description":"the body cannot be used: unknown field `freeze`, expected one of `now`, `advance`, `frozen` at line 1 column 9","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":800002,"description":"there is no body: send a JSON object; docs/emulator.md has one for each control","data":[],"source":"PartnerApiServiceControllers"}
    "#);
    assert_eq!(server.get(USAGE).await.head.status, 200);
}

#[tokio::test]
async fn faults_can_be_set_and_asked_for() {
    let server = TestServer::with(emulated("reset=1%")).await;
    assert_snapshot!(control(&server, "GET", "faults", "").await, @r#"
    200 OK
    content-type: application/json; charset=utf-8
    ms-requestid: 10000000-0000-4000-8000-000000000001
    ms-correlationid: 10000000-0000-4000-8000-000000000002
    ms-cv: AABAAIAAAAAAAAAD.0
    ms-serverid: 633965568
    date: Wed, 15 Mar 2017 17:43:11 GMT
    content-length: 28

    {"plan":"reset=1%","seed":1}
    "#);
    let set = control(&server, "PUT", "faults", r#"{"plan":"429=50%","seed":7}"#).await;
    assert_snapshot!(set.short(), @r#"
    200 OK
    {"plan":"429=50%;retry-after=1","seed":7}
    "#);
    let statuses = async || {
        let mut statuses = Vec::new();
        for _ in 0..10 {
            statuses.push(server.get(USAGE).await.head.status.as_u16());
        }
        statuses
    };
    let first = statuses().await;
    assert!(first.contains(&429) && first.contains(&200), "{first:?}");
    // The same plan causes the same faults again.
    control(&server, "PUT", "faults", r#"{"plan":"429=50%"}"#).await;
    assert_eq!(statuses().await, first);

    let wrong = control(&server, "PUT", "faults", r#"{"plan":"429=50"}"#).await;
    assert_snapshot!(wrong.short(), @r#"
    400 Bad Request
    {"code":800002,"description":"`50` at character 5 is not a share: write a percentage above 0 and up to 100, such as `5%`","data":[],"source":"PartnerApiServiceControllers"}
    "#);
    control(&server, "POST", "reset", "").await;
    assert_snapshot!(control(&server, "GET", "faults", "").await.short(), @r#"
    200 OK
    {"plan":"none","seed":1}
    "#);
}

#[tokio::test]
async fn a_partner_is_made_up_and_forgotten() {
    let server = TestServer::with(|config| {
        config.clock = std::sync::Arc::new(|| "2026-11-22T10:00:00Z".parse().unwrap());
        emulated("none")(config);
    })
    .await;
    let now = |time: &str| format!(r#"{{"now":"{time}"}}"#);
    control(&server, "PUT", "clock", &now("2017-03-15T17:43:11Z")).await;
    let row = "2017-03-09,Exchange,o365,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,A,E3,1,2";
    server.import(partner(), USAGE_COLUMNS, row).await;
    server.app.refresh_now().await;

    let loaded = control(&server, "POST", "portfolio", r#"{"seed":7,"customers":4}"#).await;
    assert_snapshot!(loaded.short(), @r#"
    200 OK
    {"partner":"00000000-0000-0000-0000-000000000007","receipt":{"files":1,"rowsRead":1,"rowsStored":1,"deliveriesNew":1,"deliveriesUnchanged":0,"deliveriesRestated":0,"deliveriesRejected":0,"deliveriesJoined":0,"joinedFiles":[],"deliveriesEmptied":0,"firstEmptied":[],"losses":{"rows":0,"deliveries":0,"first":[]},"mended":{"files":0,"deliveries":0,"rowsLost":0,"leftOut":0,"stillDamaged":0},"badRows":0,"firstBadRows":[],"rejectedFiles":[],"ignoredColumns":[],"passedOver":[],"notStored":[],"dryRun":false,"takenFor":{"usage":1},"duplicateRows":0,"repeatedRows":0,"noValueWords":{},"domainsStored":0}}
    "#);
    assert_eq!(usage_of(&server, made_up(7)).await, "25.0");
    let again = control(&server, "POST", "portfolio", r#"{"seed":7,"customers":4}"#).await;
    assert_eq!(again.body, loaded.body);
    let other = control(&server, "POST", "portfolio", r#"{"seed":7,"customers":5}"#).await;
    assert_snapshot!(other.short(), @r#"
    409 Conflict
    {"code":800002,"description":"partner 00000000-0000-0000-0000-000000000007 was made up with other numbers already: take another `seed`, or have all that was made up removed with POST /emulator/reset","data":[],"source":"PartnerApiServiceControllers"}
    "#);

    assert_snapshot!(control(&server, "POST", "reset", "").await.short(), @r#"
    200 OK
    {"forgotten":["00000000-0000-0000-0000-000000000007"]}
    "#);
    control(&server, "PUT", "clock", &now("2017-03-15T17:43:11Z")).await;
    assert_eq!(usage_of(&server, made_up(7)).await, "null");
    assert_eq!(usage_of(&server, partner()).await, "50.0");
    control(&server, "POST", "portfolio", r#"{"seed":7,"customers":5}"#).await;
    assert_eq!(usage_of(&server, made_up(7)).await, "20.0");
}

#[tokio::test]
async fn a_partner_that_was_there_at_the_start_is_left_alone() {
    let server = TestServer::with(|config| {
        config.clock = std::sync::Arc::new(|| "2026-11-22T10:00:00Z".parse().unwrap());
        emulated("none")(config);
    })
    .await;
    let row = "2017-03-09,Exchange,o365,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,A,E3,1,2";
    server.import(made_up(7), USAGE_COLUMNS, row).await;
    let loaded = control(&server, "POST", "portfolio", r#"{"seed":7}"#).await;
    assert_eq!(loaded.head.status, 409);
    let said = loaded.short();
    let hint = "has a history already, which a reset leaves alone: take another `seed`";
    assert!(said.contains(hint), "{said}");
    control(&server, "POST", "reset", "").await;
    assert_eq!(server.store.partners().unwrap(), [made_up(7)]);
}

#[tokio::test]
async fn a_portfolio_that_is_too_much() {
    let server = TestServer::with(emulated("none")).await;
    let mut answers = String::new();
    for recipe in [
        r#"{}"#,
        r#"{"seed":7,"customers":0}"#,
        r#"{"seed":7,"customers":10000,"days":11}"#,
        r#"{"seed":7,"lastDay":"2017-03-17"}"#,
        r#"{"seed":-7}"#,
        r#"{"seed":7,"custommers":10}"#,
    ] {
        let answer = control(&server, "POST", "portfolio", recipe).await;
        answers += &format!("{}\n", answer.short());
    }
    assert_snapshot!(answers, @r#"
    400 Bad Request
    {"code":800002,"description":"the body cannot be used: missing field `seed` at line 1 column 2","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":800002,"description":"`customers` and `days` begin with 1","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":800002,"description":"`customers` times `days` is more than 100000","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":800002,"description":"`lastDay` is later than 2017-03-16","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":800002,"description":"the body cannot be used: invalid value: integer `-7`, expected u64 at line 1 column 10","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":800002,"description":"the body cannot be used: unknown field `custommers`, expected one of `seed`, `customers`, `days`, `lastDay` at line 1 column 22","data":[],"source":"PartnerApiServiceControllers"}
    "#);
}

#[tokio::test]
async fn requests_that_came() {
    let server = TestServer::with(emulated("none")).await;
    server.get("/healthz").await;
    let request = get("//V1/Analytics/licenses/usage/?top=1&access_token=hidden&hidden")
        .header("MS-RequestId", "6b588e9b-1d02-471a-bce2-79374497c24e")
        .header("Accept", "application/json")
        .header("Accept", "text/json")
        .header("X-Api-Key", "hidden")
        .header("Seatwise-Fault", "latency=1ms,429;retry-after=7");
    server.send(request.body(Body::empty()).unwrap()).await;
    server.get("/dev/identity/x?code=hidden").await;
    let unread = get(USAGE).header("Seatwise-Fault", "hiccup");
    server.send(unread.body(Body::empty()).unwrap()).await;

    let all = control(&server, "GET", "requests", "").await;
    let pretty = |answer: &Answer| {
        let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        serde_json::to_string_pretty(&json).unwrap()
    };
    assert!(!all.text().contains("hidden"), "{}", all.text());
    assert!(!all.text().contains("eyJ"), "{}", all.text());
    assert_snapshot!(pretty(&all), @r#"
    {
      "last": 3,
      "requests": [
        {
          "fault": "latency=1ms,429;retry-after=7",
          "headers": {
            "accept": "application/json, text/json",
            "authorization": "<redacted>",
            "ms-requestid": "6b588e9b-1d02-471a-bce2-79374497c24e",
            "seatwise-fault": "latency=1ms,429;retry-after=7",
            "x-api-key": "<redacted>"
          },
          "method": "GET",
          "number": 1,
          "path": "/v1/analytics/licenses/usage?top=1&access_token=<redacted>&<redacted>",
          "status": 429,
          "time": "2017-03-15T17:43:11Z"
        },
        {
          "fault": null,
          "headers": {
            "authorization": "<redacted>"
          },
          "method": "GET",
          "number": 2,
          "path": "/dev/identity/x?code=<redacted>",
          "status": 404,
          "time": "2017-03-15T17:43:11Z"
        },
        {
          "fault": null,
          "headers": {
            "authorization": "<redacted>",
            "seatwise-fault": "hiccup"
          },
          "method": "GET",
          "number": 3,
          "path": "/v1/analytics/licenses/usage",
          "status": 400,
          "time": "2017-03-15T17:43:11Z"
        }
      ]
    }
    "#);
    let later = control(&server, "GET", "requests?after=2", "").await;
    assert_eq!(later.text().matches(r#""number":"#).count(), 1);

    assert_eq!(
        control(&server, "DELETE", "requests", "").await.head.status,
        204
    );
    assert_snapshot!(control(&server, "GET", "requests", "").await.short(), @r#"
    200 OK
    {"requests":[],"last":3}
    "#);
    server.get(USAGE).await;
    assert!(
        control(&server, "GET", "requests?after=3", "")
            .await
            .text()
            .contains(r#""number":4"#)
    );
    control(&server, "POST", "reset", "").await;
    assert_snapshot!(control(&server, "GET", "requests?after=3", "").await.short(), @r#"
    200 OK
    {"requests":[],"last":4}
    "#);
    assert_snapshot!(control(&server, "GET", "requests?after=x", "").await.short(), @r#"
    400 Bad Request
    {"code":800002,"description":"`after` is the number of a request","data":[],"source":"PartnerApiServiceControllers"}
    "#);
}

#[tokio::test]
async fn only_so_many_requests_are_kept() {
    let server = TestServer::with(emulated("none")).await;
    for _ in 0..2_001 {
        server
            .send(Request::get("/v1/nowhere").body(Body::empty()).unwrap())
            .await;
    }
    let all = control(&server, "GET", "requests", "").await.text();
    assert_eq!(all.matches(r#""number":"#).count(), 2_000);
    assert!(
        all.starts_with(r#"{"requests":[{"number":2,"#),
        "{}",
        &all[..80]
    );
}

//! Error responses: the body, its headers, and what they do not reveal.

use axum::body::Body;
use http::Request;
use http::header::AUTHORIZATION;
use insta::assert_snapshot;
use seatwise_types::ErrorForm;

use crate::harness::{DEPLOYMENT, TestServer, USAGE, app_token, emulated, partner, writer_token};

#[tokio::test]
async fn without_a_token() {
    let server = TestServer::new().await;
    let answer = server
        .send(Request::get(USAGE).body(Body::empty()).unwrap())
        .await;
    assert_snapshot!(answer, @r#"
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
}

#[tokio::test]
async fn a_token_without_a_user() {
    let server = TestServer::new().await;
    let ask = async |path| {
        let authorization = format!("Bearer {}", app_token(partner()));
        let request = Request::get(path)
            .header(AUTHORIZATION, authorization)
            .body(Body::empty());
        server.send(request.unwrap()).await
    };
    let answer = ask(USAGE).await;
    assert_snapshot!(answer.short(), @r#"
    403 Forbidden
    {"code":900329,"description":"this resource needs a user's token","data":[],"source":"PartnerApiServiceControllers"}
    "#);
    assert_eq!(answer.header("www-authenticate"), "");
    assert_eq!(ask(DEPLOYMENT).await.body, answer.body);
}

#[tokio::test]
async fn an_unknown_path() {
    let server = TestServer::new().await;
    assert_snapshot!(server.get("/v1/analytics/licences").await, @r#"
    404 Not Found
    content-type: application/json; charset=utf-8
    ms-requestid: 10000000-0000-4000-8000-000000000001
    ms-correlationid: 10000000-0000-4000-8000-000000000002
    ms-cv: AABAAIAAAAAAAAAD.0
    ms-serverid: 633965568
    date: Wed, 15 Mar 2017 17:43:11 GMT
    content-length: 96

    {"code":1000,"description":"no such resource","data":[],"source":"PartnerApiServiceControllers"}
    "#);
}

#[tokio::test]
async fn other_methods() {
    let server = TestServer::new().await;
    for method in [
        "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE",
    ] {
        let request = Request::builder()
            .method(method)
            .uri(USAGE)
            .body(Body::empty());
        let answer = server.send(request.unwrap()).await;
        assert_eq!(
            (answer.head.status.as_u16(), answer.header("allow")),
            (405, "GET,HEAD")
        );
    }
    let request = Request::post(USAGE).body(Body::empty());
    assert_snapshot!(server.send(request.unwrap()).await, @r#"
    405 Method Not Allowed
    content-type: application/json; charset=utf-8
    ms-requestid: 10000000-0000-4000-8000-000000000016
    ms-correlationid: 10000000-0000-4000-8000-000000000017
    ms-cv: AABAAIAAAAAAAAAY.0
    ms-serverid: 633965568
    date: Wed, 15 Mar 2017 17:43:11 GMT
    allow: GET,HEAD
    content-length: 130

    {"code":900141,"description":"this resource can only be read, with GET or HEAD","data":[],"source":"PartnerApiServiceControllers"}
    "#);
}

#[tokio::test]
async fn before_anything_is_published() {
    let server = TestServer::unpublished(|_| {});
    assert_snapshot!(server.get(USAGE).await, @r#"
    503 Service Unavailable
    content-type: application/json; charset=utf-8
    ms-requestid: 10000000-0000-4000-8000-000000000001
    ms-correlationid: 10000000-0000-4000-8000-000000000002
    ms-cv: AABAAIAAAAAAAAAD.0
    ms-serverid: 633965568
    date: Wed, 15 Mar 2017 17:43:11 GMT
    content-length: 101

    {"code":800003,"description":"Service Unavailable","data":[],"source":"PartnerApiServiceControllers"}
    "#);
}

/// The form of the page of error codes, also from middleware, for injected faults and for bad rows.
#[tokio::test]
async fn codes_as_texts_on_request() {
    let server = TestServer::with(|config| {
        emulated("none")(config);
        config.wire.errors = ErrorForm::TextCode;
    })
    .await;
    let unknown = server.get("/v1/invoices").await;
    assert_snapshot!(unknown.short(), @r#"
    404 Not Found
    {"code":"1000","description":"no such resource","source":"PartnerApiServiceControllers"}
    "#);
    let request = |method: &str, path: &str| {
        let request = Request::builder().method(method).uri(path);
        request.header(AUTHORIZATION, format!("Bearer {}", writer_token(partner())))
    };
    let head = request("HEAD", "/v1/invoices").body(Body::empty()).unwrap();
    let head = server.send(head).await;
    assert_eq!(
        head.header("content-length"),
        unknown.body.len().to_string()
    );
    for fault in ["500", "500,malformed", "401;reason=mfa", "42"] {
        let faulty = request("GET", USAGE).header("Seatwise-Fault", fault);
        let mut body = server.send(faulty.body(Body::empty()).unwrap()).await.body;
        assert_eq!(body.split_to(9), r#"{"code":""#, "{fault}");
    }
    let rows = "licensesActive,licensesQualified,processedDateTime,workloadName,serviceCode,\
        channel,customerTenantId,customerName,productName\n1,2,,,,,,,\n";
    let import = request("POST", "/seatwise/v1/import").body(rows.into());
    let answer = server.send(import.unwrap()).await;
    let text = answer.text();
    assert!(
        text.starts_with(r#"{"code":"800002","description":"#),
        "{text}"
    );
    assert!(!text.contains(r#""data""#), "{text}");
    assert!(
        text.contains(r#""source":"PartnerApiServiceControllers","badRows":1,"#),
        "{text}"
    );
}

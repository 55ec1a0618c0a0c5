//! Errors of the service.

use seatwise_client::{Error, ErrorKind};
use uuid::Uuid;
use wiremock::ResponseTemplate;

use crate::scripted::Scripted;
use crate::support::{USAGE_PATH, client, fault, server};

async fn error_of(answer: ResponseTemplate) -> Error {
    let server = server(USAGE_PATH, answer).await;
    client(&server.uri())
        .analytics()
        .licenses()
        .usage()
        .get()
        .await
        .unwrap_err()
}

/// The names of the predicates that hold.
fn predicates(err: &Error) -> Vec<&'static str> {
    [
        ("not found", err.is_not_found()),
        ("unauthorized", err.is_unauthorized()),
        ("forbidden", err.is_forbidden()),
        ("needs user token", err.needs_user_token()),
        ("needs mfa", err.needs_mfa()),
        ("wrong audience", err.wrong_audience()),
        ("throttled", err.is_throttled()),
        ("retryable", err.is_retryable()),
    ]
    .into_iter()
    .filter_map(|(name, holds)| holds.then_some(name))
    .collect()
}

#[tokio::test]
async fn error_of_the_api() {
    let err = error_of(
        fault(
            404,
            "\u{feff}{\"code\":\"60003\",\"description\":\"no such tenant\",\"source\":\"x\"}",
        )
        .insert_header("MS-RequestId", "6b588e9b-1d02-471a-bce2-79374497c24e")
        .insert_header("MS-CorrelationId", "ae3b8c36-348b-46bc-9a60-398f973153ff"),
    )
    .await;
    assert_eq!(
        err.kind(),
        &ErrorKind::Service {
            status: 404,
            code: Some("60003".to_owned()),
            description: "no such tenant".to_owned(),
        },
    );
    assert_eq!(err.to_string(), "status 404, code `60003`: no such tenant");
    assert_eq!((err.status(), err.code()), (Some(404), Some("60003")));
    assert_eq!(err.description(), Some("no such tenant"));
    assert_eq!(err.retry_after(), None);
    let id = |text: &str| text.parse::<Uuid>().ok();
    assert_eq!(err.request_id(), id("6b588e9b-1d02-471a-bce2-79374497c24e"));
    assert_eq!(
        err.correlation_id(),
        id("ae3b8c36-348b-46bc-9a60-398f973153ff")
    );
    assert_eq!(predicates(&err), ["not found"]);
}

#[tokio::test]
async fn ids_are_those_sent_if_none_come_back() {
    let err = error_of(fault(404, "").insert_header("MS-RequestId", "no id")).await;
    assert_eq!(err.request_id(), Some(Uuid::from_u64_pair(0, 1)));
    assert_eq!(err.correlation_id(), Some(Uuid::from_u64_pair(0, 2)));
}

#[tokio::test]
async fn causes_that_a_program_can_do_something_about() {
    for (status, body, expected) in [
        (
            401,
            r#"{"code":"400","description":"d"}"#,
            vec!["unauthorized"],
        ),
        (
            401,
            r#"{"code":"900420","description":"d"}"#,
            vec!["unauthorized", "wrong audience"],
        ),
        (
            401,
            r#"{"code":900421,"description":"d"}"#,
            vec!["unauthorized", "needs mfa"],
        ),
        (
            401,
            r#"{ "statusCode": 401, "message": "MFA required" }"#,
            vec!["unauthorized", "needs mfa"],
        ),
        (
            403,
            r#"{"code":"900329","description":"d"}"#,
            vec!["forbidden", "needs user token"],
        ),
        (
            403,
            r#"{"code":"20002","description":"MFA required"}"#,
            vec!["forbidden"],
        ),
        (
            400,
            r#"{"error":"invalid_grant","error_description":"d"}"#,
            vec![],
        ),
    ] {
        let err = error_of(fault(status, body)).await;
        assert_eq!(predicates(&err), expected, "{body}");
    }
}

#[tokio::test]
async fn body_without_anything_to_read() {
    let err = error_of(ResponseTemplate::new(404)).await;
    assert_eq!(err.to_string(), "status 404: Not Found");

    let page = "<!DOCTYPE html>\n<html><body>not here</body></html>";
    let err = error_of(ResponseTemplate::new(404).set_body_raw(page, "text/html")).await;
    assert_eq!(
        err.to_string(),
        "status 404: Not Found, with a page for browsers instead of JSON",
    );

    let server = Scripted::start(["HTTP/1.1 499\r\nContent-Length: 0\r\n\r\n"]).await;
    let err = client(&server.url)
        .analytics()
        .licenses()
        .usage()
        .get()
        .await
        .unwrap_err();
    assert_eq!(err.to_string(), "status 499: no reason given");
}

#[tokio::test]
async fn second_factor_demanded_in_the_status_line() {
    let server = Scripted::start([concat!(
        "HTTP/1.1 401 Unauthorized - MFA required\r\n",
        "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n",
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    )])
    .await;
    let err = client(&server.url)
        .analytics()
        .licenses()
        .usage()
        .get()
        .await
        .unwrap_err();
    assert_eq!(err.to_string(), "status 401: Unauthorized - MFA required");
    assert_eq!(predicates(&err), ["unauthorized", "needs mfa"]);
}

#[tokio::test]
async fn status_counts_even_if_the_body_is_cut_off() {
    let server =
        Scripted::start(["HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\n{\"code\":"]).await;
    let err = client(&server.url)
        .analytics()
        .licenses()
        .usage()
        .get()
        .await
        .unwrap_err();
    assert_eq!(err.status(), Some(404));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn only_the_beginning_of_a_huge_error_is_read() {
    let err = error_of(fault(400, &"x".repeat(10_000_000))).await;
    assert_eq!(err.description().unwrap().len(), 1024);
}

//! Answers that differ from the documented ones.

use std::error::Error as _;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use seatwise_client::{Error, ErrorKind};
use wiremock::ResponseTemplate;

use crate::support::{PARTNER_USAGE, USAGE_PATH, builder, client, json, server, server_with};

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

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

#[tokio::test]
async fn compressed() {
    let body = gzip(format!("\u{feff}{PARTNER_USAGE}").as_bytes());
    let server = server(
        USAGE_PATH,
        json(body).insert_header("Content-Encoding", "gzip"),
    )
    .await;
    let answer = client(&server.uri())
        .analytics()
        .licenses()
        .usage()
        .get()
        .await
        .unwrap();
    assert_eq!(answer.items.len(), 5);
}

#[tokio::test]
async fn any_content_type() {
    for content_type in ["text/json", "application/json;charset=UTF-8", "text/html"] {
        let answer = ResponseTemplate::new(200).set_body_raw(PARTNER_USAGE, content_type);
        let server = server(USAGE_PATH, answer).await;
        client(&server.uri())
            .analytics()
            .licenses()
            .usage()
            .get()
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn no_customers() {
    let body = r#"{"totalCount":0,"items":[],"attributes":{"objectType":"Collection"}}"#;
    let server = server_with(USAGE_PATH, body).await;
    let answer = client(&server.uri())
        .analytics()
        .licenses()
        .usage()
        .get()
        .await
        .unwrap();
    assert!(answer.items.is_empty());
}

#[tokio::test]
async fn error_names_the_path_in_the_body() {
    let body = PARTNER_USAGE.replacen(r#""workloadName":"Exchange""#, r#""workloadName":7"#, 1);
    let err = error_of(json(body)).await;
    assert_eq!(
        err.kind(),
        &ErrorKind::Decode {
            path: "items[2].workloadName".to_owned()
        }
    );
    assert_eq!(err.to_string(), "the answer is not what it should be");
    let source = err.source().unwrap();
    assert_eq!(
        source.to_string(),
        "failed to decode `items[2].workloadName`"
    );
    assert!(
        source
            .source()
            .unwrap()
            .to_string()
            .contains("expected a string")
    );
    assert!(err.request_id().is_some());
}

#[tokio::test]
async fn what_is_no_json() {
    for body in ["", "<html></html>", "[]", "null", "{\"items\":[]} and more"] {
        let err = error_of(json(body)).await;
        assert!(
            matches!(err.kind(), ErrorKind::Decode { .. }),
            "{body}: {err:?}"
        );
    }
    let err = error_of(ResponseTemplate::new(204)).await;
    assert_eq!(
        err.kind(),
        &ErrorKind::Decode {
            path: ".".to_owned()
        }
    );
}

#[tokio::test]
async fn larger_than_allowed() {
    let server = server_with(USAGE_PATH, PARTNER_USAGE).await;
    let with_limit = |limit| builder(&server.uri()).0.max_body(limit).build().unwrap();

    with_limit(1153)
        .analytics()
        .licenses()
        .usage()
        .get()
        .await
        .unwrap();

    let err = with_limit(1152)
        .analytics()
        .licenses()
        .usage()
        .get()
        .await
        .unwrap_err();
    assert_eq!(err.kind(), &ErrorKind::TooLarge);
    assert_eq!(err.to_string(), "the answer is larger than 1152 bytes");
    assert!(!err.is_retryable());
}

#[tokio::test]
async fn larger_than_allowed_after_decompression() {
    let bomb = gzip(&vec![b' '; 10_000_000]);
    assert!(bomb.len() < 20_000);
    let server = server(
        USAGE_PATH,
        json(bomb).insert_header("Content-Encoding", "gzip"),
    )
    .await;
    let partner = builder(&server.uri())
        .0
        .max_body(1_000_000)
        .build()
        .unwrap();
    let err = partner
        .analytics()
        .licenses()
        .usage()
        .get()
        .await
        .unwrap_err();
    assert_eq!(err.kind(), &ErrorKind::TooLarge);
}

#[tokio::test]
async fn an_error_keeps_the_first_4_kib_of_a_body_that_it_could_not_read() {
    let body = format!("{PARTNER_USAGE} no JSON{}", " ".repeat(8192));
    let err = error_of(json(body.clone())).await;
    assert!(matches!(err.kind(), ErrorKind::Decode { .. }));
    assert_eq!(err.body(), Some(&body.as_bytes()[..4096]));

    let page = "<html>no customer of yours</html>";
    let err = error_of(ResponseTemplate::new(403).set_body_raw(page, "text/html")).await;
    assert_eq!(err.body(), Some(page.as_bytes()));
    // It can have data of customers.
    assert!(!format!("{err} {err:?}").contains("customer"), "{err:?}");

    let known = r#"{"code":"2000","description":"d"}"#;
    let err = error_of(ResponseTemplate::new(403).set_body_raw(known, "text/json")).await;
    assert_eq!(err.body(), None);
}

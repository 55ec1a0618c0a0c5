//! Which attempts are retried, and after how long.

use std::time::Duration;

use seatwise_client::{ErrorKind, RetryPolicy};
use tokio::net::TcpListener;
use uuid::Uuid;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::scripted::Scripted;
use crate::support::{PARTNER_USAGE, USAGE_PATH, builder, fault, json, received, server};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"items\":[]}";

/// A server that fails this many times and then succeeds.
async fn failing(times: u64, failure: ResponseTemplate) -> MockServer {
    let server = server(USAGE_PATH, json(PARTNER_USAGE)).await;
    Mock::given(path(USAGE_PATH))
        .respond_with(failure)
        .up_to_n_times(times)
        .with_priority(1)
        .mount(&server)
        .await;
    server
}

async fn attempts(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

fn between(wait: Duration, from: u64, to: u64) -> bool {
    (Duration::from_millis(from)..Duration::from_millis(to)).contains(&wait)
}

#[tokio::test]
async fn faults_of_the_service_are_retried_with_the_same_ids() {
    for status in [408, 500, 502, 503, 504] {
        let server = failing(3, ResponseTemplate::new(status)).await;
        let (builder, waits) = builder(&server.uri());
        let partner = builder.build().unwrap();
        partner.analytics().licenses().usage().get().await.unwrap();

        let id = |n| Uuid::from_u64_pair(0, n).to_string();
        assert_eq!(received(&server, "MS-RequestId").await, vec![id(1); 4]);
        assert_eq!(received(&server, "MS-CorrelationId").await, vec![id(2); 4]);

        let waits = waits.taken();
        assert_eq!(waits.len(), 3);
        assert!(between(waits[0], 500, 1000), "{waits:?}");
        assert!(between(waits[1], 1000, 2000), "{waits:?}");
        assert!(between(waits[2], 2000, 4000), "{waits:?}");

        partner.analytics().licenses().usage().get().await.unwrap();
        assert_eq!(received(&server, "MS-RequestId").await[4], id(3));
    }
}

#[tokio::test]
async fn last_error_is_returned() {
    let server = failing(
        u64::MAX,
        fault(500, r#"{"code":"800003","description":"oh"}"#),
    )
    .await;
    let (builder, waits) = builder(&server.uri());
    let partner = builder.build().unwrap();
    let err = partner
        .analytics()
        .licenses()
        .usage()
        .get()
        .await
        .unwrap_err();
    assert_eq!(err.to_string(), "status 500, code `800003`: oh");
    assert!(err.is_retryable());
    assert_eq!((attempts(&server).await, waits.taken().len()), (4, 3));
}

#[tokio::test]
async fn other_answers_are_not_retried() {
    for status in [304, 400, 401, 403, 404, 405, 406, 409, 410, 412, 417, 422] {
        let server = failing(u64::MAX, ResponseTemplate::new(status)).await;
        let (builder, waits) = builder(&server.uri());
        let partner = builder.build().unwrap();
        let err = partner
            .analytics()
            .licenses()
            .usage()
            .get()
            .await
            .unwrap_err();
        assert_eq!(err.status(), Some(status));
        assert!(!err.is_retryable());
        assert_eq!((attempts(&server).await, waits.taken().len()), (1, 0));
    }
}

#[tokio::test]
async fn answer_that_cannot_be_decoded_is_not_retried() {
    let server = server(USAGE_PATH, json("{")).await;
    let (builder, _) = builder(&server.uri());
    let partner = builder.build().unwrap();
    partner
        .analytics()
        .licenses()
        .usage()
        .get()
        .await
        .unwrap_err();
    assert_eq!(attempts(&server).await, 1);
}

#[tokio::test]
async fn retry_after_is_honoured() {
    for (status, headers, wait) in [
        (429, vec![("Retry-After", "57")], 57),
        (503, vec![("Retry-After", "7")], 7),
        (429, vec![], 60),
        (429, vec![("Retry-After", "soon")], 60),
        (
            429,
            vec![
                ("Date", "Tue, 14 Mar 2017 17:55:00 GMT"),
                ("Retry-After", "Tue, 14 Mar 2017 17:55:30 GMT"),
            ],
            30,
        ),
        (
            503,
            vec![
                ("Date", "Tue, 14 Mar 2017 17:55:00 GMT"),
                ("Retry-After", "Tue, 14 Mar 2017 17:54:30 GMT"),
            ],
            0,
        ),
    ] {
        let failure = headers
            .iter()
            .fold(ResponseTemplate::new(status), |failure, (name, value)| {
                failure.insert_header(*name, *value)
            });
        let server = failing(1, failure).await;
        let (builder, waits) = builder(&server.uri());
        let partner = builder.build().unwrap();
        partner.analytics().licenses().usage().get().await.unwrap();
        assert_eq!(
            waits.taken(),
            [Duration::from_secs(wait)],
            "{status} {headers:?}"
        );
    }
}

#[tokio::test]
async fn wait_that_is_too_long_is_left_to_the_caller() {
    let throttled = ResponseTemplate::new(429)
        .insert_header("Retry-After", "121")
        .set_body_string(
            r#"{ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 121 seconds." }"#,
        );
    let server = failing(u64::MAX, throttled).await;
    let (builder, waits) = builder(&server.uri());
    let partner = builder.build().unwrap();
    let err = partner
        .analytics()
        .licenses()
        .usage()
        .get()
        .await
        .unwrap_err();
    assert!(err.is_throttled());
    assert_eq!(err.retry_after(), Some(Duration::from_secs(121)));
    assert_eq!(
        err.description(),
        Some("Rate limit is exceeded. Try again in 121 seconds.")
    );
    assert_eq!((attempts(&server).await, waits.taken().len()), (1, 0));
}

#[tokio::test]
async fn policy_of_the_caller() {
    let server = failing(u64::MAX, ResponseTemplate::new(500)).await;
    for (policy, expected) in [
        (RetryPolicy::never(), 1),
        (
            RetryPolicy {
                attempts: 0,
                ..RetryPolicy::default()
            },
            1,
        ),
        (
            RetryPolicy {
                attempts: 2,
                ..RetryPolicy::default()
            },
            2,
        ),
    ] {
        let before = attempts(&server).await;
        let partner = builder(&server.uri()).0.retry(policy).build().unwrap();
        partner
            .analytics()
            .licenses()
            .usage()
            .get()
            .await
            .unwrap_err();
        assert_eq!(attempts(&server).await - before, expected);
    }
}

#[tokio::test]
async fn no_wait_is_longer_than_the_longest() {
    let server = failing(u64::MAX, ResponseTemplate::new(500)).await;
    let (builder, waits) = builder(&server.uri());
    let longest_wait = Duration::from_millis(700);
    let policy = RetryPolicy {
        longest_wait,
        ..RetryPolicy::default()
    };
    let partner = builder.retry(policy).build().unwrap();
    partner
        .analytics()
        .licenses()
        .usage()
        .get()
        .await
        .unwrap_err();
    assert!(
        waits.taken().iter().all(|wait| *wait <= longest_wait),
        "{:?}",
        waits.taken()
    );
}

#[tokio::test]
async fn body_that_is_cut_off_is_retried() {
    let server = Scripted::start([
        "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"items\"",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"it\r\n",
        OK,
    ])
    .await;
    let (builder, waits) = builder(&server.url);
    let partner = builder.build().unwrap();
    partner.analytics().licenses().usage().get().await.unwrap();
    assert_eq!((server.requests().len(), waits.taken().len()), (3, 2));
}

#[tokio::test]
async fn connection_that_is_closed_is_retried() {
    let server = Scripted::start(["", OK]).await;
    let partner = builder(&server.url).0.build().unwrap();
    partner.analytics().licenses().usage().get().await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn connection_that_is_refused_is_retried() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);

    let (builder, waits) = builder(&url);
    let partner = builder.build().unwrap();
    let err = partner
        .analytics()
        .licenses()
        .usage()
        .get()
        .await
        .unwrap_err();
    assert_eq!(err.kind(), &ErrorKind::Connection);
    assert_eq!(err.to_string(), format!("failed to connect to `{url}`"));
    assert!(std::error::Error::source(&err).is_some());
    assert_eq!(waits.taken().len(), 3);
}

#[tokio::test]
async fn silence_is_a_timeout() {
    let server = Scripted::start([]).await;
    let (builder, waits) = builder(&server.url);
    let partner = builder
        .timeout(Duration::from_millis(20))
        .retry(RetryPolicy {
            attempts: 2,
            ..RetryPolicy::default()
        })
        .build()
        .unwrap();
    let err = partner
        .analytics()
        .licenses()
        .usage()
        .get()
        .await
        .unwrap_err();
    assert_eq!(err.kind(), &ErrorKind::Timeout);
    assert_eq!(
        err.to_string(),
        format!("no complete answer from `{}` in time", server.url)
    );
    assert!(err.is_retryable());
    assert_eq!(waits.taken().len(), 1);
}

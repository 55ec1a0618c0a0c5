//! Requests as sent.

use seatwise_client::{ErrorKind, RequestContext};
use uuid::Uuid;

use crate::scripted::Scripted;
use crate::support::{PARTNER_USAGE, USAGE_PATH, builder, client, received, server_with};

/// A request as received, with the variable parts replaced.
async fn request_of(
    settings: impl FnOnce(seatwise_client::Builder) -> seatwise_client::Builder,
) -> String {
    let server =
        Scripted::start(["HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"items\":[]}"]).await;
    let partner = settings(builder(&server.url).0).build().unwrap();
    partner.analytics().licenses().usage().get().await.unwrap();
    let host = server.url.strip_prefix("http://").unwrap();
    server.requests()[0]
        .replace(host, "[host]")
        .replace(env!("CARGO_PKG_VERSION"), "[version]")
        .replace("\r\n", "\n")
}

#[tokio::test]
async fn exactly_these_headers() {
    insta::assert_snapshot!(request_of(|builder| builder).await, @r"
    GET /v1/analytics/licenses/usage HTTP/1.1
    authorization: Bearer eyJ0eXAiOiJKV1QifQ.very-secret
    accept: application/json
    ms-requestid: 00000000-0000-0000-0000-000000000001
    ms-correlationid: 00000000-0000-0000-0000-000000000002
    x-locale: en-US
    ms-partnercenter-client: Seatwise
    ms-sdkversion: [version]
    accept-encoding: gzip
    host: [host]
    ");
}

#[tokio::test]
async fn application_and_locale() {
    let request = request_of(|builder| builder.application("Contoso report").locale("de-DE")).await;
    assert!(
        request.contains("ms-partnercenter-application: Contoso report\n"),
        "{request}"
    );
    assert!(request.contains("x-locale: de-DE\n"), "{request}");
}

#[tokio::test]
async fn each_call_has_ids_of_its_own() {
    let server = server_with(USAGE_PATH, PARTNER_USAGE).await;
    let partner = client(&server.uri());
    for _ in 0..2 {
        partner.analytics().licenses().usage().get().await.unwrap();
    }
    let id = |n| Uuid::from_u64_pair(0, n).to_string();
    assert_eq!(received(&server, "MS-RequestId").await, [id(1), id(3)]);
    assert_eq!(received(&server, "MS-CorrelationId").await, [id(2), id(4)]);
}

#[tokio::test]
async fn ids_are_random_by_default() {
    let server = server_with(USAGE_PATH, PARTNER_USAGE).await;
    let partner =
        seatwise_client::PartnerOperations::builder(seatwise_client::Credential::token("t"))
            .base_url(server.uri())
            .build()
            .unwrap();
    for _ in 0..2 {
        partner.analytics().licenses().usage().get().await.unwrap();
    }
    let ids = received(&server, "MS-RequestId").await;
    assert_ne!(ids[0], ids[1]);
    for id in ids {
        assert_eq!(id.parse::<Uuid>().unwrap().get_version_num(), 4);
        assert_eq!(id, id.to_lowercase());
    }
}

#[tokio::test]
async fn context_is_sent_with_every_call_made_from_it() {
    let server = server_with(USAGE_PATH, PARTNER_USAGE).await;
    let partner = client(&server.uri());
    let (correlation_id, request_id) = (Uuid::from_u128(0xC0), Uuid::from_u128(0xF0));

    let scoped = partner.with(RequestContext {
        correlation_id: Some(correlation_id),
        request_id: None,
        locale: Some("fr-FR".to_owned()),
    });
    scoped.analytics().licenses().usage().get().await.unwrap();
    scoped.analytics().licenses().usage().get().await.unwrap();
    partner
        .with(RequestContext {
            request_id: Some(request_id),
            ..RequestContext::default()
        })
        .analytics()
        .licenses()
        .usage()
        .get()
        .await
        .unwrap();

    let id = |n| Uuid::from_u64_pair(0, n).to_string();
    assert_eq!(
        received(&server, "MS-CorrelationId").await,
        [
            correlation_id.to_string(),
            correlation_id.to_string(),
            id(3)
        ],
    );
    assert_eq!(
        received(&server, "MS-RequestId").await,
        [id(1), id(2), request_id.to_string()],
    );
    assert_eq!(
        received(&server, "X-Locale").await,
        ["fr-FR", "fr-FR", "en-US"]
    );
}

#[tokio::test]
async fn locale_that_is_no_header_is_refused_before_sending() {
    let server = server_with(USAGE_PATH, PARTNER_USAGE).await;
    let partner = client(&server.uri()).with(RequestContext {
        locale: Some("en\r\nX-Evil: 1".to_owned()),
        ..RequestContext::default()
    });
    let err = partner
        .analytics()
        .licenses()
        .usage()
        .get()
        .await
        .unwrap_err();
    assert_eq!(err.kind(), &ErrorKind::Invalid);
    assert_eq!(
        err.to_string(),
        r"the locale `en\r\nX-Evil: 1` cannot be sent as a header"
    );
    assert!(server.received_requests().await.unwrap().is_empty());
}

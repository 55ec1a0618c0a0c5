//! Redirects keep the token on the origin.

use seatwise_client::ErrorKind;
use wiremock::ResponseTemplate;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer};

use crate::support::{PARTNER_USAGE, TOKEN, USAGE_PATH, client, json, received, server};

async fn redirect(server: &MockServer, status: u16, to: &str) {
    Mock::given(path(USAGE_PATH))
        .respond_with(ResponseTemplate::new(status).insert_header("Location", to))
        .with_priority(1)
        .mount(server)
        .await;
}

#[tokio::test]
async fn same_origin_is_followed_with_the_token_and_the_ids() {
    for status in [301, 302, 307, 308] {
        let server = server("/v2/usage", json(PARTNER_USAGE)).await;
        redirect(&server, status, "/v2/usage").await;
        client(&server.uri())
            .analytics()
            .licenses()
            .usage()
            .get()
            .await
            .unwrap();
        let bearer = format!("Bearer {TOKEN}");
        assert_eq!(
            received(&server, "Authorization").await,
            [bearer.clone(), bearer]
        );
        let ids = received(&server, "MS-RequestId").await;
        assert_eq!(ids[0], ids[1]);
        assert!(received(&server, "Referer").await.is_empty());
    }
}

#[tokio::test]
async fn other_origin_never_sees_a_request() {
    let other = server(USAGE_PATH, json(PARTNER_USAGE)).await;
    let server = MockServer::start().await;
    for to in [other.uri(), other.uri().replace("127.0.0.1", "localhost")] {
        server.reset().await;
        redirect(&server, 302, &format!("{to}{USAGE_PATH}")).await;
        let partner = client(&server.uri());
        let err = partner
            .analytics()
            .licenses()
            .usage()
            .get()
            .await
            .unwrap_err();
        assert_eq!(err.kind(), &ErrorKind::Redirect);
        assert_eq!(
            err.to_string(),
            format!("refused to follow a redirect to `{to}`, because the token would go there"),
        );
        assert!(!err.is_retryable());
        assert!(err.request_id().is_some());
        assert_eq!(server.received_requests().await.unwrap().len(), 1);
    }
    assert!(other.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn circle_ends() {
    let server = MockServer::start().await;
    redirect(&server, 302, USAGE_PATH).await;
    let partner = client(&server.uri());
    let err = partner
        .analytics()
        .licenses()
        .usage()
        .get()
        .await
        .unwrap_err();
    assert_eq!(err.kind(), &ErrorKind::Redirect);
    assert_eq!(err.to_string(), "gave up after 5 redirects");
    assert_eq!(server.received_requests().await.unwrap().len(), 6);
}

//! What credentials send for a token, and when.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::future::join_all;
use seatwise_client::{Credential, RefreshTokenInMemory, SecretFile};
use wiremock::Mock;
use wiremock::matchers::path;

use super::{USAGE, V1, V2, application, builder, client, forms, issues_tokens, usage};
use crate::support::{PARTNER_USAGE, fault, received, server_with};

#[tokio::test]
async fn an_application_alone() {
    let server = server_with(USAGE, PARTNER_USAGE).await;
    issues_tokens(&server, V1).await;
    let credential = Credential::client_secret(application(&server.uri()), "s&cret");
    let partner = client(credential, &server.uri());
    for _ in 0..2 {
        usage(&partner).await.unwrap();
    }
    assert_eq!(
        forms(&server).await,
        [
            "grant_type=client_credentials&client_id=client-1&client_secret=s%26cret\
          &resource=https%3A%2F%2Fapi.partnercenter.microsoft.com"
        ]
    );
    let tokens = received(&server, "Authorization").await;
    assert_eq!(tokens, ["Bearer access-1", "Bearer access-1"]);
    let types = received(&server, "Content-Type").await;
    assert_eq!(types, ["application/x-www-form-urlencoded"]);
}

#[tokio::test]
async fn the_secure_application_model_saves_each_new_refresh_token() {
    let server = server_with(USAGE, PARTNER_USAGE).await;
    issues_tokens(&server, V1).await;
    let folder = tempfile::tempdir().unwrap();
    let file = SecretFile::new(folder.path().join("refresh-token"));
    file.write(&"refresh-0".into()).unwrap();

    let application = application(&server.uri());
    let credential = Credential::secure_application_model(application, "secret", file.clone());
    let seconds = Arc::new(AtomicI64::new(0));
    let partner = builder(credential, &server.uri(), &seconds)
        .build()
        .unwrap();
    usage(&partner).await.unwrap();
    assert_eq!(saved(&file), "refresh-1");
    // A token is renewed one minute before it expires, and not earlier.
    seconds.store(3539, Ordering::Relaxed);
    usage(&partner).await.unwrap();
    assert_eq!(saved(&file), "refresh-1");
    seconds.store(3540, Ordering::Relaxed);
    usage(&partner).await.unwrap();
    assert_eq!(saved(&file), "refresh-2");

    let form = |number| {
        format!(
            "grant_type=refresh_token&client_id=client-1&refresh_token=refresh-{number}\
             &client_secret=secret&resource=https%3A%2F%2Fapi.partnercenter.microsoft.com\
             &scope=openid"
        )
    };
    assert_eq!(forms(&server).await, [form(0), form(1)]);
    assert_eq!(
        received(&server, "Authorization").await,
        ["Bearer access-1", "Bearer access-1", "Bearer access-2"]
    );
}

fn saved(file: &SecretFile) -> String {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let mode = std::fs::metadata(file.path()).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    std::fs::read_to_string(file.path()).unwrap()
}

#[tokio::test]
async fn a_user_of_an_application_without_a_secret() {
    let server = server_with(USAGE, PARTNER_USAGE).await;
    issues_tokens(&server, V2).await;
    let store = RefreshTokenInMemory::new("refresh-0");
    let credential = Credential::refresh_token(application(&server.uri()), store);
    usage(&client(credential, &server.uri())).await.unwrap();
    assert_eq!(
        forms(&server).await,
        [
            "grant_type=refresh_token&client_id=client-1&refresh_token=refresh-0\
          &scope=https%3A%2F%2Fapi.partnercenter.microsoft.com%2Fuser_impersonation\
          +offline_access"
        ]
    );
}

#[tokio::test]
async fn one_renews_and_all_others_wait_for_it() {
    let server = server_with(USAGE, PARTNER_USAGE).await;
    issues_tokens(&server, V2).await;
    let store = RefreshTokenInMemory::new("refresh-0");
    let credential = Credential::refresh_token(application(&server.uri()), store);
    let partner = client(credential, &server.uri());
    let calls = (0..20).map(|_| usage(&partner));
    for result in join_all(calls).await {
        result.unwrap();
    }
    assert_eq!(forms(&server).await.len(), 1);
    assert_eq!(
        received(&server, "Authorization").await,
        ["Bearer access-1"; 20]
    );
}

#[tokio::test]
async fn a_refused_token_is_forgotten_and_the_call_is_not_repeated() {
    let server = server_with("/v1/customers", "{}").await;
    issues_tokens(&server, V1).await;
    for (status, at) in [(401, USAGE), (403, "/v1/forbidden")] {
        Mock::given(path(at))
            .respond_with(fault(status, r#"{"code":"400","description":"no"}"#))
            .with_priority(1)
            .mount(&server)
            .await;
    }
    let credential = Credential::client_secret(application(&server.uri()), "secret");
    let partner = client(credential, &server.uri());
    partner.get_raw("/v1/customers").await.unwrap();
    assert!(
        partner
            .get_raw("/v1/forbidden")
            .await
            .unwrap_err()
            .is_forbidden()
    );
    assert!(usage(&partner).await.unwrap_err().is_unauthorized());
    partner.get_raw("/v1/customers").await.unwrap();
    assert_eq!(
        received(&server, "Authorization").await,
        [
            "Bearer access-1",
            "Bearer access-1",
            "Bearer access-1",
            "Bearer access-2"
        ]
    );
}

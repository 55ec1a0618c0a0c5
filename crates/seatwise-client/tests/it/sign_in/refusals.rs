//! Sign-ins that fail, and settings that are refused.

use std::sync::Arc;

use seatwise_client::{
    Application, Cloud, Credential, Error, ErrorKind, PartnerOperations, RefreshTokenInMemory,
    RetryPolicy,
};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{TENANT, answer, application, builder, client, printed, usage};
use crate::scripted::Scripted;
use crate::support::{fault, json};

/// The error of a call whose sign-in gets this answer, and the number of sign-in requests.
async fn refusal(answer: ResponseTemplate) -> (Error, usize) {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(answer)
        .mount(&server)
        .await;
    let credential = Credential::client_secret(application(&server.uri()), "very-secret");
    let partner = client(credential, &server.uri());
    let err = usage(&partner).await.unwrap_err();
    let printed = printed(&err);
    assert!(
        !printed.contains("very-secret") && !printed.contains("oauth2"),
        "{printed}"
    );
    (err, server.received_requests().await.unwrap().len())
}

#[tokio::test]
async fn errors_of_entra_have_their_parts_and_a_hint() {
    let body = r#"{"error":"interaction_required","error_description":"AADSTS50076: Due to a\r\nchange",
        "error_codes":[50076],"timestamp":"2026-01-01 00:00:00Z","trace_id":"t","correlation_id":"c"}"#;
    let (err, asked) = refusal(fault(400, body)).await;
    assert_eq!(
        err.kind(),
        &ErrorKind::SignIn {
            status: 400,
            error: Some("interaction_required".to_owned()),
            codes: vec![50076],
            description: "AADSTS50076: Due to a  change".to_owned(),
        }
    );
    assert_eq!(
        err.to_string(),
        "sign-in failed with `interaction_required`: AADSTS50076: Due to a  change"
    );
    assert!(err.needs_mfa() && !err.is_unauthorized() && !err.is_retryable());
    assert_eq!((err.status(), asked), (None, 1));

    for (code, hint) in [
        (
            700_082,
            "the refresh token has expired or was revoked: sign in again",
        ),
        (
            7_000_215,
            "the client secret is wrong: it is the secret's value, not its id",
        ),
        (
            700_016,
            "the tenant does not know the application: check the client id",
        ),
        (1, "check the client id and the client secret"),
    ] {
        let body = format!(r#"{{"error":"invalid_client","error_codes":[{code}]}}"#);
        let (err, _) = refusal(fault(401, &body)).await;
        assert_eq!(err.sign_in_hint(), Some(hint));
        assert!(!err.needs_mfa());
    }
}

#[tokio::test]
async fn answers_to_a_sign_in_that_are_none() {
    let (err, asked) = refusal(fault(503, "<html>")).await;
    assert_eq!(
        err.to_string(),
        "sign-in failed with status 503: Service Unavailable, with a page for browsers instead of \
         JSON"
    );
    // Throttling and faults are retried, as for the service.
    assert_eq!(asked, 4);

    let elsewhere = ResponseTemplate::new(307).insert_header("Location", "http://127.0.0.1:1/");
    let (err, asked) = refusal(elsewhere).await;
    assert!(
        matches!(err.kind(), ErrorKind::SignIn { status: 307, .. }),
        "{err:?}"
    );
    assert_eq!(asked, 1);

    for body in [
        "{}",
        r#"{"access_token":"a"}"#,
        r#"{"access_token":"a","expires_in":"soon"}"#,
        r#"{"access_token":null,"expires_in":3600}"#,
    ] {
        let (err, _) = refusal(json(body)).await;
        assert!(
            matches!(err.kind(), ErrorKind::Decode { .. }),
            "{body}: {err:?}"
        );
    }
    let (err, _) = refusal(json(r#"{"access_token":"a\nb","expires_in":3600}"#)).await;
    assert_eq!(err.kind(), &ErrorKind::Auth);
    let (err, _) = refusal(json(" ".repeat(300_000))).await;
    assert_eq!(err.kind(), &ErrorKind::TooLarge);
}

#[test]
fn settings_that_would_send_a_secret_astray() {
    let refusal = |application| {
        let err = PartnerOperations::builder(Credential::client_secret(application, "secret"))
            .build()
            .unwrap_err();
        assert_eq!(err.kind(), &ErrorKind::Invalid);
        err.to_string()
    };
    let new = |tenant: &str| Application::new(Cloud::Global, tenant, "client-1");
    for tenant in ["", "a/b", "..", "a?b", "a#b", "ü", "a b"] {
        assert!(
            refusal(new(tenant)).ends_with("is no id or domain of a tenant"),
            "{tenant}"
        );
    }
    assert_eq!(
        refusal(Application::new(Cloud::Global, TENANT, "")),
        "the client id is empty"
    );
    assert_eq!(
        refusal(new(TENANT).authority("http://login.example")),
        "plain http to `http://login.example` would show the token to the network; use https"
    );
    assert_eq!(
        refusal(new(TENANT).authority("https://me:secret@login.example")),
        "the authority must not have a user name or password"
    );
}

#[test]
fn each_cloud_has_its_addresses() {
    for cloud in Cloud::ALL {
        assert_eq!(cloud.to_string().parse(), Ok(cloud));
        for url in [cloud.api_root(), cloud.authority(), cloud.resource()] {
            assert!(url.starts_with("https://") && !url.ends_with('/'), "{url}");
        }
        let application = Application::new(cloud, "contoso.com", "client-1");
        let credential = Credential::client_secret(application, "secret");
        let partner = PartnerOperations::builder(credential)
            .cloud(cloud)
            .build()
            .unwrap();
        assert!(format!("{partner:?}").contains(cloud.api_root().trim_start_matches("https://")));
    }
}

#[test]
fn debug_shows_no_secret() {
    let application = application("http://localhost");
    let store = || RefreshTokenInMemory::new("very-secret");
    for credential in [
        Credential::client_secret(application.clone(), "very-secret"),
        Credential::refresh_token(application.clone(), store()),
        Credential::secure_application_model(application, "very-secret", store()),
    ] {
        let partner = client(credential.clone(), "http://localhost");
        let debug = format!("{credential:?} {partner:#?} {:?}", store());
        assert!(!debug.contains("very-secret"), "{debug}");
    }
}

#[tokio::test]
async fn retries_of_a_sign_in_end_with_the_policy() {
    let server = Scripted::start([answer("503 Service Unavailable", "").as_str()]).await;
    let credential = Credential::client_secret(application(&server.url), "secret");
    let partner = builder(credential, &server.url, &Arc::default())
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    assert!(usage(&partner).await.unwrap_err().is_retryable());
    assert_eq!(server.requests().len(), 1);
}

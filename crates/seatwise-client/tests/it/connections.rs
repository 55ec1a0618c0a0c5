//! Connections that fail or break: the error, and what is retried.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use seatwise_client::{
    Application, Cloud, Credential, DeviceCode, ErrorKind, PartnerOperations, RetryPolicy,
};
use seatwise_types::DEVELOPMENT_IDENTITY;
use tokio::net::TcpListener;

use crate::scripted::Scripted;
use crate::support::{builder, client};

const TENANT: &str = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7";

#[tokio::test]
async fn a_text_without_certificates_is_refused_at_once() {
    for text in ["", "no certificate", "-----BEGIN CERTIFICATE-----\n"] {
        let (builder, _) = builder("https://localhost");
        let built = builder.trust_certificates(format!("{text} ")).build();
        assert_eq!(built.unwrap_err().kind(), &ErrorKind::Invalid, "{text}");
    }
}

#[tokio::test]
async fn the_error_of_a_broken_connection_has_the_address() {
    let half = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{";
    let server = Scripted::start([half; 4]).await;
    let err = client(&server.url)
        .analytics()
        .licenses()
        .usage()
        .get()
        .await;
    let message = format!(
        "the connection to `{}` broke before the answer was complete",
        server.url
    );
    assert_eq!(err.unwrap_err().to_string(), message);

    let server = Scripted::start(["what is this?\r\n\r\n"; 4]).await;
    let err = client(&server.url)
        .analytics()
        .licenses()
        .usage()
        .get()
        .await;
    let message = format!("what `{}` answered is not HTTP", server.url);
    assert_eq!(err.unwrap_err().to_string(), message);
}

#[tokio::test]
async fn the_error_says_whether_the_authority_or_the_service_was_not_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let application = Application::new(Cloud::Global, TENANT, TENANT).authority(&closed);
    let err = DeviceCode::request(&application).await.unwrap_err();
    assert_eq!(err.kind(), &ErrorKind::Connection);
    assert!(err.is_of_authority());
    assert_eq!(err.to_string(), format!("failed to connect to `{closed}`"));

    let (builder, _) = builder(&closed);
    let partner = builder.retry(RetryPolicy::never()).build().unwrap();
    let err = partner.analytics().licenses().usage().get().await;
    assert!(!err.unwrap_err().is_of_authority());
}

/// A token with this issuer in `idp`.
fn token(made_by: &str) -> String {
    let claims = format!(r#"{{"idp":"{made_by}","tid":"{TENANT}"}}"#);
    format!("e30.{}.x", BASE64_URL_SAFE_NO_PAD.encode(claims))
}

#[tokio::test]
async fn a_token_of_a_development_identity_stays_on_this_computer() {
    let elsewhere = "https://seatwise.example";
    let ask = async |token: String, url: &str| {
        let builder = PartnerOperations::builder(Credential::token(token)).base_url(url);
        let partner = builder.retry(RetryPolicy::never()).build().unwrap();
        let usage = partner.analytics().licenses().usage().get().await;
        let checked = partner.check("/v1/customers").await;
        (usage.unwrap_err(), checked)
    };
    let (err, checked) = ask(token(DEVELOPMENT_IDENTITY), elsewhere).await;
    assert_eq!(err.kind(), &ErrorKind::DevelopmentToken);
    assert_eq!(checked.unwrap_err().kind(), &ErrorKind::DevelopmentToken);
    assert_eq!(
        err.to_string(),
        "the token is one of a development identity, and is not sent to \
         `https://seatwise.example`: it is good on its own computer alone"
    );
    let refused = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let here = Scripted::start([refused; 2]).await;
    let (err, _) = ask(token(DEVELOPMENT_IDENTITY), &here.url).await;
    assert_eq!(err.status(), Some(401));
}

#[tokio::test]
async fn nor_does_a_token_leave_that_a_local_authority_issued() {
    let body = format!(
        r#"{{"access_token":"{}","expires_in":3600}}"#,
        token(DEVELOPMENT_IDENTITY)
    );
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let authority = Scripted::start([answer.as_str()]).await;
    let application = Application::new(Cloud::Global, TENANT, TENANT).authority(&authority.url);
    let partner = PartnerOperations::builder(Credential::client_secret(application, "secret"))
        .base_url("https://seatwise.example")
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    let err = partner.customers().list().send().await.unwrap_err();
    assert_eq!(err.kind(), &ErrorKind::DevelopmentToken);
    assert_eq!(authority.requests().len(), 1);
}

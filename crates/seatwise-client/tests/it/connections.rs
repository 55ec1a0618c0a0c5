//! Connections that fail or break: the error, and what is retried.

use std::error::Error as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use seatwise_client::{
    Application, Cloud, Credential, DeviceCode, Error, ErrorKind, PartnerOperations, RetryPolicy,
    TlsFault,
};
use seatwise_server::{Config, Server, TlsFiles};
use seatwise_store::Store;
use seatwise_types::DEVELOPMENT_IDENTITY;
use tempfile::TempDir;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::scripted::Scripted;
use crate::support::{builder, client};

const TENANT: &str = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7";

/// A certificate of the server's tests, or its key.
fn pem(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seatwise-server/tests/tls");
    folder.join(format!("{name}.pem"))
}

fn certificate(name: &str) -> Vec<u8> {
    std::fs::read(pem(&format!("{name}.cert"))).unwrap()
}

/// A server with or without a certificate. It accepts no token.
struct Secure {
    port: u16,
    _folder: TempDir,
}

impl Secure {
    async fn start(name: &str) -> Self {
        let files = TlsFiles {
            certificate: pem(&format!("{name}.cert")),
            key: pem(&format!("{name}.key")),
        };
        Self::start_with(Some(files)).await
    }

    async fn start_with(tls: Option<TlsFiles>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(&folder.path().join("data")).unwrap();
        let mut config = Config::new(
            "127.0.0.1:0".parse().unwrap(),
            Arc::new(|| Timestamp::UNIX_EPOCH),
            Arc::new(Uuid::nil),
        );
        config.sign_in.issuers = vec!["https://sts.windows.net/{tid}/".parse().unwrap()];
        config.sign_in.tenants = vec![TENANT.parse().unwrap()];
        config.tls = tls;
        let server = Server::bind(config, store).await.unwrap();
        let port = server.local_addr().port();
        tokio::spawn(server.serve(std::future::pending()));
        Self {
            port,
            _folder: folder,
        }
    }

    /// Sends a request to this address with this additional trusted certificate. Returns the error,
    /// and the number of waits between attempts.
    async fn ask(&self, address: &str, trusted: &str) -> (Error, usize) {
        let (builder, waits) = builder(&format!("{address}:{}", self.port));
        let builder = builder.trust_certificates(certificate(trusted));
        let partner = builder.build().unwrap();
        let usage = partner.analytics().licenses().usage().get().await;
        (usage.unwrap_err(), waits.taken().len())
    }
}

#[tokio::test]
async fn a_certificate_that_is_named_is_trusted() {
    let server = Secure::start("first").await;
    for address in ["https://localhost", "https://127.0.0.1"] {
        let (err, _) = server.ask(address, "first").await;
        assert_eq!(err.status(), Some(401), "{err:?}");
    }
}

#[tokio::test]
async fn an_untrusted_certificate_is_named_and_not_tried_again() {
    let server = Secure::start("first").await;
    let (err, waits) = server.ask("https://localhost", "second").await;
    let fault = TlsFault::Untrusted;
    assert_eq!((err.kind(), waits), (&ErrorKind::Tls { fault }, 0));
    assert_eq!(
        err.to_string(),
        format!(
            "no secure connection to `https://localhost:{}`: its certificate is not trusted, \
             because no authority known here has issued it; SSL_CERT_FILE can name a file with \
             those that are trusted",
            server.port
        )
    );
    assert!(!err.is_retryable());
}

#[tokio::test]
async fn the_error_says_what_is_wrong_with_a_certificate() {
    let server = Secure::start("authority").await;
    let (err, waits) = server.ask("https://localhost", "authority").await;
    let fault = TlsFault::OfAnAuthority;
    assert_eq!((err.kind(), waits), (&ErrorKind::Tls { fault }, 0));

    for (certificate, fault, cause) in [
        ("elsewhere", TlsFault::OtherName, "seatwise.example"),
        ("past", TlsFault::Expired, "certificate expired"),
        ("future", TlsFault::NotYetValid, "not valid yet"),
    ] {
        let server = Secure::start(certificate).await;
        let (err, waits) = server.ask("https://localhost", certificate).await;
        assert_eq!((err.kind(), waits), (&ErrorKind::Tls { fault }, 0));
        let source = err.source().unwrap().to_string();
        assert!(source.contains(cause), "{source}");
    }
}

#[tokio::test]
async fn the_error_says_that_only_one_side_speaks_tls() {
    let plain = Secure::start_with(None).await;
    let (err, waits) = plain.ask("https://localhost", "first").await;
    let fault = TlsFault::NoTls;
    assert_eq!((err.kind(), waits), (&ErrorKind::Tls { fault }, 0));

    let server = Secure::start("first").await;
    let url = format!("http://127.0.0.1:{}", server.port);
    let err = client(&url).analytics().licenses().usage().get().await;
    let err = err.unwrap_err();
    assert_eq!(err.kind(), &ErrorKind::Connection);
    assert!(err.to_string().contains(&url), "{err}");
}

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

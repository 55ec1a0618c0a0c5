//! The SDK and a Seatwise server with a certificate: what is trusted, and what each error says.

use std::error::Error as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use seatwise_client::{Credential, Error, ErrorKind, PartnerOperations, TlsFault};
use seatwise_server::{Config, Server, TlsFiles};
use seatwise_store::Store;
use tempfile::TempDir;
use uuid::Uuid;

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
        let waits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&waits);
        let partner = PartnerOperations::builder(Credential::token("e30.e30.x"))
            .base_url(format!("{address}:{}", self.port))
            .trust_certificates(certificate(trusted))
            .sleep(move |_| {
                counted.fetch_add(1, Ordering::Relaxed);
                std::future::ready(())
            })
            .build()
            .unwrap();
        let usage = partner.analytics().licenses().usage().get().await;
        (usage.unwrap_err(), waits.load(Ordering::Relaxed))
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
    let (err, _) = server.ask("http://127.0.0.1", "first").await;
    assert_eq!(err.kind(), &ErrorKind::Connection);
    assert!(err.to_string().contains(&url), "{err}");
}

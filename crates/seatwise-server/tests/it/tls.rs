//! TLS on real sockets. The certificates in `tests/tls` are for these tests only, and valid for 100
//! years.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use insta::assert_snapshot;
use seatwise_server::{Server, TlsFiles};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::harness::TestServer;
use crate::running::{Running, read_all, write};

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
const LAST_HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

fn stored(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/tls")
        .join(name)
}

/// The files that a server reads, and tests replace.
struct Certificate {
    folder: TempDir,
}

impl Certificate {
    fn first() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let certificate = Self { folder };
        certificate.put("first", "cert");
        certificate.put("first", "key");
        certificate
    }

    fn files(&self) -> TlsFiles {
        TlsFiles {
            certificate: self.folder.path().join("cert.pem"),
            key: self.folder.path().join("key.pem"),
        }
    }

    /// Replaces a file like tools for certificates: a new file is renamed over the old one.
    fn put(&self, name: &str, part: &str) {
        let new = self.folder.path().join("new");
        fs::copy(stored(&format!("{name}.{part}.pem")), &new).unwrap();
        fs::rename(new, self.folder.path().join(format!("{part}.pem"))).unwrap();
    }
}

/// Connects, and trusts only one certificate.
async fn connect(server: &Running, trusted: &str) -> io::Result<TlsStream<TcpStream>> {
    connect_with(server, trusted, &[]).await
}

/// Like [`connect`], and offers these protocols.
async fn connect_with(
    server: &Running,
    trusted: &str,
    protocols: &[&str],
) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    let certificate = stored(&format!("{trusted}.cert.pem"));
    roots
        .add(CertificateDer::from_pem_file(certificate).unwrap())
        .unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|it| it.as_bytes().to_vec()).collect();
    TlsConnector::from(Arc::new(config))
        .connect("localhost".try_into().unwrap(), server.connect().await)
        .await
}

async fn status(server: &Running, trusted: &str) -> io::Result<String> {
    let mut client = connect(server, trusted).await?;
    write(&mut client, LAST_HEALTH).await;
    Ok(read_all(&mut client)
        .await
        .lines()
        .next()
        .unwrap()
        .to_owned())
}

#[tokio::test]
async fn a_changed_certificate_is_used_and_open_connections_stay() {
    let certificate = Certificate::first();
    let server = Running::start(|config| config.tls = Some(certificate.files())).await;
    let mut open = connect(&server, "first").await.unwrap();
    write(&mut open, HEALTH).await;

    // With only one file changed, or an invalid one, the earlier certificate stays.
    certificate.put("second", "cert");
    assert_eq!(status(&server, "first").await.unwrap(), "HTTP/1.1 200 OK");
    fs::write(certificate.files().key, "no key").unwrap();
    assert_eq!(status(&server, "first").await.unwrap(), "HTTP/1.1 200 OK");
    fs::remove_file(certificate.files().key).unwrap();
    assert_eq!(status(&server, "first").await.unwrap(), "HTTP/1.1 200 OK");

    certificate.put("second", "key");
    assert_eq!(status(&server, "second").await.unwrap(), "HTTP/1.1 200 OK");
    assert!(status(&server, "first").await.is_err());

    write(&mut open, LAST_HEALTH).await;
    let answers = read_all(&mut open).await;
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 2, "{answers}");
}

/// As `openssl x509 -enddate` prints it: Oct 29 14:35:11 2126 GMT.
#[tokio::test]
async fn metrics_say_when_the_certificate_ends_and_how_often_it_could_not_be_read() {
    let certificate = Certificate::first();
    let server = Running::start(|config| config.tls = Some(certificate.files())).await;
    certificate.put("second", "cert");
    let mut client = connect(&server, "first").await.unwrap();
    let request = LAST_HEALTH.replace("/healthz", "/metrics");
    write(&mut client, &request).await;
    let metrics = read_all(&mut client).await;
    for line in [
        "\nseatwise_certificate_end_timestamp_seconds 4948958111\n",
        "\nseatwise_duty_rounds_total{duty=\"certificate\",outcome=\"failed\"} 1\n",
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
}

#[tokio::test]
async fn a_client_that_offers_http_1_0_alone_gets_it() {
    let certificate = Certificate::first();
    let server = Running::start(|config| config.tls = Some(certificate.files())).await;
    for (offered, agreed) in [
        (&["http/1.0"][..], "http/1.0"),
        (&["h2", "http/1.0"][..], "http/1.0"),
        (&["http/1.0", "http/1.1"][..], "http/1.1"),
    ] {
        let mut client = connect_with(&server, "first", offered).await.unwrap();
        assert_eq!(client.get_ref().1.alpn_protocol(), Some(agreed.as_bytes()));
        write(&mut client, "GET /healthz HTTP/1.0\r\n\r\n").await;
        assert!(read_all(&mut client).await.starts_with("HTTP/1.0 200 OK\n"));
    }
    assert!(connect_with(&server, "first", &["h2"]).await.is_err());
}

#[tokio::test]
async fn what_is_not_http_is_answered_over_tls_too() {
    let certificate = Certificate::first();
    let server = Running::start(|config| config.tls = Some(certificate.files())).await;
    let mut client = connect(&server, "first").await.unwrap();
    write(&mut client, "GET /< HTTP/1.1\r\n\r\n").await;
    let answer = read_all(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request\n"), "{answer}");
    assert!(answer.contains("800002"), "{answer}");
}

#[tokio::test]
async fn http_without_tls_is_not_answered() {
    let certificate = Certificate::first();
    let server = Running::start(|config| config.tls = Some(certificate.files())).await;
    let mut client = server.connect().await;
    write(&mut client, LAST_HEALTH).await;
    let mut answer = Vec::new();
    match tokio::io::AsyncReadExt::read_to_end(&mut client, &mut answer).await {
        Ok(_) => assert!(!answer.starts_with(b"HTTP"), "{answer:?}"),
        Err(err) => assert_eq!(err.kind(), ErrorKind::ConnectionReset),
    }
    // Other clients are not affected.
    assert_eq!(status(&server, "first").await.unwrap(), "HTTP/1.1 200 OK");
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_cut_off() {
    let certificate = Certificate::first();
    let server = Running::start(|config| {
        config.tls = Some(certificate.files());
        config.limits.handshake_timeout = Duration::from_millis(50);
        config.limits.connections = 1;
    })
    .await;
    let mut silent = server.connect().await;
    assert_eq!(read_all(&mut silent).await, "");
    assert_eq!(status(&server, "first").await.unwrap(), "HTTP/1.1 200 OK");
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_does_not_start() {
    let certificate = Certificate::first();
    let server = TestServer::new().await;
    let refusal = async || {
        let mut config = server.config.clone();
        config.tls = Some(certificate.files());
        let Err(err) = Server::bind(config, server.store.clone()).await else {
            panic!("it starts");
        };
        let text = format!("{:#}", anyhow::Error::from(err));
        text.replace(certificate.folder.path().to_str().unwrap(), "DIR")
    };
    certificate.put("second", "key");
    assert_snapshot!(refusal().await, @"the certificate `DIR/cert.pem` cannot be used with its key: keys may not be consistent: KeyMismatch");
    fs::write(certificate.files().key, "no key").unwrap();
    assert_snapshot!(refusal().await, @"`DIR/key.pem` holds no usable private key in PEM: no items found");
    fs::remove_file(certificate.files().key).unwrap();
    assert_snapshot!(refusal().await, @"cannot read `DIR/key.pem`: No such file or directory (os error 2)");
    fs::write(certificate.files().certificate, "").unwrap();
    certificate.put("first", "key");
    assert_snapshot!(refusal().await, @"`DIR/cert.pem` holds no usable certificate in PEM: no items found");
    fs::write(certificate.files().certificate, vec![b' '; 1024 * 1024 + 1]).unwrap();
    assert_snapshot!(refusal().await, @"cannot read `DIR/cert.pem`: file too large");
}

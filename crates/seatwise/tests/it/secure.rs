//! Certificates and tokens on the command line.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use crate::process::{Ended, PARTNER, Running, run, run_with, token};

/// The path of a certificate or key of the server's tests.
fn pem(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seatwise-server/tests/tls");
    folder.join(format!("{name}.pem")).to_str().unwrap().into()
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    seatwise_store::Store::create(&data).unwrap();
    (folder, data)
}

/// Serves with one of the certificates. Returns the server and its URL.
fn serve(data: &Path, name: &str) -> (Running, String) {
    let (certificate, key) = (pem(&format!("{name}.cert")), pem(&format!("{name}.key")));
    let options = [
        "--dev-identity",
        "--tls-cert",
        &certificate,
        "--tls-key",
        &key,
    ];
    let server = Running::serve_with(data, &options);
    let url = format!("https://{}", server.address);
    (server, url)
}

fn usage(url: &str, token: &str, more: &[&str], environment: &[(&str, &str)]) -> Ended {
    let asked = [("SEATWISE_TOKEN", token), ("SEATWISE_URL", url)];
    run_with(
        [&["usage"][..], more].concat(),
        &[&asked[..], environment].concat(),
    )
}

#[test]
fn a_certificate_of_ones_own_is_trusted_when_it_is_named() {
    let (_folder, data) = folder();
    let (_server, url) = serve(&data, "first");
    let token = token(&data);
    let certificate = pem("first.cert");
    usage(&url, &token, &["--ca-cert", &certificate], &[]).expect_success();
    usage(&url, &token, &[], &[("SEATWISE_CA_CERT", &certificate)]).expect_success();
    usage(&url, &token, &[], &[("SSL_CERT_FILE", &certificate)]).expect_success();

    let other = pem("second.cert");
    let refused = usage(&url, &token, &["--ca-cert", &other], &[]);
    assert_eq!(refused.code, Some(6));
    for said in [
        "error: no secure connection to `https://127.0.0.1:",
        "its certificate is not trusted",
        "SSL_CERT_FILE",
        "hint: if it is the right server, name its certificate",
        "with --ca-cert",
    ] {
        assert!(refused.stderr.contains(said), "{said}: {}", refused.stderr);
    }

    let (_server, url) = serve(&data, "authority");
    let authority = pem("authority.cert");
    let refused = usage(&url, &token, &["--ca-cert", &authority], &[]);
    for said in [
        "one of an authority (`CA:TRUE`)",
        "basicConstraints=critical,CA:FALSE",
    ] {
        assert!(refused.stderr.contains(said), "{said}: {}", refused.stderr);
    }
}

#[test]
fn a_file_without_certificates_is_refused() {
    let (folder, _) = folder();
    let missing = folder.path().join("missing.pem");
    let refused = usage(
        "https://localhost",
        "t",
        &["--ca-cert", missing.to_str().unwrap()],
        &[],
    );
    insta::assert_snapshot!(refused.shown(folder.path()), @"
    exit Some(2)
    --- stdout
    --- stderr
    error: cannot read `DIR/missing.pem`: No such file or directory (os error 2)
    hint: name a PEM file with --ca-cert: the certificate of the service, or that of the authority which issued it
    ");
    let key = pem("first.key");
    let refused = usage("https://localhost", "t", &["--ca-cert", &key], &[]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.stderr.contains("holds no certificate in PEM"),
        "{}",
        refused.stderr
    );
}

#[test]
fn the_error_says_that_the_scheme_is_wrong() {
    let (_folder, data) = folder();
    let server = Running::serve(&data);
    let url = format!("https://{}", server.address);
    let refused = usage(&url, &token(&data), &["--ca-cert", &pem("first.cert")], &[]);
    for said in [
        "it speaks without TLS there",
        "hint: use an address that begins with http://",
    ] {
        assert!(refused.stderr.contains(said), "{said}: {}", refused.stderr);
    }
}

#[test]
fn a_token_of_the_development_identity_is_not_sent_to_partner_center() {
    let (_folder, data) = folder();
    let token = token(&data);
    let refused = run_with(["usage"], &[("SEATWISE_TOKEN", &token)]);
    assert_eq!(refused.code, Some(3));
    insta::assert_snapshot!(refused.stderr, @"
    error: the token is one of a development identity, and is not sent to `https://api.partnercenter.microsoft.com`: it is good on its own computer alone
    hint: name the server that the token is for with --url or SEATWISE_URL
    ");
}

#[test]
fn a_login_without_a_network_hints_at_the_authority() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let args = ["login", "--partner", PARTNER, "--client-id", PARTNER];
    let failed = run([&args[..], &["--authority", &closed]].concat());
    assert_eq!(failed.code, Some(6));
    let said = format!("error: failed to connect to `{closed}`\n");
    assert!(failed.stderr.starts_with(&said), "{}", failed.stderr);
    let hint = "hint: check --authority and --cloud, the network, and the proxy";
    assert!(failed.stderr.contains(hint), "{}", failed.stderr);
    assert!(!failed.stderr.contains("--url"), "{}", failed.stderr);
}

//! `seatwise ready`, the health check.

use seatwise_store::Store;

use crate::process::{Fake, Running, run};

#[test]
fn a_server_that_is_ready_is_healthy_with_and_without_tls() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    Store::create(&data).unwrap();
    let plain = Running::serve(&data);
    let asked = run(["ready", "--url", &plain.url()]).expect_success();
    assert_eq!(asked, "ready\n");

    let pem = |name| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../seatwise-server/tests/tls");
        format!("{folder}/first.{name}.pem")
    };
    let (cert, key) = (pem("cert"), pem("key"));
    let options = ["--dev-identity", "--tls-cert", &cert, "--tls-key", &key];
    let secure = Running::serve_with(&data, &options);
    let url = format!("https://{}", secure.address);
    let asked = run(["ready", "--url", &url, "--ca-cert", &cert]).expect_success();
    assert_eq!(asked, "ready\n");
    assert_eq!(run(["ready", "--url", &url]).code, Some(6));
}

#[test]
fn a_server_that_is_not_ready_or_is_gone_is_unhealthy() {
    let server = Fake::start([(503, "nothing is published yet\n")]);
    let asked = run(["ready", "--url", &server.url]);
    assert_eq!(asked.code, Some(5));
    let said = "error: the health check failed\n  \
                caused by: not ready, status 503: nothing is published yet\n";
    assert!(asked.stderr.starts_with(said), "{}", asked.stderr);

    // No server listens on port 1 of this computer.
    let asked = run(["ready", "--url", "http://127.0.0.1:1"]);
    assert_eq!(asked.code, Some(6));
    assert!(
        asked.stderr.contains("SEATWISE_READY_URL"),
        "{}",
        asked.stderr
    );
    let asked = run(["ready", "--url", "127.0.0.1:8080"]);
    assert_eq!(asked.code, Some(2));
}

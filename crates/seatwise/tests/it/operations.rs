//! The metrics in docs/operations.md exist.

use std::collections::BTreeSet;

use seatwise_store::Store;

use crate::documents::{blocks, document};
use crate::process::Running;
use crate::uploads::{rows, send, writer_token};

/// The names of metrics in a text.
fn metrics_in(text: &str) -> BTreeSet<&str> {
    let words = text.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_');
    words.filter(|word| word.starts_with("seatwise_")).collect()
}

#[test]
fn every_metric_in_the_alerts_is_one_of_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    Store::create(&data).unwrap();
    let token = writer_token(&data);
    let server = Running::serve(&data);
    // A labelled counter appears after its first count.
    send(&server, &token, &rows("2026-10-21"));
    server.get("/v1/analytics/licenses/usage", "no token");

    let (_, served) = server.get("/metrics", "");
    let served = String::from_utf8(served).unwrap();
    let served = metrics_in(&served);
    let text = document("docs/operations.md");
    let watched = metrics_in(blocks(&text, "yaml")[0]);
    assert!(watched.len() > 5, "{watched:?}");
    let missing: Vec<_> = watched.difference(&served).collect();
    assert!(missing.is_empty(), "not on /metrics: {missing:?}");
}

//! Imports by request to the real server, which is killed meanwhile.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use crate::process::{PARTNER, Running, USAGE_HEADER, import, run};

pub(crate) fn writer_token(data: &Path) -> String {
    let data = data.to_str().unwrap();
    let token = run(["token", "--write", "--data-dir", data, "--partner", PARTNER]);
    token.expect_success().trim().to_owned()
}

pub(crate) fn rows(day: &str) -> String {
    format!(
        "{USAGE_HEADER}\n{day},EXO,Exchange,o365,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,C,,P,1,2\n"
    )
}

/// Sends the head and this much of the body.
fn begin(server: &Running, token: &str, length: usize, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    write!(
        stream,
        "POST /seatwise/v1/import HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Idempotency-Key: key\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\
         Connection: close\r\n\r\n"
    )
    .unwrap();
    // After "100 Continue", the server waits for the body.
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(body.as_bytes()).unwrap();
    stream
}

/// The receipt of a complete import.
pub(crate) fn send(server: &Running, token: &str, body: &str) -> serde_json::Value {
    let mut stream = begin(server, token, body.len(), body);
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{answer}");
    serde_json::from_str(body).unwrap()
}

/// All names below a folder.
fn names(folder: &Path, names: &mut Vec<String>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            self::names(&path, names);
        }
        names.push(path.display().to_string());
    }
}

#[test]
fn a_server_that_is_killed_on_the_way_has_stored_nothing_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let first = folder.path().join("first.csv");
    std::fs::write(&first, rows("2026-05-01")).unwrap();
    import(&data, &[&first]).expect_success();
    let server = Running::serve(&data);
    let token = writer_token(&data);
    let (mut before, mut after) = (Vec::new(), Vec::new());
    names(&data, &mut before);

    let body = rows("2026-05-02");
    let stream = begin(&server, &token, body.len(), &body[..100]);
    // Dropping the server kills it.
    drop(server);
    drop(stream);
    names(&data, &mut after);
    before.sort();
    after.sort();
    assert_eq!(before, after);

    let server = Running::serve(&data);
    let receipt = send(&server, &token, &body);
    assert_eq!(receipt["deliveriesNew"], 1);
    // The same key returns the same receipt, also from a restarted server.
    drop(server);
    let server = Running::serve(&data);
    assert_eq!(send(&server, &token, &body), receipt);
}

#[test]
fn a_file_that_is_dropped_in_the_folder_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let (data, dropped) = (folder.path().join("data"), folder.path().join("dropped"));
    let first = folder.path().join("first.csv");
    std::fs::write(&first, rows("2026-05-01")).unwrap();
    import(&data, &[&first]).expect_success();
    std::fs::create_dir(&dropped).unwrap();
    // The file is renamed into place.
    let options = [
        "--dev-identity",
        "--import-every",
        "1ms",
        "--import-settle",
        "0",
    ];
    let options = [&options[..], &["--import-from", dropped.to_str().unwrap()]].concat();
    let server = Running::serve_with(&data, &options);
    let place = dropped.join(PARTNER);
    std::fs::create_dir(&place).unwrap();
    std::fs::write(folder.path().join("second.csv"), rows("2026-05-02")).unwrap();
    std::fs::rename(folder.path().join("second.csv"), place.join("second.csv")).unwrap();
    // Wait until the import is counted.
    let stored = r#"seatwise_imports_total{way="folder",outcome="stored"} 1"#;
    while !String::from_utf8_lossy(&server.get("/metrics", "").1).contains(stored) {}
    let status = run(["status", "--data-dir", data.to_str().unwrap()]).expect_success();
    assert!(status.contains("usage: 2 deliveries"), "{status}");
}

//! What programs that start a server rely on: the ready file, the initial clock, the byte-order
//! mark.

use std::path::Path;

use serde_json::Value;

use crate::process::{PARTNER, Running, USAGE_HEADER, import, run};

const USAGE: &str = "/v1/analytics/licenses/usage";
const SMALL: [&str; 4] = ["--customers", "10", "--days", "5"];

/// The content of the file, which exists before the server prints anything.
fn ready(file: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

fn status(server: &Running, token: &Value) -> String {
    let (head, _) = server.get(USAGE, token.as_str().unwrap());
    head.lines().next().unwrap().to_owned()
}

#[test]
fn the_demo_writes_its_address_and_takes_a_clock_and_leaves_out_the_mark() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ready.json");
    let options = [
        "--listen",
        "127.0.0.1:0",
        "--no-bom",
        "--now",
        "2031-02-03T04:05:06Z",
        "--ready-file",
        file.to_str().unwrap(),
    ];
    let (demo, printed) = Running::demo(&[&SMALL[..], &options[..]].concat());
    assert!(!printed.contains("byte-order"), "{printed}");
    let ready = ready(&file);
    assert_eq!(ready["url"], demo.url());
    assert_eq!(ready["expiresAt"], "2031-02-04T04:05:06Z");
    assert!(printed.contains(ready["partner"].as_str().unwrap()));
    let (head, body) = demo.get(USAGE, ready["token"].as_str().unwrap());
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("\r\nDate: Mon, 03 Feb 2031 04:05:"), "{head}");
    assert!(body.starts_with(b"{\"totalCount\":"));
    let link = ready["signIn"].as_str().unwrap();
    let (head, _) = demo.get(link.strip_prefix(&demo.url()).unwrap(), "none");
    assert!(head.starts_with("HTTP/1.1 303 See Other\r\n"), "{head}");
    assert!(head.contains("\r\nSet-Cookie: seatwise-session="), "{head}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(demo.interrupt(), Some(0));
        assert!(!file.exists(), "it is gone when the server is");
    }
}

#[test]
fn a_server_writes_its_address_and_a_token_for_its_one_partner() {
    let folder = tempfile::tempdir().unwrap();
    let (data, rows) = (folder.path().join("data"), folder.path().join("usage.csv"));
    let row =
        "2026-10-21,EXO,Exchange,o365,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,A,,E3,1,2";
    std::fs::write(&rows, format!("{USAGE_HEADER}\n{row}\n")).unwrap();
    import(&data, &[&rows]).expect_success();
    let file = folder.path().join("ready.json");
    let name = file.to_str().unwrap();
    // A file of an earlier server is replaced.
    std::fs::write(&file, r#"{"url":"http://127.0.0.1:1"}"#).unwrap();
    let emulator = [
        "--dev-identity",
        "--emulator",
        "--now",
        "2031-02-03T04:05:06Z",
    ];
    let server = Running::serve_with(&data, &[&emulator[..], &["--ready-file", name]].concat());
    let said = ready(&file);
    assert_eq!(said["url"], server.url());
    assert_eq!(said["partner"], PARTNER);
    assert_eq!(status(&server, &said["token"]), "HTTP/1.1 200 OK");
    drop(server);

    let issuer = [
        "--issuer",
        "https://sts.windows.net/{tid}/",
        "--tenant",
        PARTNER,
    ];
    let server = Running::serve_with(&data, &[&issuer[..], &["--ready-file", name]].concat());
    let said = ready(&file);
    assert_eq!(said["url"], server.url());
    assert_eq!(said.as_object().unwrap().len(), 1, "{said}");
}

#[test]
fn options_of_the_start_that_cannot_be_used_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    seatwise_store::Store::create(&data).unwrap();
    let marker = data.join("seatwise-store.json");
    let store_marker = marker.to_str().unwrap();
    let serve = |options: &[&str]| {
        let args = [
            "serve",
            "--data-dir",
            data.to_str().unwrap(),
            "--dev-identity",
        ];
        run([&args[..], options].concat()).stderr
    };
    for (printed, expected) in [
        (serve(&["--now", "2031-02-03T04:05:06Z"]), "--emulator"),
        (
            serve(&["--emulator", "--now", "noon"]),
            "invalid value 'noon' for '--now <TIME>'",
        ),
        (
            serve(&["--emulator", "--now", "1969-12-31T00:00:00Z"]),
            "error: the emulator's clock cannot start at that time\n  caused by: the clock goes from 1970",
        ),
        (
            serve(&["--ready-file", &format!("{store_marker}/x")]),
            "seatwise-store.json/x`: there is no folder `",
        ),
        (
            serve(&["--ready-file", store_marker]),
            "seatwise-store.json` exists, and no server wrote it",
        ),
        (
            run(["demo", "--once", "--ready-file", "x"]).stderr,
            "cannot be used with '--ready-file <FILE>'",
        ),
    ] {
        assert!(printed.contains(expected), "{expected}: {printed}");
    }
    assert!(marker.exists(), "a file that no server wrote stays");
}

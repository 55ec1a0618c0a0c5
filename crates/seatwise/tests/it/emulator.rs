//! The emulator in the binary: options and control endpoints.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::process::{Running, run};

/// Sends a request to a control endpoint. Returns status and body.
fn control(demo: &Running, method: &str, path: &str, body: &str) -> (u16, serde_json::Value) {
    let mut stream = TcpStream::connect(&demo.address).unwrap();
    write!(
        stream,
        "{method} /emulator/{path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        demo.address,
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_default())
}

#[test]
fn the_demo_can_be_made_to_fail_and_to_make_up_partners() {
    let size = ["--customers", "10", "--days", "5"];
    let emulator = ["--listen", "127.0.0.1:0", "--fault", "503;retry-after=3"];
    let (demo, printed) = Running::demo(&[&size[..], &emulator[..]].concat());
    let token = &Running::token(&printed);
    let (head, _) = demo.get("/v1/analytics/licenses/usage", token);
    assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
    assert!(head.contains("\r\nRetry-After: 3\r\n"), "{head}");

    let (_, seen) = control(&demo, "GET", "requests", "");
    assert_eq!(seen["requests"][0]["status"], 200, "the demo's own");
    assert_eq!(seen["requests"][1]["fault"], "503;retry-after=3");

    let (status, _) = control(&demo, "PUT", "faults", r#"{"plan":"none"}"#);
    assert_eq!(status, 200);
    let (head, _) = demo.get("/v1/analytics/licenses/usage", token);
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");

    let recipe = r#"{"seed":7,"customers":31,"days":31}"#;
    let (status, loaded) = control(&demo, "POST", "portfolio", recipe);
    assert_eq!(status, 200, "{loaded}");
    assert!(
        loaded["receipt"]["deliveriesNew"].as_u64().unwrap() > 1000,
        "{loaded}"
    );
    let (_, undone) = control(&demo, "POST", "reset", "");
    assert_eq!(undone["forgotten"][0], loaded["partner"]);
    // The demo's partner has seed 1.
    let (status, _) = control(&demo, "POST", "portfolio", r#"{"seed":1}"#);
    assert_eq!(status, 409);
}

#[test]
fn what_the_emulator_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    seatwise_store::Store::create(&data).unwrap();
    let serve = |options: &[&str]| {
        let args = [
            "serve",
            "--data-dir",
            data.to_str().unwrap(),
            "--dev-identity",
        ];
        let ended = run([&args[..], options].concat());
        format!("$ {}\n{}", options.join(" "), ended.stderr)
    };
    let outputs = [
        serve(&["--fault", "429=5%"]),
        serve(&["--limits", "none"]),
        serve(&["--emulator", "--fault", "429=5"]),
        serve(&["--emulator", "--behind-proxy"]),
        run([
            "demo",
            "--listen",
            "0.0.0.0:0",
            "--customers",
            "1",
            "--days",
            "1",
        ])
        .stderr,
    ];
    insta::assert_snapshot!(outputs.join("\n"), @"
    $ --fault 429=5%
    error: the following required arguments were not provided:
      --emulator

    Usage: seatwise serve [OPTIONS] --data-dir <DIR|URL>

    For more information, try '--help'.

    $ --limits none
    error: the following required arguments were not provided:
      --emulator

    Usage: seatwise serve [OPTIONS] --data-dir <DIR|URL>

    For more information, try '--help'.

    $ --emulator --fault 429=5
    error: invalid value '429=5' for '--fault <PLAN>': `5` at character 5 is not a share: write a percentage above 0 and up to 100, such as `5%`

    For more information, try '--help'.

    $ --emulator --behind-proxy
    error: the argument '--emulator' cannot be used with '--behind-proxy'

    Usage: seatwise serve [OPTIONS] --data-dir <DIR|URL>

    For more information, try '--help'.

    error: the development identity is for this computer only and cannot listen on `0.0.0.0:0`; use a loopback address such as `127.0.0.1:0`
    ");
}

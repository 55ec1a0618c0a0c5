//! `seatwise serve`: the folders that it creates, its hints, and its log.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::process::{PARTNER, Running, USAGE_HEADER, import, run, run_with, seatwise, token};

fn row() -> String {
    format!(
        "{USAGE_HEADER}\n2026-10-01,EXO,Exchange,o365,,reseller,\
         5ea70002-7c4d-4e8b-8a35-1b9d2f4e6c22,Lumenmoor,p1,E3,1,2\n"
    )
}

fn serve(data: &Path, options: &[&str]) -> (Option<i32>, String) {
    let data = data.to_str().unwrap();
    let args = [
        "serve",
        "--dev-identity",
        "--listen",
        "127.0.0.1:0",
        "--data-dir",
        data,
    ];
    let ended = run([&args[..], options].concat());
    (ended.code, ended.stderr)
}

fn usage(server: &Running, data: &Path) -> String {
    let (_, body) = server.get("/v1/analytics/licenses/usage", &token(data));
    String::from_utf8(body).unwrap()
}

#[test]
fn a_server_without_a_folder_says_what_to_do_and_that_works() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (code, stderr) = serve(&data, &[]);
    assert_eq!(code, Some(8), "{stderr}");
    assert!(
        stderr.contains("hint: import something into it first"),
        "{stderr}"
    );
    let file = folder.path().join("usage.csv");
    fs::write(&file, row()).unwrap();
    import(&data, &[&file]).expect_success();
    let server = Running::serve(&data);
    assert!(usage(&server, &data).contains("Exchange"));
}

#[test]
fn a_server_that_watches_a_folder_makes_what_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    let (data, inbox) = (folder.path().join("data"), folder.path().join("in/box"));
    let options = [
        "--dev-identity",
        "--import-partner",
        PARTNER,
        "--import-every",
        "1ms",
    ];
    let from = ["--import-from", inbox.to_str().unwrap()];
    let server = Running::serve_with(&data, &[&options[..], &from].concat());
    fs::write(inbox.join("usage.csv.part"), row()).unwrap();
    fs::rename(inbox.join("usage.csv.part"), inbox.join("usage.csv")).unwrap();
    while !usage(&server, &data).contains("Exchange") {
        std::thread::yield_now();
    }
    drop(server);

    let inside = data.join("inbox");
    let (code, stderr) = serve(&data, &["--import-from", inside.to_str().unwrap()]);
    assert_eq!(code, Some(2), "{stderr}");
    assert!(
        stderr.contains("hint: give a folder outside of the data folder"),
        "{stderr}"
    );
}

/// Sends a request, and reads the response to its end.
fn ask(address: &str, path: &str) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    std::io::copy(&mut stream, &mut std::io::sink()).unwrap();
}

#[cfg(unix)]
#[test]
fn the_log_begins_with_the_version_and_ends_with_the_end_and_has_no_probes() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    seatwise_store::Store::create(&data).unwrap();
    let mut command = seatwise();
    command.args([
        "serve",
        "--log",
        "json",
        "--listen",
        "127.0.0.1:0",
        "--dev-identity",
    ]);
    command.arg("--data-dir").arg(&data).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let log = BufReader::new(child.stderr.take().unwrap());
    let mut lines = log.lines().map(|line| {
        let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
        line
    });
    let first = lines.next().unwrap();
    assert_eq!(first["fields"]["message"], "seatwise starts");
    assert_eq!(first["fields"]["version"], env!("CARGO_PKG_VERSION"));
    let address = first["fields"]["address"].as_str().unwrap().to_owned();
    assert!(lines.any(|line| line["fields"]["message"] == "listening"));
    for path in ["/healthz", "/readyz", "/metrics", "/v1/customers"] {
        ask(&address, path);
    }
    let pid = child.id().to_string();
    Command::new("kill").args(["-TERM", &pid]).status().unwrap();
    let rest: Vec<Value> = lines.collect();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(rest.last().unwrap()["fields"]["message"], "seatwise ends");
    let requests = rest.iter().filter(|line| line["span"]["name"] == "request");
    let routes: Vec<&Value> = requests.map(|line| &line["span"]["route"]).collect();
    assert_eq!(routes, ["/v1/customers"]);
}

/// A proxy without connections, and the hosts that were requested from it.
fn proxy() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    std::thread::spawn({
        let asked = Arc::clone(&asked);
        move || {
            for connection in listener.incoming() {
                let mut connection = connection.unwrap();
                let mut line = String::new();
                BufReader::new(&connection).read_line(&mut line).unwrap();
                asked.lock().unwrap().push(line.trim_end().to_owned());
                connection
                    .write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
                    .ok();
            }
        }
    });
    (url, asked)
}

#[test]
fn a_server_by_the_profile_that_init_wrote_takes_the_partner_s_v1_tokens_for_entra_s() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    seatwise_store::Store::create(&data).unwrap();
    let init = ["init", "--profile", "contoso", "--partner", PARTNER];
    let home_of_settings = [("XDG_CONFIG_HOME", home.path().to_str().unwrap())];
    run_with(init, &home_of_settings).expect_success();
    let (proxy, asked) = proxy();
    let config = home.path().join("seatwise/seatwise.toml");
    let options = ["--config", config.to_str().unwrap(), "--profile", "contoso"];
    let environment = [("HTTPS_PROXY", proxy.as_str()), ("NO_PROXY", "")];
    let server = Running::serve_in(&data, &options, &environment);

    // Tokens in the form of Entra's v1.0, for the configured partner and another one. Their key is
    // not Entra's, so the server requests Entra's keys, which it cannot reach here.
    let issued = |partner: &str| {
        let args = ["token", "--partner", partner, "--data-dir"];
        let token = run([&args[..], &[data.to_str().unwrap()]].concat());
        token.expect_success().trim().to_owned()
    };
    let status = |token: &str| {
        let (head, _) = server.get("/v1/analytics/licenses/usage", token);
        head.split(' ').nth(1).unwrap().to_owned()
    };
    assert_eq!(
        status(&issued("7d0a5c0e-3a4b-4c1d-9e2f-0123456789ab")),
        "401"
    );
    assert_eq!(*asked.lock().unwrap(), [""; 0]);
    assert_eq!(status(&issued(PARTNER)), "503");
    assert_eq!(
        *asked.lock().unwrap(),
        ["CONNECT sts.windows.net:443 HTTP/1.1"]
    );
}

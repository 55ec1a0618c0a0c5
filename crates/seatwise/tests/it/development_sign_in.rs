//! The sign-in options of `seatwise serve`.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use serde_json::{Value, json};

use crate::process::{PARTNER, Running, USAGE_HEADER, import, token};

const USAGE: &str = "/v1/analytics/licenses/usage";

fn data(folder: &std::path::Path) -> std::path::PathBuf {
    let (data, file) = (folder.join("data"), folder.join("usage.csv"));
    let row =
        "2026-10-21,EXO,Exchange,o365,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,A,,E3,1,2";
    std::fs::write(&file, format!("{USAGE_HEADER}\n{row}\n")).unwrap();
    import(&data, &[&file]).expect_success();
    data
}

/// The status line of the response.
fn status(server: &Running, token: &str) -> String {
    let (head, _) = server.get(USAGE, token);
    head.lines().next().unwrap().to_owned()
}

/// Requests a token from the provider, like `curl`.
fn provided(server: &Running, resource: &str, partner: &str) -> Value {
    let form = format!(
        "grant_type=client_credentials&client_id={PARTNER}&client_secret=x&resource={resource}"
    );
    let mut stream = TcpStream::connect(&server.address).unwrap();
    write!(
        stream,
        "POST /dev/identity/{partner}/oauth2/token HTTP/1.1\r\nHost: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{form}",
        server.address,
        form.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[test]
fn the_development_identity_gives_tokens_out() {
    let folder = tempfile::tempdir().unwrap();
    let data = data(folder.path());
    let server = Running::serve(&data);
    let resource = "https%3A%2F%2Fapi.partnercenter.microsoft.com";
    let answer = provided(&server, resource, PARTNER);
    let given = answer["access_token"].as_str().unwrap();
    assert_eq!(status(&server, given), "HTTP/1.1 403 Forbidden");
    assert_eq!(status(&server, &token(&data)), "HTTP/1.1 200 OK");
    let answer = provided(&server, resource, "common");
    assert_eq!(answer["error_codes"], json!([90002]));
}

#[test]
fn with_another_audience_the_usual_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = data(folder.path());
    let options = [
        "--dev-identity",
        "--audience",
        "https://own.example",
        "--mfa",
        "off",
    ];
    let server = Running::serve_with(&data, &options);
    assert_eq!(status(&server, &token(&data)), "HTTP/1.1 401 Unauthorized");
    let answer = provided(&server, "https%3A%2F%2Fown.example", PARTNER);
    let given = answer["access_token"].as_str().unwrap();
    assert_eq!(status(&server, given), "HTTP/1.1 403 Forbidden");
}

#[test]
fn with_an_issuer_tokens_of_the_folder_open_nothing_and_no_issuer_is_asked_about_them() {
    let folder = tempfile::tempdir().unwrap();
    let data = data(folder.path());
    let issuer = TcpListener::bind("127.0.0.1:0").unwrap();
    issuer.set_nonblocking(true).unwrap();
    let name = format!("http://{}/{{tid}}/", issuer.local_addr().unwrap());
    let options = ["--issuer", &name, "--tenant", PARTNER];
    let server = Running::serve_with(&data, &options);
    assert_eq!(status(&server, &token(&data)), "HTTP/1.1 401 Unauthorized");
    let connection = issuer.accept().unwrap_err();
    assert_eq!(connection.kind(), std::io::ErrorKind::WouldBlock);
}

//! Sign-in to the pages of `seatwise serve`: options, session key, and `seatwise guests`.

use std::collections::HashMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use crate::process::{Ended, PARTNER, Running, USAGE_HEADER, import, run, run_with};

const CUSTOMER: &str = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";

fn data(folder: &Path) -> PathBuf {
    let (data, file) = (folder.join("data"), folder.join("usage.csv"));
    let row = format!("2026-10-21,EXO,Exchange,o365,,reseller,{CUSTOMER},Northwind,,E3,1,2");
    fs::write(&file, format!("{USAGE_HEADER}\n{row}\n")).unwrap();
    import(&data, &[&file]).expect_success();
    data
}

/// The response to a browser: status, headers and body.
pub(crate) struct Page {
    pub(crate) status: u16,
    headers: HashMap<String, Vec<String>>,
    pub(crate) body: String,
}

impl Page {
    pub(crate) fn location(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.body);
        &self.headers["location"][0]
    }

    fn cookie(&self) -> &str {
        self.headers["set-cookie"][0].split(';').next().unwrap()
    }
}

pub(crate) fn get(server: &Running, path: &str, cookie: &str) -> Page {
    send(server, "GET", path, cookie)
}

/// Sends an empty form, as a browser does from a page of the server.
pub(crate) fn send_form(server: &Running, path: &str, cookie: &str) -> Page {
    send(server, "POST", path, cookie)
}

fn send(server: &Running, method: &str, path: &str, cookie: &str) -> Page {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    let host = &server.address;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n\
         Sec-Fetch-Site: same-origin\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    let mut headers: HashMap<String, Vec<String>> = HashMap::new();
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        headers
            .entry(name.to_lowercase())
            .or_default()
            .push(value.to_owned());
    }
    Page {
        status: status.parse().unwrap(),
        headers,
        body: body.to_owned(),
    }
}

/// Signs in with the development identity, like a browser. Returns the session cookie.
pub(crate) fn sign_in(server: &Running) -> String {
    let begun = get(server, "/sign-in?to=/customers", "");
    let url = server.url();
    let provider = begun.location().strip_prefix(&url).unwrap().to_owned();
    let page = get(server, &provider, "");
    let values = |name: &str| {
        let value = page.body.split(&format!("name=\"{name}\" value=\"")).nth(1);
        value.unwrap().split('"').next().unwrap().to_owned()
    };
    let (code, state) = (values("code"), values("state"));
    let path = format!("/sign-in/callback?code={code}&state={state}");
    let back = get(server, &path, begun.cookie());
    assert_eq!(back.location(), "/customers");
    back.cookie().to_owned()
}

#[test]
fn a_session_outlives_a_restart_and_not_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let data = data(folder.path());
    let server = Running::serve(&data);
    assert_eq!(get(&server, "/", "").status, 401);
    let cookie = sign_in(&server);
    assert!(
        get(&server, "/customers", &cookie)
            .body
            .contains("Northwind")
    );
    drop(server);

    let server = Running::serve(&data);
    assert_eq!(get(&server, "/customers", &cookie).status, 200);
    drop(server);
    // Another server over the same folder signs in other people.
    let server = Running::serve_with(&data, &["--dev-identity", "--emulator"]);
    assert_eq!(get(&server, "/customers", &cookie).status, 401);
    drop(server);
    let key = data.join("session-key");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(
            fs::metadata(&key).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    // It opens the pages of this server only.
    let copy = folder.path().join("copy");
    let copied = [
        "backup",
        "--data-dir",
        data.to_str().unwrap(),
        copy.to_str().unwrap(),
    ];
    run(copied).expect_success();
    assert!(!copy.join("session-key").exists());
    fs::remove_file(&key).unwrap();
    let server = Running::serve(&data);
    assert_eq!(get(&server, "/customers", &cookie).status, 401);
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let data = data(folder.path());
    let key = data.join("session-key");
    fs::write(&key, "x").unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let ended = serve(&data, &["--dev-identity"]);
    assert_eq!(ended.code, Some(8));
    let said = ended
        .stderr
        .lines()
        .find(|line| line.starts_with("error"))
        .unwrap();
    let said = said.replace(folder.path().to_str().unwrap(), "DIR");
    insta::assert_snapshot!(said, @"error: cannot use the key of sessions: `DIR/data/session-key`: it is open to other users (mode 0644); remove it to get a new key, which ends all sessions, or close it with `chmod 600` if no other user read it");
}

fn serve(data: &Path, options: &[&str]) -> Ended {
    let data = data.to_str().unwrap();
    let args = ["serve", "--listen", "127.0.0.1:0", "--data-dir", data];
    run([&args[..], options].concat())
}

#[test]
fn options_of_sign_in_that_do_not_go_together_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = data(folder.path());
    let v2 = "https://login.microsoftonline.com/{tid}/v2.0";
    let v1 = "https://sts.windows.net/{tid}/";
    let empty = folder.path().join("empty");
    seatwise_client::SecretFile::new(&empty)
        .write(&" ".into())
        .unwrap();
    let good = [
        "--issuer",
        v1,
        "--tenant",
        PARTNER,
        "--sign-in-client-id",
        "app",
        "--public-url",
        "https://seatwise.example",
    ];
    for (options, code, said) in [
        (
            vec!["--dev-identity", "--sign-in-issuer", v2],
            2,
            "--sign-in-client-id <ID>",
        ),
        (
            [&good[..], &["--sign-in-issuer", v1]].concat(),
            2,
            "hint: name the issuer of v2.0 tokens with --sign-in-issuer",
        ),
        (
            [
                &good[..],
                &[
                    "--sign-in-issuer",
                    v2,
                    "--sign-in-client-secret-file",
                    empty.to_str().unwrap(),
                ],
            ]
            .concat(),
            2,
            "hint: write the secret of the application into it",
        ),
        (
            vec!["--dev-identity", "--public-url", "http://seatwise.example"],
            2,
            "an `https` address is expected",
        ),
        (
            vec!["--dev-identity", "--session-life", "31d"],
            2,
            "at most 30d is expected",
        ),
        (
            vec!["--dev-identity", "--operator-role", "Op"],
            2,
            "--sign-in-issuer <URL>",
        ),
    ] {
        let ended = serve(&data, &options);
        assert_eq!(ended.code, Some(code), "{options:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(said), "{said}: {}", ended.stderr);
    }
}

fn guests(data: &Path, args: &[&str]) -> Ended {
    let environment = [
        ("SEATWISE_DATA_DIR", data.to_str().unwrap()),
        ("SEATWISE_PARTNER", PARTNER),
    ];
    run_with([&["guests"], args].concat(), &environment)
}

#[test]
fn links_for_guests_are_made_listed_and_revoked_beside_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let data = data(folder.path());
    assert_eq!(guests(&data, &["list"]).stderr, "there are no links\n");
    let server = Running::serve(&data);
    let url = server.url();
    let made = guests(
        &data,
        &[
            "make",
            "--customer",
            CUSTOMER,
            "--for",
            "Dana",
            "--expires-in",
            "7d",
            "--public-url",
            &url,
        ],
    );
    let address = made.expect_success();
    let path = address.trim().strip_prefix(&url).unwrap();
    let opened = get(&server, path, "");
    let page = format!("/customers/{CUSTOMER}");
    assert_eq!(opened.location(), page);
    let cookie = opened.cookie();
    assert!(get(&server, &page, cookie).body.contains("Northwind"));
    assert_eq!(get(&server, "/customers", cookie).status, 403);

    let table = guests(&data, &["list"]).expect_success();
    assert!(table.contains("Dana") && table.contains("open") && table.contains(CUSTOMER));
    let listed = guests(&data, &["list", "--output", "json"]).expect_success();
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let id = listed[0]["id"].as_str().unwrap();
    assert_eq!(listed[0]["open"], true);
    assert!(listed[0].get("address").is_none());
    assert_eq!(
        guests(&data, &["revoke", id]).stderr,
        format!("link {id} is revoked\n")
    );
    assert_eq!(get(&server, &page, cookie).status, 401);
    assert_eq!(get(&server, path, "").status, 401);
    assert!(
        guests(&data, &["list"])
            .expect_success()
            .contains("revoked")
    );

    let unknown = guests(&data, &["revoke", "0123456789abcdef"]);
    assert_eq!(unknown.code, Some(4), "{}", unknown.stderr);
    let unknown = guests(&data, &["make", "--customer", PARTNER]);
    assert_eq!(unknown.code, Some(4), "{}", unknown.stderr);
    assert!(
        unknown.stderr.contains("no customer 2ca2ea4e"),
        "{}",
        unknown.stderr
    );
    for (args, said) in [
        (
            vec!["make", "--customer", CUSTOMER, "--expires-in", "367d"],
            "at most 366d",
        ),
        (vec!["revoke", "x"], "16 hexadecimal digits"),
    ] {
        let refused = guests(&data, &args);
        assert_eq!(refused.code, Some(2));
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
    }
    let long = "x".repeat(101);
    let refused = guests(&data, &["make", "--customer", CUSTOMER, "--for", &long]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused
            .stderr
            .contains("its note has more than 100 letters")
    );
}

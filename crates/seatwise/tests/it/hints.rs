//! Errors that newcomers meet: each says what is wrong, and its hint leads out.

use std::net::TcpListener;
use std::path::Path;

use crate::process::{Fake, PARTNER, Running, USAGE_HEADER, import, run, run_with, token};

const ROW: &str =
    "2026-10-21,EXO,Exchange,o365,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,A,,E3,1,2";

/// A folder with one delivery of one row.
fn stored(data: &Path) {
    let file = data.with_extension("csv");
    std::fs::write(&file, format!("{USAGE_HEADER}\n{ROW}\n")).unwrap();
    import(data, &[&file]).expect_success();
}

#[test]
fn what_is_mistyped_is_named_with_the_right_form() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (data, foreign, file) = (path("data"), path("foreign"), path("data.csv"));
    stored(Path::new(&data));
    std::fs::create_dir(&foreign).unwrap();
    std::fs::write(path("foreign/notes.txt"), "x").unwrap();
    let of_data = |args: &[&str]| {
        let args = [args, &["--data-dir", &data]].concat();
        args.into_iter().map(str::to_owned).collect()
    };
    let mut cases: Vec<Vec<String>> = vec![
        of_data(&["serve", "--dev-identity", "--listen", "8081"]),
        of_data(&["serve", "--dev-identity", "--listen", "localhost:8081"]),
        of_data(&["repair", "--today", "tomorrow"]),
        of_data(&["forget", "--partner", PARTNER, "--before", "october"]),
        of_data(&["export", "--to", &file]),
        of_data(&["serve", "--dev-identity", "--ready-file", &path("no/file")]),
    ];
    for args in [
        vec!["demo", "--once", "--last-day", "soon"],
        vec!["usage", "--token", "t", "--url", "127.0.0.1:8080"],
        vec!["collect", "--from", "localhost:8080", "--data-dir", &data],
        vec!["restore", &path("nowhere"), "--data-dir", &path("new")],
        vec!["restore", &foreign, "--data-dir", &path("new")],
        vec!["status", "--data-dir", &foreign],
        vec!["verify", "--data-dir", &foreign],
        vec!["serve", "--dev-identity", "--data-dir", &foreign],
        vec!["import", "--partner", PARTNER, "--data-dir", &file, &file],
        vec!["backup", &path("copy")],
    ] {
        cases.push(args.into_iter().map(str::to_owned).collect());
    }
    let mut shown = String::new();
    for args in cases {
        let ended = run(&args);
        assert_ne!(ended.code, Some(0), "{args:?}");
        let command = format!("$ seatwise {}\n", args.join(" "));
        let command = command.replace(folder.path().to_str().unwrap(), "DIR");
        shown += &format!("{command}{}\n", ended.shown(folder.path()));
    }
    insta::assert_snapshot!(shown);
    assert!(!Path::new(&path("new")).exists(), "nothing was made");
}

#[test]
fn a_file_that_holds_no_rows_is_named_by_what_it_looks_like() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let file = folder.path().join("file");
    let csv = format!("{USAGE_HEADER}\n{ROW}\n");
    let kinds: [(&[u8], &str); 8] = [
        (b"# Seatwise\n\nOne binary.\n", "auto"),
        (b"\x7fELF\x02\x01\x01\0\0\0", "auto"),
        (b"<!DOCTYPE html>\n<html></html>\n", "auto"),
        (b"%PDF-1.7\n1 0 obj\n", "auto"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "auto"),
        (b"name\0value\n", "auto"),
        (b"PAR1\x15\x04", "csv"),
        (csv.as_bytes(), "parquet"),
    ];
    let mut shown = String::new();
    for (content, format) in kinds {
        std::fs::write(&file, content).unwrap();
        let args = ["import", "--partner", PARTNER, "--format", format];
        let paths = ["--data-dir", data.to_str().unwrap(), file.to_str().unwrap()];
        let ended = run([&args[..], &paths].concat());
        assert_eq!(ended.code, Some(7), "{}", ended.stdout);
        shown += &ended.stderr.replace(folder.path().to_str().unwrap(), "DIR");
    }
    insta::assert_snapshot!(shown);

    // A header without rows is valid; a note says that nothing was stored.
    std::fs::write(&file, format!("{USAGE_HEADER}\n")).unwrap();
    let nothing = import(&data, &[&file]);
    assert_eq!(nothing.code, Some(0));
    let note = "note: no file has a row below its header, so nothing was stored\n";
    assert_eq!(nothing.stderr, note);
}

#[test]
fn a_demo_that_cannot_be_is_refused_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");
    let late = ["demo", "--last-day", "2999-01-01", "--data-dir"];
    let late = run([&late[..], &[data.to_str().unwrap()]].concat());
    assert_eq!(late.code, Some(2));
    let message = "error: --last-day 2999-01-01 is later than tomorrow, ";
    assert!(late.stderr.starts_with(message), "{}", late.stderr);
    assert!(!data.exists());

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let taken = run(["demo", "--listen", &address]);
    assert_eq!(taken.code, Some(6));
    let message = format!("error: cannot listen on `{address}`\n");
    assert!(taken.stderr.starts_with(&message), "{}", taken.stderr);
}

#[test]
fn the_usage_that_an_error_shows_asks_for_nothing_that_the_environment_has() {
    let environment = [
        ("SEATWISE_URL", "http://127.0.0.1:1"),
        ("SEATWISE_TOKEN", "t"),
    ];
    let ended = run_with(["explain"], &environment);
    insta::assert_snapshot!(ended.stderr, @"
    error: the following required arguments were not provided:
      --service <CODE>
      --channel <TEXT>

    Usage: seatwise explain [OPTIONS] --service <CODE> --channel <TEXT>

    For more information, try '--help'.
    ");
}

#[test]
fn hints_name_the_option_that_the_command_has() {
    let unreachable = "http://127.0.0.1:1";
    for (command, option) in [("usage", "--url"), ("doctor", "--from")] {
        let ended = run([command, option, unreachable, "--token", "t"]);
        assert_eq!(ended.code, Some(6), "{}", ended.stderr);
        let hint = format!("hint: check {option} (or SEATWISE_URL), its scheme (http or https)");
        assert!(ended.stderr.contains(&hint), "{}", ended.stderr);
    }
}

#[test]
fn a_fault_of_the_server_says_where_to_look() {
    let body = r#"{"code":800003,"description":"the service fails"}"#;
    let service = Fake::start([(500, body); 10]);
    let ended = run(["doctor", "--from", &service.url, "--token", "t"]);
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    let hint = "hint: try again later; if it is a Seatwise server, look at its log, and check its data \
                folder with `seatwise verify`\n";
    assert!(ended.stderr.ends_with(hint), "{}", ended.stderr);
}

#[test]
fn what_was_never_delivered_cannot_be_explained_and_coverage_shows_what_was() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    stored(&data);
    let server = Running::serve(&data);
    let (url, token) = (server.url(), token(&data));
    let environment = [
        ("SEATWISE_URL", url.as_str()),
        ("SEATWISE_TOKEN", token.as_str()),
    ];
    let explain = |service| {
        let args = ["explain", "--channel", "reseller", "--service", service];
        run_with(args, &environment)
    };
    let wrong = explain("office");
    insta::assert_snapshot!(wrong.stderr, @"
    error: status 404, code `1000`: nothing was delivered of this service, channel and customer
    hint: `seatwise coverage` lists the services and channels; both commands need a Seatwise server, so check --url
    ");
    // Follow the hint.
    let coverage = run_with(["coverage"], &environment).expect_success();
    assert!(coverage.contains("o365     reseller"), "{coverage}");
    explain("o365").expect_success();
}

#[test]
fn the_doctor_of_a_server_with_a_set_clock_asks_for_a_token_by_that_clock() {
    let small = ["--customers", "2", "--days", "2", "--listen", "127.0.0.1:0"];
    let now = ["--now", "2031-02-03T04:05:06Z"];
    let (demo, printed) = Running::demo(&[&small[..], &now].concat());
    let token = &Running::token(&printed);
    let ended = run(["doctor", "--from", &demo.url(), "--token", token]);
    let hint = "hint: the emulator's clock was set with --now or PUT /emulator/clock: get tokens from \
                POST /emulator/token, which uses that clock\n";
    assert!(ended.stderr.ends_with(hint), "{}", ended.stderr);
}

//! The samples of docs/clients run as written, if their programs are installed.

use std::path::Path;
use std::process::Command;

use crate::documents::{blocks, document};
use crate::process::{Running, import, token};

/// Runs the first block of a page with a program, against a server with the examples, and compares
/// the output with that on the page. Returns false if the program is not installed.
fn run_sample(page: &str, language: &str, program: &str, file: &str) -> bool {
    if Command::new(program).arg("--version").output().is_err() {
        return false;
    }
    let text = document(page);
    let folder = tempfile::tempdir().unwrap();
    let sample = folder.path().join(file);
    std::fs::write(&sample, blocks(&text, language)[0]).unwrap();
    let data = folder.path().join("data");
    let usage = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/usage.csv");
    import(&data, &[Path::new(usage)]).expect_success();
    let server = Running::serve(&data);
    let run = |token: &str| {
        let mut command = Command::new(program);
        command.arg(&sample).env("SEATWISE_TOKEN", token);
        // Requests to this computer must not use a proxy.
        command
            .env("SEATWISE_URL", server.url())
            .env("NO_PROXY", "127.0.0.1");
        command.output().unwrap()
    };
    let output = run(&token(&data));
    let printed = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(printed, blocks(&text, "text")[0], "{page}: {errors}");

    let refused = run("no token");
    assert_ne!(refused.status.code(), Some(0), "{page}");
    let errors = String::from_utf8(refused.stderr).unwrap();
    assert!(errors.contains("401"), "{page}: {errors}");
    true
}

#[test]
fn the_sample_for_python_prints_what_the_page_shows() {
    if !run_sample("docs/clients/python.md", "python", "python3", "usage.py") {
        eprintln!("python3 is not installed: the sample was not run");
    }
}

#[test]
fn the_sample_for_node_prints_what_the_page_shows() {
    if !run_sample("docs/clients/node.md", "js", "node", "usage.mjs") {
        eprintln!("node is not installed: the sample was not run");
    }
}

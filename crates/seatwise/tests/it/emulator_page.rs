//! The commands of docs/emulator.md run in order, and print what it shows.

use std::process::Command;

use crate::documents::document;
use crate::process::Running;
use crate::readme::{Shell, steps};

/// The parts that an output must contain, in order: without instants, the version of curl, and what
/// the page replaces with `…`.
fn pieces(shown: &str) -> Vec<String> {
    let mut text = String::new();
    for line in shown.lines() {
        match line {
            _ if line.starts_with("Date: ") => text.push('…'),
            _ => text.push_str(line),
        }
    }
    let text = text.replace("curl/7.88.1", "curl/…");
    let mut without_instants = String::new();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let length = instant(rest).unwrap_or(0);
        match length {
            0 => without_instants.push(first),
            _ => without_instants.push('…'),
        }
        rest = &rest[length.max(first.len_utf8())..];
    }
    without_instants.split('…').map(str::to_owned).collect()
}

/// The length of an instant at the start of a text, such as `2026-11-22T16:03:30.77Z`.
fn instant(text: &str) -> Option<usize> {
    let shape = b"0000-00-00T00:00:00";
    let start = text.as_bytes().get(..shape.len())?;
    let is_like = |(byte, like): (&u8, &u8)| match like {
        b'0' => byte.is_ascii_digit(),
        _ => byte == like,
    };
    start.iter().zip(shape).all(is_like).then_some(())?;
    text.find('Z').map(|end| end + 1)
}

#[test]
fn the_commands_of_the_page_print_what_it_shows() {
    if Command::new("curl").arg("--version").output().is_err() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let shell = Shell { home: home.path() };
    // Otherwise curl would print its progress.
    std::fs::write(home.path().join(".curlrc"), "silent\nshow-error\n").unwrap();
    let (demo, printed) = Running::demo(&["--listen", "127.0.0.1:0"]);
    let token = &Running::token(&printed);
    shell.run(&[format!("export TOKEN={token}")]);
    let mut compared = 0;
    for step in steps(&document("docs/emulator.md"), &["text", "json"]) {
        let is_run = |line: &String| line.starts_with("curl ") && !line.contains("$(jq");
        if !step.commands.iter().all(is_run) {
            continue;
        }
        let here = |text: &str| text.replace("127.0.0.1:8080", &demo.address);
        let commands: Vec<_> = step.commands.iter().map(|line| here(line)).collect();
        let printed = shell.run(&commands).replace(['\n', '\r'], "");
        let mut rest = printed.as_str();
        for piece in pieces(&here(step.shown.unwrap())) {
            let Some(place) = rest.find(&piece) else {
                panic!("{commands:#?} printed\n{printed}\nwhich lacks\n{piece}");
            };
            rest = &rest[place + piece.len()..];
        }
        compared += 1;
    }
    assert!(compared >= 6, "only {compared} blocks were found");
}

//! Man pages.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::process::run;

/// The names of the commands in a help text.
fn commands_in(help: &str) -> Vec<String> {
    // They come before the options, in one or several groups.
    let listed = help
        .lines()
        .take_while(|line| !["Arguments:", "Options:"].contains(line));
    // A line with more than two blanks continues the description above.
    let names = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.map(|line| line.split_whitespace().next().unwrap().to_owned());
    names.filter(|name| name != "help").collect()
}

/// These words, and all commands below them.
fn all_below(words: &[String], found: &mut Vec<Vec<String>>) {
    found.push(words.to_vec());
    let help = run(words.iter().map(String::as_str).chain(["--help"])).expect_success();
    for name in commands_in(&help) {
        all_below(&[words, &[name]].concat(), found);
    }
}

fn file_names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

#[test]
fn every_command_has_a_man_page_that_names_its_options() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("share/man/man1");
    run(["man".as_ref(), "--to".as_ref(), pages.as_os_str()]).expect_success();

    let mut commands = Vec::new();
    all_below(&[], &mut commands);
    assert!(commands.len() > 25, "{commands:?}");
    let page_of = |words: &Vec<String>| {
        let name = [&["seatwise".to_owned()], words.as_slice()].concat();
        format!("{}.1", name.join("-"))
    };
    let expected: BTreeSet<_> = commands.iter().map(page_of).collect();
    assert_eq!(file_names(&pages), expected);

    let page = |name: &str| fs::read_to_string(pages.join(name)).unwrap();
    // Roff has a backslash before each hyphen.
    let serve = page("seatwise-serve.1");
    assert!(serve.contains(r"\-\-forget\-after"), "{serve}");
    assert!(serve.contains("SEATWISE_DATA_DIR"), "{serve}");
    assert!(serve.contains(concat!("seatwise ", env!("CARGO_PKG_VERSION"))));
    assert!(page("seatwise.1").contains("Exit codes:"));
}

#[test]
fn man_pages_that_cannot_be_written_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let ended = run(["man".as_ref(), "--to".as_ref(), file.as_os_str()]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("cannot create"), "{}", ended.stderr);
    assert!(ended.stderr.contains("file"), "{}", ended.stderr);
}

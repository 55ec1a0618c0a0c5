//! The output in the documents is that of the program.

use crate::process::{PARTNER, Running, import, run, run_with, token};

pub(crate) fn document(path: &str) -> String {
    let path = format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|err| panic!("{path}: {err}"))
}

/// The fenced blocks of a language, in order.
pub(crate) fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("\n```{language}\n");
    text.split(&fence)
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

#[test]
fn the_worked_example_of_the_semantics() {
    let text = document("docs/semantics.md");
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let files = blocks(&text, "csv");
    assert_eq!(files.len(), 3);
    for (number, content) in files.iter().enumerate() {
        let file = folder.path().join(format!("{number}.csv"));
        std::fs::write(&file, content).unwrap();
        import(&data, &[&file]).expect_success();
    }
    let server = Running::serve(&data);
    let url = server.url();
    let asked = |command: &str| {
        let words = command.split_whitespace().skip(1);
        let args: Vec<&str> = words.chain(["--url", &url]).collect();
        run_with(args, &[("SEATWISE_TOKEN", &token(&data))]).expect_success()
    };
    let shown = blocks(&text, "text");
    assert_eq!(asked("seatwise usage"), shown[0]);
    // Each other output belongs to the command before it.
    let commands = blocks(&text, "sh");
    assert_eq!(commands.len(), shown.len() - 1);
    for (command, shown) in commands.iter().zip(&shown[1..]) {
        assert_eq!(asked(command), *shown, "{command}");
    }
}

#[test]
fn the_example_of_idle_seats() {
    let text = document("docs/idle.md");
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for (number, content) in blocks(&text, "csv").iter().enumerate() {
        let file = folder.path().join(format!("{number}.csv"));
        std::fs::write(&file, content).unwrap();
        import(&data, &[&file]).expect_success();
    }
    let policies = [&blocks(&text, "policy")[..], &blocks(&text, "toml")];
    for (kind, contents) in [
        ("prices", blocks(&text, "prices")),
        // The example comes last, so that it stays in force.
        (
            "policy",
            policies.into_iter().flatten().copied().rev().collect(),
        ),
    ] {
        for content in contents {
            let file = folder.path().join(kind);
            std::fs::write(&file, content).unwrap();
            let (data, file) = (data.to_str().unwrap(), file.to_str().unwrap());
            let set = [
                "idle",
                kind,
                "set",
                file,
                "--data-dir",
                data,
                "--partner",
                PARTNER,
            ];
            run(set).expect_success();
        }
    }
    let server = Running::serve(&data);
    let (url, commands) = (server.url(), blocks(&text, "command"));
    assert_eq!(commands.len(), 2);
    for (command, shown) in commands.iter().zip(blocks(&text, "text")) {
        let words = command.split_whitespace().skip(1);
        let args: Vec<&str> = words.chain(["--url", &url]).collect();
        let printed = run_with(args, &[("SEATWISE_TOKEN", &token(&data))]).expect_success();
        // The instant of recording differs between runs.
        let printed = printed
            .lines()
            .map(|line| line.split(", recorded at").next().unwrap_or(line));
        let printed: Vec<&str> = printed.collect();
        assert_eq!(printed.join("\n") + "\n", shown, "{command}");
        assert!(printed.iter().all(|line| line.chars().count() <= 80));
    }
}

#[test]
fn the_exit_codes_on_the_page_of_commands_are_those_of_the_help() {
    let help = run(["--help"]).expect_success();
    let page = document("docs/cli.md");
    let codes: Vec<_> = help
        .split("Exit codes:\n")
        .nth(1)
        .unwrap()
        .lines()
        .collect();
    assert_eq!(codes.len(), 10);
    for line in codes {
        let (code, meaning) = line.trim().split_once("  ").unwrap();
        let row = format!("| {code} | {} |", meaning.trim());
        assert!(page.contains(&row), "docs/cli.md lacks `{row}`");
    }
}

#[test]
fn the_demo_prints_what_the_pages_show() {
    let demo = run(["demo", "--once"]);
    let printed = format!("{}{}", demo.stderr, demo.stdout);
    let page = document("docs/cli.md");
    assert!(
        page.contains(&printed),
        "docs/cli.md does not show\n{printed}"
    );

    // The README leaves lines out, and marks where.
    let readme = document("README.md");
    let shown = blocks(&readme, "text");
    let shown = shown
        .iter()
        .find(|it| it.starts_with("250 customers"))
        .unwrap();
    let mut lines = printed.lines();
    for line in shown.lines().filter(|line| *line != "…") {
        assert!(
            lines.any(|it| it == line),
            "the demo did not print `{line}`"
        );
    }
}

#[test]
fn the_page_of_commands_names_every_command_and_variable() {
    let page = document("docs/cli.md");
    let folder = tempfile::tempdir().unwrap();
    run(["man", "--to", folder.path().to_str().unwrap()]).expect_success();
    let mut manuals = 0;
    for manual in std::fs::read_dir(folder.path()).unwrap() {
        let manual = manual.unwrap();
        let name = manual.file_name().into_string().unwrap();
        // `seatwise.1`, `seatwise-query.1`, `seatwise-query-usage.1`.
        let command = name.trim_end_matches(".1").split('-').nth(1);
        if let Some(command) = command.filter(|it| *it != "help") {
            let shown = format!("`seatwise {command}");
            assert!(page.contains(&shown), "docs/cli.md lacks {shown}`");
        }
        let text = std::fs::read_to_string(manual.path()).unwrap();
        let words = text.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_');
        for variable in words.filter(|word| word.starts_with("SEATWISE_")) {
            let row = format!("| `{variable}` |");
            assert!(page.contains(&row), "docs/cli.md lacks `{row}`");
        }
        manuals += 1;
    }
    assert!(manuals > 30, "only {manuals} manuals were written");
}

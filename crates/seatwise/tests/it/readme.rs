//! The commands of the README, of docs/cli.md and of docs/import.md run in order, and print what
//! these pages show.

use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;

use crate::documents::document;
use crate::process::Running;

/// The pages in reading order, and the least number of commands that run.
const PAGES: [(&str, usize); 3] = [("README.md", 9), ("docs/cli.md", 20), ("docs/import.md", 6)];

/// Commands that are not run, by prefix, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("cargo ", "this test is one of them"),
    ("PATH=", "the test runs the binary that it was built with"),
    (
        "export SEATWISE_URL=http://127.0.0.1:8080 SEATWISE_TOKEN=$(cat FILE)",
        "the test has the token of its demo",
    ),
    ("seatwise serve", "the test starts it on a free port"),
    ("seatwise login", "it needs an account of Entra"),
    ("seatwise doctor", "it asks Partner Center"),
    ("seatwise collect", "it asks Partner Center"),
];

/// A fenced block of shell commands, and the output below it.
pub(crate) struct Step<'a> {
    pub(crate) commands: Vec<String>,
    pub(crate) shown: Option<&'a str>,
}

/// The blocks of commands in a document, with their output, which has one of these languages. Lines
/// that end in a backslash are joined.
pub(crate) fn steps<'a>(text: &'a str, output: &[&str]) -> Vec<Step<'a>> {
    let mut fences = text.split("```");
    let mut steps: Vec<Step<'a>> = Vec::new();
    fences.next();
    while let (Some(block), Some(_)) = (fences.next(), fences.next()) {
        let (language, content) = block.split_once('\n').unwrap();
        match language {
            "sh" => steps.push(Step {
                commands: content
                    .replace("\\\n", " ")
                    .lines()
                    .map(str::to_owned)
                    .collect(),
                shown: None,
            }),
            language if output.contains(&language) => {
                if let Some(step) = steps.last_mut() {
                    step.shown = Some(content);
                }
            }
            _ => {}
        }
    }
    steps
}

/// Output without parts that differ between runs.
fn steady(output: &str) -> String {
    let lines = output.lines().map(|line| match line.split_once(" in ") {
        Some((before, rest)) if rest.ends_with(" rows/s)") => format!("{before}\n"),
        _ => format!("{line}\n"),
    });
    lines.collect()
}

/// A user's shell: variables that one step sets remain for the next.
pub(crate) struct Shell<'a> {
    pub(crate) home: &'a Path,
}

impl Shell<'_> {
    pub(crate) fn run(&self, commands: &[String]) -> String {
        let script = format!(
            "set -e\n[ ! -f ~/environment ] || . ~/environment\n{}\nexport -p > ~/environment\n",
            commands.join("\n")
        );
        let binary = cargo_bin("seatwise");
        let path = std::env::join_paths(
            [
                binary.parent().unwrap(),
                Path::new("/usr/bin"),
                Path::new("/bin"),
            ]
            .iter(),
        );
        let mut shell = Command::new("sh");
        shell
            .env_clear()
            .env("HOME", self.home)
            .env("PATH", path.unwrap());
        // Standard error is mixed in, as on a terminal.
        let output = shell
            .arg("-c")
            .arg(format!("{{ {script} }} 2>&1"))
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{commands:#?}\n{printed}");
        printed
    }
}

/// A sample without output or rows teaches nothing.
fn assert_shows_something(command: &str, printed: &str) {
    const TABLES: [&str; 8] = [
        "usage",
        "deployment",
        "customers",
        "query",
        "history",
        "explain",
        "coverage",
        "changes",
    ];
    let mut words = command.split_whitespace();
    let least = match (words.next(), words.next()) {
        // A header and a row.
        (Some("seatwise"), Some(name)) if TABLES.contains(&name) => 2,
        (Some("seatwise" | "curl"), _) => 1,
        _ => 0,
    };
    let lines = printed.lines().count();
    assert!(lines >= least, "{command} printed only\n{printed}");
    // The source of every error of the server; curl succeeds with one.
    let refused = printed.contains("PartnerApiServiceControllers");
    assert!(!refused, "{command} was refused:\n{printed}");
}

/// The data folder that a command serves, below the user's home.
fn served(command: &str) -> Option<&str> {
    let folder = command.strip_prefix("seatwise serve --data-dir ~/")?;
    folder.strip_suffix(" --dev-identity")
}

#[test]
fn the_commands_of_the_pages_print_what_they_show() {
    let home = tempfile::tempdir().unwrap();
    let shell = Shell { home: home.path() };
    let has_curl = Command::new("curl").arg("--version").output().is_ok();

    let (mut server, printed) = Running::demo(&["--listen", "127.0.0.1:0"]);
    let token = Running::token(&printed);
    shell.run(&[
        format!("export SEATWISE_URL={}", server.url()),
        format!("export SEATWISE_TOKEN={token}"),
    ]);
    for (page, at_least) in PAGES {
        let text = document(page);
        let mut run = 0;
        for step in steps(&text, &["text"]) {
            if let Some(folder) = step.commands.iter().find_map(|it| served(it)) {
                server = Running::serve(&home.path().join(folder));
            }
            let commands: Vec<_> = step
                .commands
                .iter()
                .filter(|line| !LEFT_OUT.iter().any(|(start, _)| line.starts_with(start)))
                .filter(|line| has_curl || !line.contains("curl "))
                .map(|line| line.replace("127.0.0.1:8080", &server.address))
                .collect();
            if commands.is_empty() {
                continue;
            }
            let printed: Vec<String> = commands
                .iter()
                .map(|command| shell.run(std::slice::from_ref(command)))
                .collect();
            for (command, printed) in commands.iter().zip(&printed) {
                assert_shows_something(command, printed);
            }
            let printed = printed.concat();
            if let Some(shown) = step.shown {
                assert_eq!(steady(&printed), steady(shown), "{page}: {commands:#?}");
            }
            run += commands.len();
        }
        assert!(run >= at_least, "only {run} commands were found in {page}");
    }
}

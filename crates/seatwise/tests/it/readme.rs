//! The commands of the README run, in their order, and print what it shows.

use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;

use crate::documents::document;
use crate::house::Running;

/// Commands that are not run, by their beginnings, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("cargo ", "this test is one of them"),
    ("PATH=", "the test runs the binary that it was built with"),
    ("seatwise serve", "the test starts it on a free port"),
    ("seatwise login", "it needs an account of Entra"),
    ("seatwise doctor", "it asks Partner Center"),
    ("seatwise collect", "it asks Partner Center"),
];

/// A fenced block of shell commands, and the output that stands below it.
pub(crate) struct Step<'a> {
    pub(crate) commands: Vec<String>,
    pub(crate) shown: Option<&'a str>,
}

/// The blocks of commands of a document, with the blocks of output, which have one of these languages.
/// Lines that end in a backslash are joined.
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

/// Output without what differs from run to run.
fn steady(output: &str) -> String {
    let lines = output.lines().map(|line| match line.split_once(" in ") {
        Some((before, rest)) if rest.ends_with(" rows/s)") => format!("{before}\n"),
        _ => format!("{line}\n"),
    });
    lines.collect()
}

/// A user's shell: what one step sets is there in the next.
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
        // As on a terminal, what is printed for people stands among the answers.
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

/// A sample that prints no row, or nothing at all, teaches nothing.
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
}

#[test]
fn the_commands_of_the_readme_print_what_it_shows() {
    let readme = document("README.md");
    let home = tempfile::tempdir().unwrap();
    let shell = Shell { home: home.path() };
    let has_curl = Command::new("curl").arg("--version").output().is_ok();

    let (demo, printed) = Running::demo(&["--listen", "127.0.0.1:0"]);
    let token = &Running::token(&printed);
    shell.run(&[format!("export TOKEN={token}")]);
    let mut server = demo;
    let mut run = 0;
    for step in steps(&readme, &["text"]) {
        let serves = |line: &String| line.starts_with("seatwise serve --data-dir");
        if step.commands.iter().any(serves) {
            server = Running::serve(&home.path().join("seatwise"));
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
            assert_eq!(steady(&printed), steady(shown), "{commands:#?}");
        }
        run += commands.len();
    }
    assert!(run >= 20, "only {run} commands were found");
}

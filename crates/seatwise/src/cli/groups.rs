//! The groups of commands in `seatwise --help`.

use clap::builder::Styles;
use clap::{Command as ClapCommand, Subcommand as _};

use super::Command;

/// Each command is in one group. Groups and commands are in the order in which you need them.
const GROUPS: [(&str, &[&str]); 7] = [
    ("Begin", &["demo", "init", "login", "logout", "doctor"]),
    ("See", &["usage", "deployment", "customers", "query"]),
    (
        "See more, with Seatwise alone",
        &[
            "history", "changes", "explain", "coverage", "idle", "monthly", "imports",
        ],
    ),
    (
        "Keep",
        &[
            "import", "collect", "runs", "status", "verify", "repair", "compact", "backup",
            "restore", "export", "forget",
        ],
    ),
    ("Serve", &["serve", "ready", "guests"]),
    ("Test", &["token"]),
    ("Other", &["completions", "man", "help"]),
];

/// The help template of the program: all commands by group, one line each.
pub(super) fn template() -> String {
    let all = Command::augment_subcommands(ClapCommand::new("seatwise"));
    let width = all.get_subcommands().map(|it| it.get_name().len()).max();
    let width = width.unwrap_or(0);
    let line = |name: &&str| {
        let about = match *name {
            "help" => "Show the help of a command".to_owned(),
            name => {
                let about = all.find_subcommand(name).and_then(ClapCommand::get_about);
                about.map(ToString::to_string).unwrap_or_default()
            }
        };
        format!("  {name:width$}  {about}\n")
    };
    let style = Styles::styled();
    let style = style.get_header();
    let groups = GROUPS.map(|(title, names)| {
        let lines: String = names.iter().map(line).collect();
        format!("{style}{title}:{style:#}\n{lines}\n")
    });
    format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{}{style}Options:{style:#}\n{{options}}{{after-help}}",
        groups.concat()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_is_in_one_group_and_its_line_fits_a_terminal() {
        let all = Command::augment_subcommands(ClapCommand::new("seatwise"));
        let mut names: Vec<&str> = all.get_subcommands().map(|it| it.get_name()).collect();
        names.push("help");
        names.sort_unstable();
        let mut grouped: Vec<&str> = GROUPS
            .iter()
            .flat_map(|(_, names)| *names)
            .copied()
            .collect();
        grouped.sort_unstable();
        assert_eq!(grouped, names);
        for line in template().lines().filter(|line| !line.contains('{')) {
            assert!(line.chars().count() <= 80, "too long: {line}");
        }
    }
}

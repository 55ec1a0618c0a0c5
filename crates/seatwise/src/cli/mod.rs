//! The command line and its help texts.

mod ask;
mod connection;
mod data;
mod folder;
mod gather;
mod groups;
mod idle;
mod limits;
mod pages;
mod serve;
mod value;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use seatwise_client::Cloud;
use seatwise_service::ExitCode;
use seatwise_types::PartnerId;

pub(crate) use self::limits::memory_of;
pub(crate) use self::{
    ask::*, connection::*, data::*, folder::*, gather::*, idle::*, pages::*, serve::*, value::*,
};

/// Keeps and explains the licence analytics of a Microsoft cloud partner, and serves them like
/// Partner Center
#[derive(Parser)]
#[command(name = "seatwise", version, max_term_width = 100)]
#[command(help_template = groups::template(), after_long_help = ExitCode::help())]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// Where options come from if they are not on the command line.
#[derive(Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct Settings {
    /// Take options from this profile of the settings file
    ///
    /// The default is the profile that the file names. Options on the command line take precedence.
    #[arg(long, global = true, value_name = "NAME", env = "SEATWISE_PROFILE")]
    pub(crate) profile: Option<String>,
    /// The settings file
    ///
    /// The default is `seatwise/seatwise.toml` in your configuration folder, if it exists.
    #[arg(long, global = true, value_name = "FILE", env = "SEATWISE_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serve a made-up partner, and print its figures and a link
    Demo(Demo),
    /// Write a profile with your usual options to the settings file
    Init(Init),
    /// Sign in to Partner Center or to a Seatwise server, in a browser
    Login(Login),
    /// Forget the sign-in on this computer
    Logout(Logout),
    /// Check the sign-in and the source before you collect
    Doctor(Doctor),
    /// Show which share of each workload's qualified seats is active
    Usage(Figures),
    /// Show which share of the sold seats is deployed
    Deployment(Figures),
    /// List the partner's customers
    Customers(Customers),
    /// Filter and group the rows of all customers
    Query(Query),
    /// Show figures over time
    History(History),
    /// Show what changed between two days, and why
    ///
    /// With --restatements, show the deliveries that were replaced.
    Changes(Changes),
    /// Show the deliveries and rows behind a figure
    Explain(Explain),
    /// Show whether figures are complete, and what is missing
    ///
    /// Each seat counts once: deployment counts the seats sold, usage counts, for each product of a
    /// customer, the seats of its largest workload.
    Coverage(Coverage),
    /// Show seats that are sold and not used, and their price
    ///
    /// `seatwise idle prices` and `seatwise idle policy` show and set the files of the partner.
    Idle(Idle),
    /// Show figures of calendar months, as in Insights
    Monthly(Monthly),
    /// List imports, with what was stored and what was rejected
    Imports(ImportList),
    /// Store licence data from files
    Import(Import),
    /// Store the licence data of all customers from Partner Center
    ///
    /// A stopped collection continues where it was.
    Collect(Collect),
    /// List collections, with what was stored and what failed
    Runs(Runs),
    /// Show what a data folder holds
    Status(Status),
    /// Check every file, delivery and content hash in a data folder
    Verify(Verify),
    /// Repair a data folder after the clock was wrong
    Repair(Repair),
    /// Merge small files, and remove files that are no longer needed
    Compact(Compact),
    /// Copy a data folder, even while a server uses it
    Backup(Backup),
    /// Check a backup, and make a data folder from it
    Restore(Restore),
    /// Write flat tables for spreadsheets and other tools
    Export(Export),
    /// Erase a customer, or all days before a date, for good
    Forget(Forget),
    /// Answer Partner Center's calls from a data folder, and show pages
    Serve(Box<Serve>),
    /// Ask a server whether it is ready, for health checks
    ///
    /// Exits with 0 if the server is ready, with 5 if it is not ready or has lost its data, and
    /// with 6 if it cannot be reached. No token is sent.
    Ready(Ready),
    /// Make, list and revoke links to one customer's pages, for guests
    Guests(Guests),
    /// Make a token for a server that runs with --dev-identity
    Token(Token),
    /// Print a completion script for your shell
    Completions(Completions),
    /// Write a man page for each command
    Man(Man),
}

#[derive(Args)]
pub(crate) struct Init {
    /// The partner's tenant id
    #[arg(long, value_name = "GUID", env = "SEATWISE_PARTNER")]
    pub(crate) partner: PartnerId,
    /// The client id of an application in that tenant that can sign users in
    #[arg(long, value_name = "ID", env = "SEATWISE_CLIENT_ID")]
    pub(crate) client_id: Option<String>,
    #[command(flatten)]
    pub(crate) data: DataIfAny,
    /// The cloud: global, us-government or china
    #[arg(long, default_value_t = Cloud::Global)]
    pub(crate) cloud: Cloud,
    /// The URL of the service; by default that of the cloud
    #[arg(long, env = "SEATWISE_URL", value_parser = value::address)]
    pub(crate) url: Option<String>,
    /// The URL of the authority that issues tokens; by default that of the cloud
    #[arg(long, value_name = "URL")]
    pub(crate) authority: Option<String>,
}

#[derive(Args)]
pub(crate) struct Ready {
    /// The URL of the server
    #[arg(
        long,
        env = "SEATWISE_READY_URL",
        default_value = "http://127.0.0.1:8080"
    )]
    #[arg(value_parser = value::address)]
    pub(crate) url: String,
    #[command(flatten)]
    pub(crate) trust: Trust,
}

#[derive(Args)]
pub(crate) struct Man {
    /// The folder for the pages, such as /usr/local/share/man/man1; existing pages are replaced
    #[arg(long, value_name = "DIR")]
    pub(crate) to: PathBuf,
}

#[derive(Args)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: Shell,
}

#[cfg(test)]
mod tests {
    use clap::builder::StyledStr;
    use clap::{Command as ClapCommand, CommandFactory as _};

    use super::*;

    const COLUMNS: usize = 80;
    /// The most lines of the short help of a command.
    const SCREEN: usize = 50;

    /// The program and all commands below it, with full names, for a terminal of 80 columns.
    fn all_commands() -> Vec<ClapCommand> {
        fn add(command: &ClapCommand, found: &mut Vec<ClapCommand>) {
            found.push(command.clone());
            for below in command.get_subcommands() {
                add(below, found);
            }
        }
        let mut program = Cli::command().term_width(COLUMNS);
        program.build();
        let mut found = Vec::new();
        add(&program, &mut found);
        found
    }

    /// Whether a text says something, in one line, as a sentence without its full stop.
    fn is_summary(text: Option<&StyledStr>) -> bool {
        let text = text.map(ToString::to_string).unwrap_or_default();
        let begins_well = text.starts_with(|it: char| it.is_uppercase() || it == '`');
        begins_well && !text.ends_with(['.', ' ']) && !text.contains("  ") && !text.contains('\n')
    }

    #[test]
    fn every_command_option_and_argument_has_a_description() {
        let commands = all_commands();
        assert!(commands.len() > 35, "{}", commands.len());
        for command in commands {
            let name = command.get_bin_name().unwrap_or("seatwise").to_owned();
            assert!(is_summary(command.get_about()), "{name}");
            for argument in command.get_arguments() {
                let id = argument.get_id();
                assert!(is_summary(argument.get_help()), "{name}: {id}");
                for value in argument.get_possible_values() {
                    let help = value.get_help();
                    assert!(
                        help.is_none() || is_summary(help),
                        "{name}: {id}: {value:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn help_fits_a_terminal_of_80_columns_and_short_help_one_screen() {
        for mut command in all_commands() {
            let name = command.get_bin_name().unwrap_or("seatwise").to_owned();
            let [short, long] = [command.render_help(), command.render_long_help()];
            let [short, long] = [short, long].map(|help| help.to_string());
            // clap does not wrap the line of the usage.
            let wrapped = |line: &&str| !line.starts_with("Usage: ");
            for line in short.lines().chain(long.lines()).filter(wrapped) {
                assert!(line.chars().count() <= COLUMNS, "{name}: {line}");
            }
            let lines = short.lines().count();
            // That of the program lists all commands.
            let fits = lines <= SCREEN || command.get_name() == "seatwise";
            assert!(fits, "{name} has a short help of {lines} lines");
        }
    }
}

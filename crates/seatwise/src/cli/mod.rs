//! The command line: what can be asked for, in the words of its help.

mod ask;
mod folder;
mod gather;
mod idle;
mod limits;
mod pages;
mod serve;
mod value;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use seatwise_client::Cloud;
use seatwise_types::PartnerId;

pub(crate) use self::limits::memory_of;
pub(crate) use self::{ask::*, folder::*, gather::*, idle::*, pages::*, serve::*, value::*};

/// Licence analytics of a Microsoft cloud partner: kept, explained, and served as Partner Center
/// serves it.
#[derive(Parser)]
#[command(name = "seatwise", version, max_term_width = 100, after_help = crate::exit::HELP)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// Where options come from that are not on the command line.
#[derive(Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct Settings {
    /// Take options that are not given from this profile of the settings file; by default from the
    /// one that the file names
    #[arg(long, global = true, value_name = "NAME", env = "SEATWISE_PROFILE")]
    pub(crate) profile: Option<String>,
    /// The settings file; by default `seatwise/seatwise.toml` in the user's configuration, if it is
    /// there
    #[arg(long, global = true, value_name = "FILE", env = "SEATWISE_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Write a profile into the settings file, so that options need not be given again
    Init(Init),
    /// Make up a partner, import its facts, serve them, and show the answer
    Demo(Demo),
    /// Store licence facts from files
    Import(Import),
    /// Store the licence facts of all customers from Partner Center, or go on where that stopped
    Collect(Collect),
    /// Show what was collected, when, and what was missing
    Runs(Runs),
    /// Show what was imported or refused, and why, from Seatwise
    Imports(ImportList),
    /// Check whether a collection could succeed, and say what to do if not
    Doctor(Doctor),
    /// Answer Partner Center's licence-analytics calls from a data folder
    Serve(Box<Serve>),
    /// Show how much of each workload is used, from Partner Center or Seatwise
    Usage(Figures),
    /// Show how many sold seats are assigned, from Partner Center or Seatwise
    Deployment(Figures),
    /// Show the partner's customers, from Partner Center or Seatwise
    Customers(Customers),
    /// Choose and add up the rows of all customers, from Partner Center or Seatwise
    Query(Query),
    /// Show how figures developed, date by date, from Seatwise
    History(History),
    /// Show why a figure is what it is: its deliveries and rows, and what is left out; from Seatwise
    Explain(Explain),
    /// Show whether the figures are complete, and who is missing, from Seatwise
    ///
    /// Each seat counts once: deployment counts the seats sold, usage counts, for each product of a
    /// customer, the seats of its largest workload.
    Coverage(Coverage),
    /// Show what changed between two days, and why, or what was restated, from Seatwise
    Changes(Changes),
    /// Show seats that are sold and not used, and what they are worth, from Seatwise; or set prices and
    /// policy
    Idle(Idle),
    /// Show figures of whole months, as in the downloads of Insights, from Seatwise
    Monthly(Monthly),
    /// Sign in to Partner Center, or to a server, with a code that is entered in a browser
    Login(Login),
    /// Forget the sign-in of this computer
    Logout(Logout),
    /// Show what a data folder holds
    Status(Status),
    /// Merge small files, and remove replaced ones that are no longer needed
    Compact(Compact),
    /// Check that what is stored is whole: each file, delivery and content hash
    Verify(Verify),
    /// Put right what a wrong clock did to a data folder, or say that the clock is right
    Repair(Repair),
    /// Copy a data folder, also while it is served and written to
    Backup(Backup),
    /// Check a backup, and make a data folder of it
    Restore(Restore),
    /// Write flat tables for spreadsheets and other tools
    Export(Export),
    /// Erase a customer, or days long past, for good
    Forget(Forget),
    /// Show, make and revoke links that show one customer's pages to people outside of the partner
    Guests(Guests),
    /// Make a token that a server with --dev-identity accepts
    Token(Token),
    /// Ask a server whether it is ready; for health checks
    ///
    /// Ends with 0 if it is, with 5 if it is not ready yet or has lost its data, and with 6 if it
    /// cannot be reached. No token is sent.
    Ready(Ready),
    /// Print a completion script for a shell
    Completions(Completions),
    /// Write man pages: one for each command
    Man(Man),
}

#[derive(Args)]
pub(crate) struct Init {
    /// Whose figures: the partner's tenant id
    #[arg(long, value_name = "GUID", env = "SEATWISE_PARTNER")]
    pub(crate) partner: PartnerId,
    /// The client id of an application in that tenant that may sign users in
    #[arg(long, value_name = "ID", env = "SEATWISE_CLIENT_ID")]
    pub(crate) client_id: Option<String>,
    /// The data folder
    #[arg(long, value_name = "DIR", env = "SEATWISE_DATA_DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// The cloud: global, us-government or china
    #[arg(long, default_value_t = Cloud::Global)]
    pub(crate) cloud: Cloud,
    /// Where the service is; that of the cloud by default
    #[arg(long, env = "SEATWISE_URL", value_parser = value::address)]
    pub(crate) url: Option<String>,
    /// Where tokens are issued; that of the cloud by default
    #[arg(long, value_name = "URL")]
    pub(crate) authority: Option<String>,
}

#[derive(Args)]
pub(crate) struct Ready {
    /// Where the server is
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
    /// Where the pages go, such as /usr/local/share/man/man1; pages that are there are replaced
    #[arg(long, value_name = "DIR")]
    pub(crate) to: PathBuf,
}

#[derive(Args)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: Shell,
}

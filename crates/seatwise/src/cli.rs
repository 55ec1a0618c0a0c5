//! The command line: what can be asked for, in the words of its help.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use seatwise_client::Cloud;
use seatwise_server::{FaultPlan, Issuer, RateLimits};
use seatwise_types::own::{Axes as TimeAxes, By, Metric, Month, Step};
use seatwise_types::{CustomerId, PartnerId, ProcessedDateTime};

use crate::exit::{self, Failure};
use crate::schedule::Schedule;

/// Licence analytics of a Microsoft cloud partner: kept, explained, and served as Partner Center
/// serves it.
#[derive(Parser)]
#[command(name = "seatwise", version, max_term_width = 100, after_help = crate::exit::HELP)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make up a partner, import its facts, serve them, and show the answer
    Demo(Demo),
    /// Store licence facts from files
    Import(Import),
    /// Store the licence facts of all customers from Partner Center, or go on where that stopped
    Collect(Collect),
    /// Show what was collected, when, and what was missing
    Runs(Runs),
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
    /// Show how figures went, date by date, from Seatwise
    History(History),
    /// Show why a figure is what it is: its deliveries and rows, and what is left out; from Seatwise
    Explain(Explain),
    /// Show whether the figures are complete, and who is missing, from Seatwise
    Coverage(Coverage),
    /// Show what changed between two days, and why, or what was restated, from Seatwise
    Changes(Changes),
    /// Show figures of whole months, as the downloads of Insights tell them, from Seatwise
    Monthly(Monthly),
    /// Sign in to Partner Center, or to a server, with a code that is entered in a browser
    Login(Login),
    /// Forget the sign-in of this computer
    Logout(Logout),
    /// Show what a data folder holds
    Status(Status),
    /// Make few files of many small ones, and remove copies that nobody asks for any more
    Compact(Compact),
    /// Check that what is stored is whole: each file, delivery and content hash
    Verify(Verify),
    /// Copy a data folder, also while it is served and written to
    Backup(Backup),
    /// Check a backup, and make a data folder of it
    Restore(Restore),
    /// Write flat tables for spreadsheets and other tools
    Export(Export),
    /// Erase a customer, or days long past, for good
    Forget(Forget),
    /// Make a token that a server with --dev-identity accepts
    Token(Token),
    /// Print a completion script for a shell
    Completions(Completions),
}

#[derive(Args)]
pub(crate) struct Demo {
    /// Keep everything in this folder (an empty one, a new one, or one of an earlier demo);
    /// without it a temporary one is used and removed at the end
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Make the same figures from the same seed
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// How many customers the partner has
    #[arg(long, default_value_t = 250, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    pub(crate) customers: u32,
    /// How many days of history there are
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=3_660))]
    pub(crate) days: u16,
    /// The day on which the history ends; not later than tomorrow
    #[arg(long, value_name = "DATE", default_value = "2026-10-31")]
    pub(crate) last_day: Date,
    /// Where to listen: a loopback address
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Print the table and exit
    #[arg(long)]
    pub(crate) once: bool,
    #[command(flatten)]
    pub(crate) emulator: Emulator,
}

#[derive(Args)]
pub(crate) struct Import {
    /// The data folder; it is created if it does not exist
    #[arg(long, value_name = "DIR", env = "SEATWISE_DATA_DIR")]
    pub(crate) data_dir: PathBuf,
    /// Whose facts these are: the partner's tenant id
    #[arg(long, value_name = "GUID", env = "SEATWISE_PARTNER")]
    pub(crate) partner: PartnerId,
    /// Which facts; found from the columns if not given
    #[arg(long)]
    pub(crate) kind: Option<Kind>,
    /// How they are written down; found from the first bytes if not given
    #[arg(long, default_value = "auto")]
    pub(crate) format: Format,
    /// The customer of saved per-customer answers, which do not name it
    #[arg(long, value_name = "GUID")]
    pub(crate) customer: Option<CustomerId>,
    /// Check and compare everything, store nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Leave out deliveries that hold a bad row (their rows go to FILE.rejected.csv) instead of
    /// stopping
    #[arg(long)]
    pub(crate) skip_bad_rows: bool,
    /// How the receipt is printed
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
    /// Files, in the order in which they count; `-` is standard input. What is
    /// compressed by gzip or zstd is opened
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Args)]
#[command(mut_arg("url", |it| it.long("from")))]
pub(crate) struct Collect {
    /// The data folder; it is created if it does not exist
    #[arg(long, value_name = "DIR", env = "SEATWISE_DATA_DIR")]
    pub(crate) data_dir: PathBuf,
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Whose facts these are: the partner's tenant id. The sign-in says it too, and must agree
    #[arg(long, value_name = "GUID", env = "SEATWISE_PARTNER")]
    pub(crate) partner: Option<PartnerId>,
    #[command(flatten)]
    pub(crate) manner: Manner,
    /// If another collector is at work for the partner, wait for it to end instead of leaving
    #[arg(long)]
    pub(crate) wait: bool,
    /// How the receipt is printed
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
}

#[derive(Args)]
#[command(mut_arg("url", |it| it.long("from")))]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// How the findings are printed
    #[arg(long, default_value = "table")]
    pub(crate) output: TableOrJson,
}

/// How a source is asked.
#[derive(Args)]
pub(crate) struct Manner {
    /// How rows are asked for
    #[arg(long, value_name = "WAY", default_value = "auto")]
    pub(crate) ask: Ask,
    /// How many requests a minute are made at most; fewer where the source says that it is too much
    #[arg(long, value_name = "COUNT", default_value_t = 480)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) requests_per_minute: u32,
    /// How many requests may be under way at once
    #[arg(long, value_name = "COUNT", default_value_t = 4)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) in_flight: u16,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Ask {
    /// Page by page where the source has the rows of all customers, else customer by customer
    Auto,
    /// Page by page, the rows of all customers
    Pages,
    /// Customer by customer
    Customers,
}

#[derive(Args)]
pub(crate) struct Runs {
    /// The data folder
    #[arg(long, value_name = "DIR", env = "SEATWISE_DATA_DIR")]
    pub(crate) data_dir: PathBuf,
    /// Only those of the partner with this tenant id
    #[arg(long, value_name = "GUID", env = "SEATWISE_PARTNER")]
    pub(crate) partner: Option<PartnerId>,
    /// Only the last so many
    #[arg(long, value_name = "COUNT")]
    pub(crate) last: Option<usize>,
    /// How they are printed
    #[arg(long, default_value = "table")]
    pub(crate) output: TableOrJson,
}

#[derive(Args)]
#[command(
    mut_arg("fault", |it| it.requires("emulator")),
    mut_arg("fault_seed", |it| it.requires("emulator")),
    mut_arg("limits", |it| it.requires("emulator")),
    mut_arg("url", |it| it.long("collect-from")),
    mut_arg("token", |it| it.long("collect-token")),
)]
pub(crate) struct Serve {
    /// The data folder
    #[arg(long, value_name = "DIR", env = "SEATWISE_DATA_DIR")]
    pub(crate) data_dir: PathBuf,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Leave out the byte-order mark that Partner Center's answers begin with
    #[arg(long)]
    pub(crate) no_bom: bool,
    /// Add the fields that are documented but absent from the documented samples, such as
    /// `customerId` in the rows of one customer
    #[arg(long)]
    pub(crate) documented_fields: bool,
    /// How the log is written to standard error
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) log: TextOrJson,
    #[command(flatten)]
    pub(crate) sign_in: SignIn,
    #[command(flatten)]
    pub(crate) tls: Tls,
    #[command(flatten)]
    pub(crate) imports: Imports,
    /// Emulate Partner Center's bad days too: faults where they are asked for, the limits of its
    /// customers, and control endpoints under /emulator; only on a loopback address
    #[arg(long, help_heading = EMULATOR, conflicts_with = "behind_proxy")]
    pub(crate) emulator: bool,
    #[command(flatten)]
    pub(crate) emulated: Emulator,
    #[command(flatten)]
    pub(crate) collecting: Collecting,
    /// Compact all tables so often, such as 24h: see `seatwise compact`
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = UPKEEP)]
    pub(crate) compact_every: Option<Duration>,
    /// How long a version of a table can be read after it was replaced
    #[arg(
        long,
        value_name = "TIME",
        default_value = "7d",
        value_parser = days,
        help_heading = UPKEEP,
        requires = "compact_every"
    )]
    pub(crate) compact_keep: Duration,
}

const UPKEEP: &str = "Upkeep";

/// What to collect while serving.
#[derive(Args)]
#[command(next_help_heading = COLLECTION)]
pub(crate) struct Collecting {
    /// Collect so often from Partner Center while serving, such as 24h
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) collect_every: Option<Duration>,
    /// Collect at this time of the day, such as 03:30; --collect-every must be whole days then
    #[arg(long, value_name = "TIME", requires = "collect_every")]
    pub(crate) collect_at: Option<Time>,
    /// Where it is that time, such as Europe/Berlin
    #[arg(long, value_name = "NAME", default_value = "UTC", value_parser = time_zone)]
    pub(crate) time_zone: TimeZone,
    /// Whose facts are collected: the partner's tenant id. The sign-in says it too, and must agree
    #[arg(long, value_name = "GUID")]
    pub(crate) collect_partner: Option<PartnerId>,
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(flatten)]
    pub(crate) manner: Manner,
}

const COLLECTION: &str = "Collection";

impl Collecting {
    /// When to collect; nothing if never.
    pub(crate) fn schedule(&self) -> Result<Option<Schedule>, Failure> {
        const DAY: i64 = 24 * 60 * 60;
        let Some(every) = self.collect_every else {
            return Ok(None);
        };
        let every = SignedDuration::try_from(every).unwrap_or(SignedDuration::MAX);
        let Some(time) = self.collect_at else {
            return Ok(Some(Schedule::Every(every)));
        };
        let days = every.as_secs() / DAY;
        if SignedDuration::from_secs(days.saturating_mul(DAY)) != every {
            return Err(Failure {
                code: exit::ARGUMENTS,
                message: "a time of the day does not come so often".to_owned(),
                hint: Some("give whole days with --collect-every, such as 24h".to_owned()),
            });
        }
        Ok(Some(Schedule::At {
            days,
            time,
            zone: self.time_zone.clone(),
        }))
    }
}

const EMULATOR: &str = "Emulator";

/// What is emulated beyond the answers.
#[derive(Args)]
#[command(next_help_heading = EMULATOR)]
pub(crate) struct Emulator {
    /// What goes wrong, for a share of requests, such as
    /// `429=5%;retry-after=7,503=2%,latency=200ms..2s,reset=1%`
    #[arg(long, value_name = "PLAN", default_value_t, hide_default_value = true)]
    pub(crate) fault: FaultPlan,
    /// Make the same faults for the same requests from the same seed
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(crate) fault_seed: u64,
    /// How often one partner may ask: `partner-center` for 500 requests a minute for customers, as
    /// documented; a number of requests a minute for all calls together; `none`
    #[arg(long, value_name = "LIMITS", default_value = "partner-center", value_parser = limits)]
    pub(crate) limits: RateLimits,
}

/// Who may ask.
#[derive(Args)]
#[command(next_help_heading = "Sign-in")]
pub(crate) struct SignIn {
    /// Sign in whoever asks on this computer: accept tokens of `seatwise token` with the same data
    /// folder, and give them out under /dev/identity; only on a loopback address
    #[arg(long)]
    pub(crate) dev_identity: bool,
    /// Accept tokens of this OpenID Connect issuer, with `{tid}` for the tenant: for Entra
    /// `https://sts.windows.net/{tid}/` or `https://login.microsoftonline.com/{tid}/v2.0`; may be
    /// repeated
    #[arg(long, value_name = "URL", requires = "tenant")]
    pub(crate) issuer: Vec<Issuer>,
    /// The tenant id of a partner that may sign in with these issuers; may be repeated
    #[arg(long, value_name = "GUID")]
    pub(crate) tenant: Vec<PartnerId>,
    /// Accept tokens for this audience instead of Partner Center's; may be repeated
    #[arg(long, value_name = "TEXT")]
    pub(crate) audience: Vec<String>,
    /// Which users must have signed in with a second factor
    #[arg(long, value_name = "RULE", default_value = "required")]
    pub(crate) mfa: Mfa,
    /// Ask users who read for this scope instead of `user_impersonation`; one of those given is
    /// enough
    #[arg(long, value_name = "SCOPE")]
    pub(crate) scope: Vec<String>,
    /// Ask everybody who reads for this role; one of those given is enough
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Vec<String>,
    /// Let users with this scope send facts in, instead of `Seatwise.Import`; may be repeated
    #[arg(long, value_name = "SCOPE")]
    pub(crate) write_scope: Vec<String>,
    /// Let users and applications with this role send facts in, instead of `Seatwise.Import`; may
    /// be repeated
    #[arg(long, value_name = "ROLE")]
    pub(crate) write_role: Vec<String>,
}

/// Who may listen.
#[derive(Args)]
#[command(next_help_heading = "Encryption")]
pub(crate) struct Tls {
    /// Speak TLS with the certificate in this PEM file; read again when it changes
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The key of the certificate, a PEM file
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Speak without TLS on an address that others can reach: a proxy in front does it
    #[arg(long)]
    pub(crate) behind_proxy: bool,
}

/// How facts come in while the server runs.
#[derive(Args)]
#[command(next_help_heading = "Import")]
pub(crate) struct Imports {
    /// The largest body of `POST /seatwise/v1/import`, such as 200MiB
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = size)]
    pub(crate) import_limit: u64,
    /// Import files that are dropped in this folder: those in a folder that is named after a
    /// partner's tenant id are that partner's. They are moved to `done` or `rejected` beside them
    #[arg(long, value_name = "DIR")]
    pub(crate) import_from: Option<PathBuf>,
    /// Whose the files are that lie directly in the folder
    #[arg(long, value_name = "GUID", requires = "import_from")]
    pub(crate) import_partner: Option<PartnerId>,
    /// How much time there is between two looks at the folder, such as 5s; a file is taken when
    /// two of them find it unchanged
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    pub(crate) import_every: Duration,
}

#[derive(Args)]
pub(crate) struct Connection {
    /// Where the service is; by default where `seatwise login` has signed in to, else Partner
    /// Center at api.partnercenter.microsoft.com
    #[arg(long, env = "SEATWISE_URL")]
    pub(crate) url: Option<String>,
    /// The access token, in place of a sign-in; others on this computer may see it here, so better
    /// in the environment
    #[arg(long, env = "SEATWISE_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    #[command(flatten)]
    pub(crate) profile: ProfileArgs,
}

#[derive(Args)]
pub(crate) struct ProfileArgs {
    /// Where `seatwise login` keeps the sign-in; by default in the user's configuration
    #[arg(long, value_name = "FILE", env = "SEATWISE_PROFILE")]
    pub(crate) profile_file: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Figures {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Show one customer, product by product
    #[arg(long, value_name = "GUID")]
    pub(crate) customer: Option<CustomerId>,
    #[command(flatten)]
    pub(crate) axes: Axes,
    /// How the figures are printed
    #[arg(long, default_value = "table")]
    pub(crate) output: Output,
}

/// A point on the axes of time, of a service that keeps a history.
#[derive(Args)]
pub(crate) struct Axes {
    /// As of this day: deliveries with a later processed date do not exist; Seatwise only
    #[arg(long, value_name = "DATE", value_parser = TimeAxes::parse_as_of)]
    pub(crate) as_of: Option<Date>,
    /// As it was known at this instant, such as 2026-11-05T08:00:00Z; Seatwise only
    #[arg(long, value_name = "TIME", value_parser = TimeAxes::parse_known_at)]
    pub(crate) known_at: Option<Timestamp>,
}

#[derive(Args)]
pub(crate) struct Customers {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Only those whose company's name begins so
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,
    /// Only those whose domain begins so
    #[arg(long, value_name = "TEXT", conflicts_with = "name")]
    pub(crate) domain: Option<String>,
    /// How many to ask for at a time; the service decides by default
    #[arg(long, value_name = "COUNT")]
    pub(crate) size: Option<u32>,
    /// How they are printed
    #[arg(long, default_value = "table")]
    pub(crate) output: Output,
}

#[derive(Args)]
pub(crate) struct Query {
    #[command(subcommand)]
    pub(crate) kind: QueryKind,
}

#[derive(Subcommand)]
pub(crate) enum QueryKind {
    /// Seats active and qualified, by customer, product and workload
    Usage(Question),
    /// Seats deployed and sold, by customer and product
    Deployment(Question),
}

#[derive(Args)]
pub(crate) struct Question {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Only these rows, such as "serviceCode eq 'o365' and channel ne 'direct'"
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
    /// Add up what is the same in these fields, such as "customerName,productName"
    #[arg(long, value_name = "FIELDS")]
    pub(crate) group_by: Option<String>,
    /// The rows of this processed date; the newest of each service by default
    #[arg(long, value_name = "DATE")]
    pub(crate) date: Option<ProcessedDateTime>,
    /// Only the first rows; all by default
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) top: Option<u32>,
    /// How they are printed
    #[arg(long, default_value = "table")]
    pub(crate) output: Output,
}

#[derive(Args)]
pub(crate) struct History {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// The first day
    #[arg(long, value_name = "DATE", value_parser = TimeAxes::parse_as_of)]
    pub(crate) from: Date,
    /// The last day
    #[arg(long, value_name = "DATE", value_parser = TimeAxes::parse_as_of)]
    pub(crate) to: Date,
    /// Which figures: usage or deployment
    #[arg(long, default_value_t = Metric::Usage)]
    pub(crate) metric: Metric,
    /// What they are told by: partner, customer, workload or product
    #[arg(long, default_value_t = By::Partner)]
    pub(crate) by: By,
    /// How far the dates are apart: day, week or month
    #[arg(long, default_value_t = Step::Day)]
    pub(crate) step: Step,
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// As it was known at this instant, such as 2026-11-05T08:00:00Z
    #[arg(long, value_name = "TIME", value_parser = TimeAxes::parse_known_at)]
    pub(crate) known_at: Option<Timestamp>,
    /// How it is printed
    #[arg(long, default_value = "table")]
    pub(crate) output: Output,
}

#[derive(Args)]
#[command(
    mut_arg("service", |it| it.required(true)),
    mut_arg("channel", |it| it.required(true)),
)]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Which figure: usage or deployment
    #[arg(long, default_value_t = Metric::Usage)]
    pub(crate) metric: Metric,
    #[command(flatten)]
    pub(crate) selection: Selection,
    #[command(flatten)]
    pub(crate) axes: Axes,
    #[command(flatten)]
    pub(crate) page: Page,
    /// How it is printed; CSV has the rows
    #[arg(long, default_value = "table")]
    pub(crate) output: Output,
}

#[derive(Args)]
pub(crate) struct Coverage {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Of which figures: usage or deployment
    #[arg(long, default_value_t = Metric::Usage)]
    pub(crate) metric: Metric,
    /// Only this service, by its code, such as o365
    #[arg(long, value_name = "CODE")]
    pub(crate) service: Option<String>,
    /// Only this channel, such as reseller
    #[arg(long, value_name = "TEXT")]
    pub(crate) channel: Option<String>,
    #[command(flatten)]
    pub(crate) axes: Axes,
    #[command(flatten)]
    pub(crate) page: Page,
    /// How it is printed; CSV has the services and channels
    #[arg(long, default_value = "table")]
    pub(crate) output: Output,
}

#[derive(Args)]
pub(crate) struct Changes {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// The day of the first answer
    #[arg(long, value_name = "DATE", value_parser = TimeAxes::parse_as_of)]
    pub(crate) from: Date,
    /// The day of the second one
    #[arg(long, value_name = "DATE", value_parser = TimeAxes::parse_as_of)]
    pub(crate) to: Date,
    /// What was known for the first answer; by default what is known for the second one
    #[arg(long, value_name = "TIME", value_parser = TimeAxes::parse_known_at)]
    pub(crate) from_known_at: Option<Timestamp>,
    /// What was known for the second answer; by default what is known now
    #[arg(long, value_name = "TIME", value_parser = TimeAxes::parse_known_at)]
    pub(crate) to_known_at: Option<Timestamp>,
    /// Which figures: usage or deployment
    #[arg(long, default_value_t = Metric::Usage)]
    pub(crate) metric: Metric,
    /// Show the deliveries of these days that were told anew instead, in all their versions, as
    /// known at --to-known-at
    #[arg(long, conflicts_with_all = ["from_known_at", "workload"])]
    pub(crate) restatements: bool,
    /// How many of them, 1 to 1000
    #[arg(long, value_name = "COUNT", requires = "restatements")]
    pub(crate) top: Option<u32>,
    /// How many of them to leave out before the first one
    #[arg(long, value_name = "COUNT", requires = "restatements")]
    pub(crate) skip: Option<u32>,
    /// Only this service, by its code, such as o365
    #[arg(long, value_name = "CODE")]
    pub(crate) service: Option<String>,
    /// Only this channel, such as reseller
    #[arg(long, value_name = "TEXT")]
    pub(crate) channel: Option<String>,
    /// Only this workload, by its code or its name
    #[arg(long, value_name = "TEXT")]
    pub(crate) workload: Option<String>,
    /// Only this customer
    #[arg(long, value_name = "GUID")]
    pub(crate) customer: Option<CustomerId>,
    /// How it is printed
    #[arg(long, default_value = "table")]
    pub(crate) output: Output,
}

#[derive(Args)]
pub(crate) struct Monthly {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Which figures: usage or deployment
    #[arg(long, default_value_t = Metric::Usage)]
    pub(crate) metric: Metric,
    /// The month, such as 2026-09; by default the newest of which something is known
    #[arg(long, value_name = "MONTH", conflicts_with_all = ["from", "to"])]
    pub(crate) month: Option<Month>,
    /// The first of several months, such as 2026-01
    #[arg(long, value_name = "MONTH", requires = "to")]
    pub(crate) from: Option<Month>,
    /// The last of them; at most 120
    #[arg(long, value_name = "MONTH", requires = "from")]
    pub(crate) to: Option<Month>,
    /// Only this service, by its code, such as o365
    #[arg(long, value_name = "CODE")]
    pub(crate) service: Option<String>,
    /// Only this workload, by its name
    #[arg(long, value_name = "TEXT")]
    pub(crate) workload: Option<String>,
    /// Only the figures of this customer
    #[arg(long, value_name = "GUID")]
    pub(crate) customer: Option<CustomerId>,
    /// Only this product, by its id or its name
    #[arg(long, value_name = "TEXT")]
    pub(crate) product: Option<String>,
    /// As it was known at this instant, such as 2026-11-05T08:00:00Z
    #[arg(long, value_name = "TIME", value_parser = TimeAxes::parse_known_at)]
    pub(crate) known_at: Option<Timestamp>,
    /// How they are printed
    #[arg(long, default_value = "table")]
    pub(crate) output: Output,
}

/// Which page of lists.
#[derive(Args)]
pub(crate) struct Page {
    /// How many items of each list, 1 to 1000
    #[arg(long, value_name = "COUNT")]
    pub(crate) top: Option<u32>,
    /// How many items of each list to leave out before the first one
    #[arg(long, value_name = "COUNT")]
    pub(crate) skip: Option<u32>,
}

/// Which rows.
#[derive(Args)]
pub(crate) struct Selection {
    /// Only this service, by its code, such as o365
    #[arg(long, value_name = "CODE")]
    pub(crate) service: Option<String>,
    /// Only this channel, such as reseller
    #[arg(long, value_name = "TEXT")]
    pub(crate) channel: Option<String>,
    /// Only this workload, by its code or its name
    #[arg(long, value_name = "TEXT")]
    pub(crate) workload: Option<String>,
    /// Only this customer
    #[arg(long, value_name = "GUID")]
    pub(crate) customer: Option<CustomerId>,
    /// Only this product, by its id or its name
    #[arg(long, value_name = "TEXT")]
    pub(crate) product: Option<String>,
}

#[derive(Args)]
pub(crate) struct Login {
    /// Whose figures: the partner's tenant id
    #[arg(long, value_name = "GUID", env = "SEATWISE_PARTNER")]
    pub(crate) partner: PartnerId,
    /// The client id of an application that may sign users in without a secret
    #[arg(long, value_name = "ID", env = "SEATWISE_CLIENT_ID")]
    pub(crate) client_id: String,
    /// The cloud: global, us-government or china
    #[arg(long, default_value_t = Cloud::Global)]
    pub(crate) cloud: Cloud,
    /// Where the service is; that of the cloud by default
    #[arg(long, env = "SEATWISE_URL")]
    pub(crate) url: Option<String>,
    /// Where tokens are issued; that of the cloud by default. For a server with --dev-identity:
    /// its address and `/dev/identity`
    #[arg(long, value_name = "URL")]
    pub(crate) authority: Option<String>,
    #[command(flatten)]
    pub(crate) profile: ProfileArgs,
}

#[derive(Args)]
pub(crate) struct Logout {
    #[command(flatten)]
    pub(crate) profile: ProfileArgs,
}

#[derive(Args)]
pub(crate) struct Status {
    /// The data folder
    #[arg(long, value_name = "DIR", env = "SEATWISE_DATA_DIR")]
    pub(crate) data_dir: PathBuf,
    /// How it is printed
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
}

#[derive(Args)]
pub(crate) struct Compact {
    /// The data folder
    #[arg(long, value_name = "DIR", env = "SEATWISE_DATA_DIR")]
    pub(crate) data_dir: PathBuf,
    /// Only this partner's tables
    #[arg(long, value_name = "GUID")]
    pub(crate) partner: Option<PartnerId>,
    /// How long a version of a table can be read after it was replaced, such as 7d or 36h; links
    /// to further pages end with it, figures as they were known at a time do not
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = days)]
    pub(crate) keep: Duration,
    /// How it is printed
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
}

#[derive(Args)]
pub(crate) struct Verify {
    /// The data folder
    #[arg(long, value_name = "DIR", env = "SEATWISE_DATA_DIR")]
    pub(crate) data_dir: PathBuf,
    /// Only this partner's tables
    #[arg(long, value_name = "GUID")]
    pub(crate) partner: Option<PartnerId>,
    /// How it is printed
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
}

#[derive(Args)]
pub(crate) struct Backup {
    /// The data folder
    #[arg(long, value_name = "DIR", env = "SEATWISE_DATA_DIR")]
    pub(crate) data_dir: PathBuf,
    /// Where the copy goes: a folder that is empty or does not exist
    #[arg(value_name = "DIR")]
    pub(crate) to: PathBuf,
    /// How it is printed
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
}

#[derive(Args)]
pub(crate) struct Restore {
    /// The backup
    #[arg(value_name = "DIR")]
    pub(crate) from: PathBuf,
    /// The data folder that is made of it: one that is empty or does not exist
    #[arg(long, value_name = "DIR", env = "SEATWISE_DATA_DIR")]
    pub(crate) data_dir: PathBuf,
    /// How it is printed
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
}

#[derive(Args)]
pub(crate) struct Export {
    /// The data folder
    #[arg(long, value_name = "DIR", env = "SEATWISE_DATA_DIR")]
    pub(crate) data_dir: PathBuf,
    /// Only this partner's facts
    #[arg(long, value_name = "GUID")]
    pub(crate) partner: Option<PartnerId>,
    /// Where the tables go, in a folder for each partner; earlier ones are replaced
    #[arg(long, value_name = "DIR")]
    pub(crate) to: PathBuf,
    /// How they are written down
    #[arg(long, default_value = "parquet")]
    pub(crate) format: ExportFormat,
    #[command(flatten)]
    pub(crate) axes: Axes,
}

#[derive(Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["customer", "before"])))]
pub(crate) struct Forget {
    /// The data folder
    #[arg(long, value_name = "DIR", env = "SEATWISE_DATA_DIR")]
    pub(crate) data_dir: PathBuf,
    /// Whose facts these are: the partner's tenant id
    #[arg(long, value_name = "GUID", env = "SEATWISE_PARTNER")]
    pub(crate) partner: PartnerId,
    /// Everything of this customer
    #[arg(long, value_name = "GUID")]
    pub(crate) customer: Option<CustomerId>,
    /// Deliveries with an earlier processed date; the newest 35 days of each service stay
    #[arg(long, value_name = "DATE")]
    pub(crate) before: Option<Date>,
    /// Do it; without this it is only counted
    #[arg(long)]
    pub(crate) yes: bool,
    /// How the receipt is printed
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum ExportFormat {
    /// Comma separated, with a header
    Csv,
    /// Apache Parquet
    Parquet,
}

#[derive(Args)]
pub(crate) struct Token {
    /// The data folder of the server
    #[arg(long, value_name = "DIR", env = "SEATWISE_DATA_DIR")]
    pub(crate) data_dir: PathBuf,
    /// Whose figures the token opens: the partner's tenant id
    #[arg(long, value_name = "GUID", env = "SEATWISE_PARTNER")]
    pub(crate) partner: PartnerId,
    /// The user's principal name in the token
    #[arg(long, value_name = "UPN", default_value = "developer@localhost")]
    pub(crate) user: String,
    /// Make a token without a user, which the licence analytics refuse
    #[arg(long)]
    pub(crate) app_only: bool,
    /// Let the holder send facts in too: with the scope `Seatwise.Import`, or the role of that name
    #[arg(long)]
    pub(crate) write: bool,
    /// How long it is valid, such as 1h or 90m
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = duration)]
    pub(crate) expires_in: Duration,
}

#[derive(Args)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: Shell,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Mfa {
    /// All: a token that does not tell is refused
    Required,
    /// All but those whose v2.0 token has no `amr`, which Entra leaves out
    ExceptV2,
    /// None
    Off,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Kind {
    /// Seats qualified and active per workload
    Usage,
    /// Seats sold and deployed
    Deployment,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// Found from the first bytes
    Auto,
    /// Comma, semicolon or tab separated, with a header
    Csv,
    /// One JSON object a line
    Ndjson,
    /// Apache Parquet
    Parquet,
    /// A saved answer of the API
    Json,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextOrJson {
    /// For people
    Text,
    /// For programs
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum TableOrJson {
    /// For people
    Table,
    /// For programs
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Output {
    /// For people
    Table,
    /// For programs: in the form of the API
    Json,
    /// For spreadsheets
    Csv,
}

fn limits(text: &str) -> Result<RateLimits, String> {
    match (text, text.parse()) {
        ("partner-center", _) => Ok(RateLimits::PartnerCenter),
        ("none", _) => Ok(RateLimits::None),
        (_, Ok(requests @ 1..)) => Ok(RateLimits::PerMinute(requests)),
        _ => Err("`partner-center`, a number of requests a minute or `none` is expected".into()),
    }
}

fn time_zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|err| err.to_string())
}

/// A number of bytes: `1048576`, `200MiB`, `1 GiB`.
fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|sign: char| !sign.is_ascii_digit());
    let unit = match text[digits.len()..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Err("the units are KiB, MiB and GiB".to_owned()),
    };
    let number: u64 = digits
        .parse()
        .map_err(|_| "a number of bytes is expected, such as `200MiB`".to_owned())?;
    match number.checked_mul(unit) {
        Some(bytes) if bytes > 0 => Ok(bytes),
        _ => Err("a number of bytes from 1 is expected, such as `200MiB`".to_owned()),
    }
}

/// A length of time in the words of jiff: `90s`, `1h 30m`.
fn duration(text: &str) -> Result<Duration, String> {
    let length: SignedDuration = text.parse().map_err(|err: jiff::Error| err.to_string())?;
    match Duration::try_from(length) {
        Ok(length) if !length.is_zero() => Ok(length),
        _ => Err("a length of time longer than nothing is expected, such as `1h`".to_owned()),
    }
}

/// A length of time that may have days of 24 hours: `7d`, `36h`.
fn days(text: &str) -> Result<Duration, String> {
    let span: jiff::Span = text.parse().map_err(|err: jiff::Error| err.to_string())?;
    let length = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours());
    let length = length.map_err(|err| err.to_string())?;
    Duration::try_from(length).map_err(|_| "a length of time is expected, such as `7d`".to_owned())
}

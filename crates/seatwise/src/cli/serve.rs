//! Servers: what they serve, to whom, and what they do besides.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use seatwise_server::{FaultPlan, Issuer, RateLimits};
use seatwise_types::PartnerId;
use seatwise_types::own::Axes;

use super::value::{day, duration, duration_or_none, limits, listen, size, time_zone};
use super::{Connection, Manner, TextOrJson};
use crate::exit::{self, Failure};
use crate::schedule::Schedule;

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
    #[arg(long, value_name = "DATE", default_value = "2026-10-31", value_parser = day)]
    pub(crate) last_day: Date,
    /// Where to listen: a loopback address
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = listen)]
    pub(crate) listen: SocketAddr,
    /// Print the table and exit
    #[arg(long)]
    pub(crate) once: bool,
    /// Leave out the byte-order mark that Partner Center's answers begin with
    #[arg(long)]
    pub(crate) no_bom: bool,
    /// Write the address and a token as JSON into this file when the server answers, for programs
    /// that start it; only you can read the file, and it is removed at the end
    #[arg(long, value_name = "FILE", conflicts_with = "once")]
    pub(crate) ready_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) emulator: Emulator,
}

/// What people need first of a server: `seatwise serve -h` shows these options alone.
const FIRST: [&str; 15] = [
    "data_dir",
    "listen",
    "dev_identity",
    "issuer",
    "tenant",
    "sign_in_issuer",
    "sign_in_client_id",
    "public_url",
    "tls_cert",
    "tls_key",
    "behind_proxy",
    "import_from",
    "collect_every",
    "memory",
    "emulator",
];

#[derive(Args)]
#[command(
    mut_arg("fault", |it| it.requires("emulator")),
    mut_arg("fault_seed", |it| it.requires("emulator")),
    mut_arg("limits", |it| it.requires("emulator")),
    mut_arg("now", |it| it.requires("emulator")),
    mut_arg("url", |it| it.long("collect-from")),
    mut_arg("token", |it| it.long("collect-token")),
    mut_arg("ca_cert", |it| it.long("collect-ca-cert")),
    mut_args(|it| { let is_first = FIRST.contains(&it.get_id().as_str()); it.hide_short_help(!is_first) }),
)]
pub(crate) struct Serve {
    /// The data folder
    #[arg(long, value_name = "DIR", env = "SEATWISE_DATA_DIR")]
    pub(crate) data_dir: PathBuf,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = listen)]
    pub(crate) listen: SocketAddr,
    /// Leave out the byte-order mark that Partner Center's answers begin with
    #[arg(long)]
    pub(crate) no_bom: bool,
    /// Add the fields that are documented but absent from the documented samples, such as
    /// `customerId` in the rows of one customer
    #[arg(long)]
    pub(crate) documented_fields: bool,
    /// Write the `code` of errors as text, and `data` only where it has elements, as on Partner
    /// Center's page of error codes; by default errors are as in its samples: `code` is a number,
    /// and `data` is always there
    #[arg(long)]
    pub(crate) text_error_codes: bool,
    /// How the log is written to standard error
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) log: TextOrJson,
    /// Write the address as JSON into this file when the server answers, for programs that start
    /// it; with --dev-identity and one partner a token too. Only you can read the file, and it is
    /// removed at the end
    #[arg(long, value_name = "FILE")]
    pub(crate) ready_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) sign_in: SignIn,
    #[command(flatten)]
    pub(crate) pages: super::pages::Pages,
    #[command(flatten)]
    pub(crate) tls: Tls,
    #[command(flatten)]
    pub(crate) imports: Imports,
    #[command(flatten)]
    pub(crate) bounds: super::limits::Limits,
    /// Emulate Partner Center for tests: faults, limits, a clock
    ///
    /// Faults happen only on request. The control endpoints and a page are under /emulator. Only on a
    /// loopback address.
    #[arg(long, help_heading = EMULATOR, conflicts_with = "behind_proxy")]
    pub(crate) emulator: bool,
    #[command(flatten)]
    pub(crate) emulated: Emulator,
    #[command(flatten)]
    pub(crate) collecting: Collecting,
    #[command(flatten)]
    pub(crate) upkeep: Upkeep,
}

/// How the tables are looked after while the server runs.
#[derive(Args)]
#[command(next_help_heading = "Upkeep")]
pub(crate) struct Upkeep {
    /// How often to compact all tables, such as 24h: see `seatwise compact`
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) compact_every: Option<Duration>,
    /// How long a replaced version of a table can still be read, when all tables are compacted.
    /// Imports remove by themselves what was replaced a week ago
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = duration_or_none)]
    #[arg(requires = "compact_every")]
    pub(crate) compact_keep: Duration,
    /// How often to read all data files again and compare them with their checksums; 0 for never. A
    /// damaged file is logged, and questions that need it fail: see docs/damage.md
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = duration_or_none)]
    pub(crate) recheck_every: Duration,
    /// Each day, erase for good the deliveries whose processed date is longer ago than this, such
    /// as 1095d: see `seatwise forget --before`
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) forget_after: Option<Duration>,
}

/// What to collect while serving.
#[derive(Args)]
#[command(next_help_heading = COLLECTION)]
pub(crate) struct Collecting {
    /// Collect from Partner Center so often, such as 24h
    ///
    /// The data folder is made if it does not exist.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) collect_every: Option<Duration>,
    /// Collect at this time of the day, such as 03:30; --collect-every must then be whole days
    #[arg(long, value_name = "TIME", requires = "collect_every")]
    pub(crate) collect_at: Option<Time>,
    /// The time zone of --collect-at, such as Europe/Berlin
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
                message: "--collect-at needs whole days between collections".to_owned(),
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
    /// Set the clock of the server to this time at the start, such as 2026-11-22T10:00:00Z; it runs
    /// on from there
    #[arg(long, value_name = "TIME", value_parser = Axes::parse_known_at)]
    pub(crate) now: Option<Timestamp>,
}

/// Who may ask.
#[derive(Args)]
#[command(next_help_heading = "Sign-in")]
pub(crate) struct SignIn {
    /// Accept tokens of `seatwise token`, for development
    ///
    /// Programs on this computer get such tokens under /dev/identity, and people sign in to the pages
    /// there. Only on a loopback address.
    #[arg(long)]
    pub(crate) dev_identity: bool,
    /// Accept tokens of this OpenID Connect issuer; may be repeated
    ///
    /// `{tid}` stands for the tenant. For Entra: `https://sts.windows.net/{tid}/` or
    /// `https://login.microsoftonline.com/{tid}/v2.0`.
    #[arg(long, value_name = "URL", requires = "tenant")]
    pub(crate) issuer: Vec<Issuer>,
    /// Accept tokens of this partner: its tenant id; may be repeated
    #[arg(long, value_name = "GUID")]
    pub(crate) tenant: Vec<PartnerId>,
    /// Accept tokens for this audience instead of Partner Center's; may be repeated
    #[arg(long, value_name = "TEXT")]
    pub(crate) audience: Vec<String>,
    /// Which users must have signed in with a second factor
    #[arg(long, value_name = "RULE", default_value = "required")]
    pub(crate) mfa: Mfa,
    /// Require this scope of users who read, instead of `user_impersonation`; one of those given is
    /// enough
    #[arg(long, value_name = "SCOPE")]
    pub(crate) scope: Vec<String>,
    /// Require this role of every caller who reads; one of those given is enough
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
    /// The TLS certificate, a PEM file
    ///
    /// The server reads it again when it changes.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The key of the TLS certificate, a PEM file
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// A proxy in front of the server terminates TLS
    ///
    /// Allows an address that other computers can reach without TLS.
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
    /// Import the files that appear in this folder
    ///
    /// The folder is made if it does not exist. Files in a folder with a partner's tenant id as its name
    /// are that partner's. After the import they are moved to `done` or `rejected` beside them.
    #[arg(long, value_name = "DIR")]
    pub(crate) import_from: Option<PathBuf>,
    /// The partner of the files that lie directly in the folder: its tenant id
    #[arg(long, value_name = "GUID", requires = "import_from")]
    pub(crate) import_partner: Option<PartnerId>,
    /// How often to look at the folder, such as 5s
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    pub(crate) import_every: Duration,
    /// How long a file must not have changed before it is taken, such as 30s; a file without an end,
    /// such as a last line without a line end, is held back. With 0s each file is taken at once: for
    /// programs that rename a file into place when it is whole
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration_or_none)]
    pub(crate) import_settle: Duration,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Mfa {
    /// All: a token that does not say is refused
    Required,
    /// All but those whose v2.0 token has no `amr`, which Entra leaves out
    ExceptV2,
    /// None
    Off,
}

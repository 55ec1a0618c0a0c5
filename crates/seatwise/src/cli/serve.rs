//! Options of servers.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use seatwise_emulator::{FaultPlan, RateLimits};
use seatwise_server::Issuer;
use seatwise_service::{ExitCode, Failure, Schedule};
use seatwise_types::PartnerId;
use seatwise_types::extensions::Axes;

use super::value::{day, duration, duration_or_none, limits, listen, size, time_zone};
use super::{Connection, Data, Manner, TextOrJson};

#[derive(Args)]
pub(crate) struct Demo {
    /// Keep everything in this folder
    ///
    /// The folder must be empty, not exist, or come from an earlier demo. Without this option a
    /// temporary folder is used and removed at the end.
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// The seed: the same seed makes the same figures
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// The number of customers
    #[arg(long, default_value_t = 250, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    pub(crate) customers: u32,
    /// The number of days of history
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=3_660))]
    pub(crate) days: u16,
    /// The last day of the history; at most tomorrow
    #[arg(long, value_name = "DATE", default_value = "2026-10-31", value_parser = day)]
    pub(crate) last_day: Date,
    /// The loopback address and port to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = listen)]
    pub(crate) listen: SocketAddr,
    /// Print the table and exit
    #[arg(long)]
    pub(crate) once: bool,
    /// Leave out the byte-order mark with which Partner Center's responses begin
    #[arg(long)]
    pub(crate) no_bom: bool,
    /// Write the address and a token to this file, as JSON, when the server is ready
    ///
    /// For programs that start the server. The file is readable by you alone, and is removed at the
    /// end.
    #[arg(long, value_name = "FILE", conflicts_with = "once")]
    pub(crate) ready_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) emulator: Emulator,
}

/// The most important options. `seatwise serve -h` shows these alone.
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
    #[command(flatten)]
    pub(crate) data: Data,
    /// The address and port to listen on; port 0 selects a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = listen)]
    pub(crate) listen: SocketAddr,
    /// Leave out the byte-order mark with which Partner Center's responses begin
    #[arg(long)]
    pub(crate) no_bom: bool,
    /// Add fields that are documented but absent from the documented samples
    ///
    /// An example is `customerId` in the rows of one customer.
    #[arg(long)]
    pub(crate) documented_fields: bool,
    /// Write errors as on Partner Center's page of error codes, not as in its samples
    ///
    /// `code` is then text, and `data` is left out if it is empty. By default `code` is a number,
    /// and `data` is always there.
    #[arg(long)]
    pub(crate) text_error_codes: bool,
    /// The format of the log on standard error
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) log: TextOrJson,
    /// Write the address to this file, as JSON, when the server is ready
    ///
    /// With --dev-identity and one partner, the file also has a token. For programs that start the
    /// server. The file is readable by you alone, and is removed at the end.
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

/// How a server maintains its tables.
#[derive(Args)]
#[command(next_help_heading = "Upkeep")]
pub(crate) struct Upkeep {
    /// Compact all tables in this interval, such as 24h: see `seatwise compact`
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) compact_every: Option<Duration>,
    /// How long --compact-every keeps replaced versions of a table readable
    ///
    /// Imports remove what was replaced more than a week ago in any case.
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = duration_or_none)]
    #[arg(requires = "compact_every")]
    pub(crate) compact_keep: Duration,
    /// Compare all data files with their checksums in this interval; 0 for never
    ///
    /// A damaged file is logged, and queries that need it fail: see docs/damage.md.
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = duration_or_none)]
    pub(crate) recheck_every: Duration,
    /// Each day, erase deliveries with a processed date longer ago than this, such as 1095d
    ///
    /// See `seatwise forget --before`.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) forget_after: Option<Duration>,
}

impl Upkeep {
    /// What these options ask for.
    pub(crate) fn settings(&self) -> Result<seatwise_service::Upkeep, jiff::Error> {
        Ok(seatwise_service::Upkeep {
            compact_every: self.compact_every,
            compact_keep: SignedDuration::try_from(self.compact_keep)?,
            recheck_every: self.recheck_every,
            forget_after: self
                .forget_after
                .map(SignedDuration::try_from)
                .transpose()?,
        })
    }
}

/// What a server collects.
#[derive(Args)]
#[command(next_help_heading = COLLECTION)]
pub(crate) struct Collecting {
    /// Collect from Partner Center in this interval, such as 24h
    ///
    /// The data folder is created if it does not exist.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) collect_every: Option<Duration>,
    /// Collect at this time of the day, such as 03:30; --collect-every must then be whole days
    #[arg(long, value_name = "TIME", requires = "collect_every")]
    pub(crate) collect_at: Option<Time>,
    /// The time zone of --collect-at, such as Europe/Berlin
    #[arg(long, value_name = "NAME", default_value = "UTC", value_parser = time_zone)]
    pub(crate) time_zone: TimeZone,
    /// The partner's tenant id; it must match the sign-in
    #[arg(long, value_name = "GUID")]
    pub(crate) collect_partner: Option<PartnerId>,
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(flatten)]
    pub(crate) manner: Manner,
}

const COLLECTION: &str = "Collection";

impl Collecting {
    /// When to collect; `None` for never.
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
                code: ExitCode::Arguments,
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

/// What the emulator does beyond normal responses.
#[derive(Args)]
#[command(next_help_heading = EMULATOR)]
pub(crate) struct Emulator {
    /// Inject faults into a share of the requests, such as
    /// `429=5%;retry-after=7,503=2%,latency=200ms..2s`
    #[arg(long, value_name = "PLAN", default_value_t, hide_default_value = true)]
    pub(crate) fault: FaultPlan,
    /// The seed: the same seed injects the same faults into the same requests
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(crate) fault_seed: u64,
    /// The requests that a partner may send: `partner-center`, a number, or `none`
    ///
    /// `partner-center` allows 500 requests per minute for customers, as documented. A number is
    /// for all requests per minute together.
    #[arg(long, value_name = "LIMITS", default_value = "partner-center", value_parser = limits)]
    pub(crate) limits: RateLimits,
    /// Start the server's clock at this time, such as 2026-11-22T10:00:00Z
    #[arg(long, value_name = "TIME", value_parser = Axes::parse_known_at)]
    pub(crate) now: Option<Timestamp>,
}

/// Which tokens are accepted.
#[derive(Args)]
#[command(next_help_heading = "Sign-in")]
pub(crate) struct SignIn {
    /// Accept tokens of `seatwise token`, for development
    ///
    /// Programs on this computer get tokens under /dev/identity, and people sign in to the pages
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
    /// Which users must have used a second factor
    #[arg(long, value_name = "RULE", default_value = "required")]
    pub(crate) mfa: Mfa,
    /// Require one of these scopes of users who read, instead of `user_impersonation`; may be
    /// repeated
    #[arg(long, value_name = "SCOPE")]
    pub(crate) scope: Vec<String>,
    /// Require one of these roles of all callers who read; may be repeated
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Vec<String>,
    /// Let users with this scope import, instead of `Seatwise.Import`; may be repeated
    #[arg(long, value_name = "SCOPE")]
    pub(crate) write_scope: Vec<String>,
    /// Let users and applications with this role import, instead of `Seatwise.Import`; may be
    /// repeated
    #[arg(long, value_name = "ROLE")]
    pub(crate) write_role: Vec<String>,
}

/// Encryption of connections.
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
    /// Allows listening without TLS on an address that other computers can reach.
    #[arg(long)]
    pub(crate) behind_proxy: bool,
}

/// How a running server imports data.
#[derive(Args)]
#[command(next_help_heading = "Import")]
pub(crate) struct Imports {
    /// The largest body of `POST /seatwise/v1/import`, such as 200MiB
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = size)]
    pub(crate) import_limit: u64,
    /// Import the files that appear in this folder
    ///
    /// The folder is created if it does not exist. A folder in it with a partner's tenant id as
    /// name is for that partner's files. After the import, files are moved to `done` or `rejected`
    /// beside them.
    #[arg(long, value_name = "DIR")]
    pub(crate) import_from: Option<PathBuf>,
    /// The partner of files directly in the folder: its tenant id
    #[arg(long, value_name = "GUID", requires = "import_from")]
    pub(crate) import_partner: Option<PartnerId>,
    /// The interval between looks at the folder, such as 5s
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    pub(crate) import_every: Duration,
    /// Import a file after it has not changed for this long, such as 30s
    ///
    /// An incomplete file, such as one without a line end in its last line, is held back. With 0s
    /// each file is imported at once: use this if programs rename complete files into the folder.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration_or_none)]
    pub(crate) import_settle: Duration,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Mfa {
    /// All; a token without this information is rejected
    Required,
    /// All, except if a v2.0 token has no `amr`, which Entra leaves out
    ExceptV2,
    /// None
    Off,
}

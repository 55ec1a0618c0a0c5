//! Options of commands that fill a data folder.

use std::path::PathBuf;

use clap::{Arg, Args, ValueEnum};
use seatwise_collect::Way;
use seatwise_types::{CustomerId, PartnerId};

use super::{Connection, Data, DataIfAny, Output, TextOrJson};

#[derive(Args)]
#[command(mut_arg("data_dir", created))]
pub(crate) struct Import {
    #[command(flatten)]
    pub(crate) data: Data,
    /// The partner's tenant id
    #[arg(long, value_name = "GUID", env = "SEATWISE_PARTNER")]
    pub(crate) partner: PartnerId,
    /// The metric; by default it is detected from the columns
    #[arg(long)]
    pub(crate) kind: Option<Kind>,
    /// The format; by default it is detected from the first bytes
    #[arg(long, default_value = "auto")]
    pub(crate) format: Format,
    /// The customer of saved per-customer responses, which do not name it
    #[arg(long, value_name = "GUID")]
    pub(crate) customer: Option<CustomerId>,
    /// Check and compare the files, but store nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Skip deliveries with a bad row instead of stopping; their rows go to FILE.rejected.csv
    #[arg(long)]
    pub(crate) skip_bad_rows: bool,
    /// How files with rows of the same delivery relate
    ///
    /// By default this is detected from their products and workloads.
    #[arg(long = "files", value_name = "WHAT")]
    pub(crate) files_are: Option<FilesAre>,
    /// The files are complete: a known customer without rows in them has no seats any more
    ///
    /// This holds for the services, channels and dates in the files.
    #[arg(long, conflicts_with = "skip_bad_rows")]
    pub(crate) complete: bool,
    /// Store a file even if it removes more than half of the rows of its deliveries
    #[arg(long)]
    pub(crate) replace: bool,
    /// Give up damaged data files that this import does not restore
    ///
    /// The last version of the deliveries that may have been in them is recorded as of now.
    /// Everything else in them is lost.
    #[arg(long)]
    pub(crate) mend: bool,
    /// The download of Partner Center's Insights that the files come from
    ///
    /// By default it is detected from columns and workloads.
    #[arg(long, value_name = "NAME")]
    pub(crate) download: Option<Download>,
    /// The format of the receipt
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
    /// Files to import, in order; a folder stands for its files, and `-` for standard input
    ///
    /// Files may be compressed with gzip or zstd.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// The data folder of a command that fills it.
fn created(data_dir: Arg) -> Arg {
    data_dir
        .help("The data folder, or its URL in object storage; it is created if it does not exist")
}

/// How files with rows of the same delivery relate.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum FilesAre {
    /// Their rows together are one delivery
    Parts,
    /// The later file restates the earlier one
    Versions,
}

/// A download of Partner Center's Insights.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Download {
    /// Office 365 licence usage
    #[value(name = "OfficeUsage", alias = "officeusage", alias = "office-usage")]
    OfficeUsage,
    /// Dynamics 365 licence usage
    #[value(
        name = "DynamicsUsage",
        alias = "dynamicsusage",
        alias = "dynamics-usage"
    )]
    DynamicsUsage,
}

#[derive(Args)]
#[command(mut_arg("url", |it| it.long("from")), mut_arg("data_dir", created))]
pub(crate) struct Collect {
    #[command(flatten)]
    pub(crate) data: Data,
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// The partner's tenant id; it must match the sign-in
    #[arg(long, value_name = "GUID", env = "SEATWISE_PARTNER")]
    pub(crate) partner: Option<PartnerId>,
    #[command(flatten)]
    pub(crate) manner: Manner,
    /// Wait for another collector of the same partner to end, instead of exiting
    #[arg(long)]
    pub(crate) wait: bool,
    /// The format of the receipt
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
}

#[derive(Args)]
#[command(
    mut_arg("url", |it| it.long("from")),
    mut_arg("data_dir", |it| it.help("The data folder to check too, or its URL in object storage")),
)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(flatten)]
    pub(crate) data: DataIfAny,
    /// The format of the findings
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
}

/// How requests to the source are made.
#[derive(Args)]
pub(crate) struct Manner {
    /// How to request rows
    #[arg(long, value_name = "WAY", default_value = "auto")]
    pub(crate) ask: Ask,
    /// The most requests per minute; fewer if the source throttles them
    #[arg(long, value_name = "COUNT", default_value_t = 480)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) requests_per_minute: u32,
    /// The most requests in flight
    #[arg(long, value_name = "COUNT", default_value_t = 4)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) in_flight: u16,
}

impl From<Manner> for seatwise_service::Manner {
    fn from(args: Manner) -> Self {
        Self {
            way: match args.ask {
                Ask::Auto => None,
                Ask::Pages => Some(Way::Commercial),
                Ask::Customers => Some(Way::Customer),
            },
            requests_per_minute: args.requests_per_minute,
            in_flight: usize::from(args.in_flight),
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Ask {
    /// Page by page if the source has the rows of all customers, else customer by customer
    Auto,
    /// Page by page, the rows of all customers
    Pages,
    /// Customer by customer
    Customers,
}

#[derive(Args)]
pub(crate) struct Runs {
    #[command(flatten)]
    pub(crate) data: Data,
    /// Only runs of this partner: its tenant id
    #[arg(long, value_name = "GUID", env = "SEATWISE_PARTNER")]
    pub(crate) partner: Option<PartnerId>,
    /// Only this many runs, the last ones
    #[arg(long, value_name = "COUNT")]
    pub(crate) last: Option<usize>,
    /// The format of the output
    #[arg(long, default_value = "table")]
    pub(crate) output: Output,
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
    /// Detected from the first bytes
    Auto,
    /// Comma, semicolon or tab separated, with a header
    Csv,
    /// One JSON object per line
    Ndjson,
    /// Apache Parquet
    Parquet,
    /// A saved response of the API, or a list of rows
    Json,
}

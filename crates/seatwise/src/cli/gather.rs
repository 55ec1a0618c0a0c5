//! What fills a data folder, and who looks after that.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use seatwise_types::{CustomerId, PartnerId};

use super::{Connection, Output, TextOrJson};

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
    /// The format; found from the first bytes if not given
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
    /// How files with rows of the same delivery belong together; found from their products and
    /// workloads if not given
    #[arg(long = "files", value_name = "WHAT")]
    pub(crate) files_are: Option<FilesAre>,
    /// The files have all customers of their services, channels and dates: known customers that are
    /// missing there have nothing any more
    #[arg(long, conflicts_with = "skip_bad_rows")]
    pub(crate) complete: bool,
    /// Store a file even if it takes away more than half of what is known of its deliveries
    #[arg(long)]
    pub(crate) replace: bool,
    /// Give up damaged data files that the imported files do not bring back: the last version of what
    /// may have been in them is recorded as of now, the rest is lost
    #[arg(long)]
    pub(crate) mend: bool,
    /// Which download of Partner Center's Insights the files are; found from columns and workloads if
    /// not given
    #[arg(long, value_name = "NAME")]
    pub(crate) download: Option<Download>,
    /// How the receipt is printed
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
    /// Files, in the order in which they count; a folder stands for the files in it, `-` is
    /// standard input. Files may be compressed with gzip or zstd
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// How files with rows of the same delivery belong together.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum FilesAre {
    /// Their rows belong together
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
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
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
    /// Only this many, the last ones
    #[arg(long, value_name = "COUNT")]
    pub(crate) last: Option<usize>,
    /// How they are printed
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
    /// Found from the first bytes
    Auto,
    /// Comma, semicolon or tab separated, with a header
    Csv,
    /// One JSON object a line
    Ndjson,
    /// Apache Parquet
    Parquet,
    /// A saved answer of the API, or a list of rows
    Json,
}

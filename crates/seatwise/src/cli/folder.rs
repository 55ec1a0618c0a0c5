//! Options of commands for a data folder and its upkeep.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use seatwise_service::Result;
use seatwise_store::Store;
use seatwise_types::{CustomerId, PartnerId};

use super::value::{day, duration, duration_or_none};
use super::{Axes, Data, TextOrJson};

#[derive(Args)]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) data: Data,
    /// The format of the output
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
}

/// The tables of a data folder.
#[derive(Args)]
pub(crate) struct Tables {
    #[command(flatten)]
    pub(crate) data: Data,
    /// Only this partner's tables
    #[arg(long, value_name = "GUID", env = "SEATWISE_PARTNER")]
    pub(crate) partner: Option<PartnerId>,
}

impl Tables {
    /// Opens the folder. Returns it with the selected partners.
    pub(crate) fn open(&self) -> Result<(Store, Vec<PartnerId>)> {
        let store = Store::open(self.data.folder()?)?;
        let partners = match self.partner {
            Some(partner) => vec![partner],
            None => store.partners()?,
        };
        Ok((store, partners))
    }
}

#[derive(Args)]
pub(crate) struct Compact {
    #[command(flatten)]
    pub(crate) tables: Tables,
    /// Keep replaced versions of a table readable for this long, such as 7d or 36h
    ///
    /// Their files and their part of the log stay. Links to further pages end with the version;
    /// answers with --known-at do not change. With 0 only the newest version is kept, and running
    /// queries may fail. A file that belongs to no version is kept for a day, because an import may
    /// be writing it.
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = duration_or_none)]
    pub(crate) keep: Duration,
    /// The format of the output
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
}

#[derive(Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) tables: Tables,
    /// The format of the output
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
}

#[derive(Args)]
pub(crate) struct Repair {
    #[command(flatten)]
    pub(crate) tables: Tables,
    /// Make the repair; without this option it is only shown
    ///
    /// Give today's date as you know it, not as this computer shows it.
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub(crate) today: Option<Date>,
    /// The format of the receipt
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
}

#[derive(Args)]
pub(crate) struct Backup {
    #[command(flatten)]
    pub(crate) data: Data,
    /// The folder of the copy; it must be empty or not exist
    #[arg(value_name = "COPY")]
    pub(crate) to: PathBuf,
    /// The format of the output
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
}

#[derive(Args)]
#[command(mut_arg("data_dir", |it| it.help(
    "The data folder to create, or a URL in object storage; it must be empty or not exist"
)))]
pub(crate) struct Restore {
    /// The backup
    #[arg(value_name = "COPY")]
    pub(crate) from: PathBuf,
    #[command(flatten)]
    pub(crate) data: Data,
    /// The format of the output
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
}

#[derive(Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) tables: Tables,
    /// The folder for the tables, with a folder for each partner; existing files are replaced
    #[arg(long, value_name = "DIR")]
    pub(crate) to: PathBuf,
    /// The format of the tables
    #[arg(long, default_value = "parquet")]
    pub(crate) format: ExportFormat,
    #[command(flatten)]
    pub(crate) axes: Axes,
}

#[derive(Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["customer", "before"])))]
pub(crate) struct Forget {
    #[command(flatten)]
    pub(crate) data: Data,
    /// The partner's tenant id
    #[arg(long, value_name = "GUID", env = "SEATWISE_PARTNER")]
    pub(crate) partner: PartnerId,
    /// Erase everything of this customer
    #[arg(long, value_name = "GUID")]
    pub(crate) customer: Option<CustomerId>,
    /// Erase deliveries with an earlier processed date; the newest 35 days of each service stay
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub(crate) before: Option<Date>,
    /// Erase; without this option rows are only counted
    #[arg(long)]
    pub(crate) yes: bool,
    /// The format of the receipt
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum ExportFormat {
    /// Comma separated, with a header; `seatwise import` reads it
    Csv,
    /// The same for spreadsheets: text that looks like a formula gets an apostrophe in front, so do
    /// not import it again
    SpreadsheetCsv,
    /// Apache Parquet; `seatwise import` reads it
    Parquet,
}

#[derive(Args)]
pub(crate) struct Token {
    #[command(flatten)]
    pub(crate) data: Data,
    /// The partner whose data the token gives access to: its tenant id
    #[arg(long, value_name = "GUID", env = "SEATWISE_PARTNER")]
    pub(crate) partner: PartnerId,
    /// The user's principal name in the token
    #[arg(long, value_name = "UPN", default_value = "developer@localhost")]
    pub(crate) user: String,
    /// Make a token without a user, which the licence analytics reject
    #[arg(long)]
    pub(crate) app_only: bool,
    /// Allow imports too: add the scope or role `Seatwise.Import`
    #[arg(long)]
    pub(crate) write: bool,
    /// How long the token is valid, such as 1h or 90m
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = duration)]
    pub(crate) expires_in: Duration,
}

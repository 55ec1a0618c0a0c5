//! A data folder and its upkeep.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use seatwise_store::{Store, StoreError};
use seatwise_types::{CustomerId, PartnerId};

use super::value::{day, duration, duration_or_none};
use super::{Axes, TextOrJson};

#[derive(Args)]
pub(crate) struct Status {
    /// The data folder
    #[arg(long, value_name = "DIR", env = "SEATWISE_DATA_DIR")]
    pub(crate) data_dir: PathBuf,
    /// How it is printed
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
}

/// Tables of a data folder.
#[derive(Args)]
pub(crate) struct Tables {
    /// The data folder
    #[arg(long, value_name = "DIR", env = "SEATWISE_DATA_DIR")]
    pub(crate) data_dir: PathBuf,
    /// Only this partner's tables
    #[arg(long, value_name = "GUID", env = "SEATWISE_PARTNER")]
    pub(crate) partner: Option<PartnerId>,
}

impl Tables {
    /// The folder, and the partners whose tables are meant.
    pub(crate) fn open(&self) -> Result<(Store, Vec<PartnerId>), StoreError> {
        let store = Store::open(&self.data_dir)?;
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
    /// How long a replaced version of a table can still be read, such as 7d or 36h: its files and
    /// its part of the log are kept for so long. Links to further pages end with it; answers with
    /// --known-at do not change. With 0 only the newest version is kept, and questions that are
    /// being answered may fail. A file of no version is kept for a day, as an import may be writing
    /// it
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = duration_or_none)]
    pub(crate) keep: Duration,
    /// How it is printed
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
}

#[derive(Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) tables: Tables,
    /// How it is printed
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
}

#[derive(Args)]
pub(crate) struct Repair {
    #[command(flatten)]
    pub(crate) tables: Tables,
    /// Make the repair: give today's date, as you know it and not as this computer says it. Without
    /// this option the repair is only shown
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub(crate) today: Option<Date>,
    /// How the receipt is printed
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
}

#[derive(Args)]
pub(crate) struct Backup {
    /// The data folder
    #[arg(long, value_name = "DIR", env = "SEATWISE_DATA_DIR")]
    pub(crate) data_dir: PathBuf,
    /// Where the copy goes: a folder that is empty or does not exist
    #[arg(value_name = "COPY")]
    pub(crate) to: PathBuf,
    /// How it is printed
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
}

#[derive(Args)]
pub(crate) struct Restore {
    /// The backup
    #[arg(value_name = "COPY")]
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
    #[command(flatten)]
    pub(crate) tables: Tables,
    /// Where the tables go, in a folder for each partner; earlier ones are replaced
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
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub(crate) before: Option<Date>,
    /// Erase; without this option the rows are only counted
    #[arg(long)]
    pub(crate) yes: bool,
    /// How the receipt is printed
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum ExportFormat {
    /// Comma separated, with a header; `seatwise import` reads it
    Csv,
    /// The same for opening in a spreadsheet: a text that begins as a formula does gets an
    /// apostrophe before it, so do not import it again
    SpreadsheetCsv,
    /// Apache Parquet; `seatwise import` reads it
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

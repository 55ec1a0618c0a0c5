//! Idle seats, and the files of the partner that they are worked out with.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use seatwise_types::own::{IdleShow, IdleSort};
use seatwise_types::{CustomerId, PartnerId};

use super::{Axes, Connection, Feed, Output, Page};

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Idle {
    #[command(subcommand)]
    pub(crate) file: Option<IdleFiles>,
    #[command(flatten)]
    pub(crate) question: Box<IdleQuestion>,
}

#[derive(Args)]
pub(crate) struct IdleQuestion {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(flatten)]
    pub(crate) feed: Feed,
    /// Only this customer
    #[arg(long, value_name = "GUID")]
    pub(crate) customer: Option<CustomerId>,
    /// Only this product, by its id or its name
    #[arg(long, value_name = "TEXT")]
    pub(crate) product: Option<String>,
    /// The order of the rows: idle, exposure, unused, customer or product
    #[arg(long, default_value_t = IdleSort::Idle)]
    pub(crate) sort: IdleSort,
    /// Which rows are listed: idle, unpriced, excluded or all; totals are always those of all
    #[arg(long, default_value_t = IdleShow::Idle)]
    pub(crate) show: IdleShow,
    /// Count seats only, without prices
    #[arg(long)]
    pub(crate) without_prices: bool,
    /// Show how each row came about
    #[arg(long)]
    pub(crate) explain: bool,
    #[command(flatten)]
    pub(crate) axes: Axes,
    #[command(flatten)]
    pub(crate) page: Page,
    /// How it is printed; CSV has the rows
    #[arg(long, default_value = "table")]
    pub(crate) output: Output,
}

#[derive(Subcommand)]
pub(crate) enum IdleFiles {
    /// Set or show what seats cost
    Prices(IdleFile),
    /// Set or show buffers and exclusions
    Policy(IdleFile),
}

#[derive(Args)]
pub(crate) struct IdleFile {
    #[command(subcommand)]
    pub(crate) action: IdleFileAction,
}

#[derive(Subcommand)]
pub(crate) enum IdleFileAction {
    /// Check a file and put it in force: what was answered before stays as it was
    Set {
        /// The file; docs/idle.md says what stands in it
        file: PathBuf,
        #[command(flatten)]
        of: OfPartner,
        /// Only check the file
        #[arg(long)]
        dry_run: bool,
    },
    /// Print the file that is in force
    Show {
        #[command(flatten)]
        of: OfPartner,
    },
}

/// A partner of a data folder.
#[derive(Args)]
pub(crate) struct OfPartner {
    /// The data folder
    #[arg(long, value_name = "DIR", env = "SEATWISE_DATA_DIR")]
    pub(crate) data_dir: PathBuf,
    /// Whose file: the partner's tenant id
    #[arg(long, value_name = "GUID", env = "SEATWISE_PARTNER")]
    pub(crate) partner: PartnerId,
}

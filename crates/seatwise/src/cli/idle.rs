//! Options of `seatwise idle`, and of the partner's files for it.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use seatwise_types::PartnerId;
use seatwise_types::extensions::{IdleShow, IdleSort};

use super::{Axes, Data, Feed, Output, Page, Source};
use crate::customer::Named;

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
    pub(crate) source: Source,
    #[command(flatten)]
    pub(crate) feed: Feed,
    /// Only this customer, by its tenant id or its name
    #[arg(long, value_name = "GUID|NAME", value_parser = Named::parse)]
    pub(crate) customer: Option<Named>,
    /// Only this product, by its id or its name
    #[arg(long, value_name = "TEXT")]
    pub(crate) product: Option<String>,
    /// The order of the rows: idle, exposure, unused, customer or product
    #[arg(long, default_value_t = IdleSort::Idle)]
    pub(crate) sort: IdleSort,
    /// The rows to list: idle, unpriced, excluded or all; totals always cover all rows
    #[arg(long, default_value_t = IdleShow::Idle)]
    pub(crate) show: IdleShow,
    /// Count seats only, without prices
    #[arg(long)]
    pub(crate) without_prices: bool,
    /// Show how each row is calculated
    #[arg(long)]
    pub(crate) explain: bool,
    #[command(flatten)]
    pub(crate) axes: Axes,
    #[command(flatten)]
    pub(crate) page: Page,
    /// The format of the output; CSV has the rows
    #[arg(long, default_value = "table")]
    pub(crate) output: Output,
}

#[derive(Subcommand)]
pub(crate) enum IdleFiles {
    /// Set or show the prices of seats
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
    /// Check a file and put it in force; earlier answers do not change
    Set {
        /// The file; docs/idle.md describes it
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
    #[command(flatten)]
    pub(crate) data: Data,
    /// The partner's tenant id
    #[arg(long, value_name = "GUID", env = "SEATWISE_PARTNER")]
    pub(crate) partner: PartnerId,
}

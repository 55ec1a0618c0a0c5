//! Questions to Partner Center or Seatwise, and the sign-in for them.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;
use seatwise_client::Cloud;
use seatwise_types::own::{Axes as TimeAxes, By, DayOrMonth, Metric, Month, Step};
use seatwise_types::{PartnerId, ProcessedDateTime};

use super::Output;
use super::value::{address, changes_by};
use crate::customer::Named;

#[derive(Args)]
pub(crate) struct Connection {
    /// Where the service is; by default where `seatwise login` has signed in to, else Partner
    /// Center at api.partnercenter.microsoft.com
    #[arg(long, env = "SEATWISE_URL", value_parser = address)]
    pub(crate) url: Option<String>,
    /// The access token, in place of a sign-in. Others on this computer may see it on the command
    /// line, so put it into the environment
    #[arg(long, env = "SEATWISE_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    #[command(flatten)]
    pub(crate) trust: Trust,
    #[command(flatten)]
    pub(crate) kept: KeptSignIn,
}

/// Where a command that reads has its answers from: a service, or a data folder.
#[derive(Args)]
pub(crate) struct Source {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Read this data folder, without a server and without a sign-in. Nothing is written there
    #[arg(long = "data-dir", value_name = "DIR")]
    pub(crate) read_folder: Option<PathBuf>,
    /// Whose figures of the folder, if it holds those of several partners: the partner's tenant id
    #[arg(long = "partner", value_name = "GUID", requires = "read_folder")]
    pub(crate) read_partner: Option<PartnerId>,
}

/// Which certificates are trusted beside the system's.
#[derive(Args)]
pub(crate) struct Trust {
    /// Trust the certificates in this PEM file too: that of the service, or of the authority which
    /// issued it
    #[arg(long, value_name = "FILE", env = "SEATWISE_CA_CERT")]
    pub(crate) ca_cert: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct KeptSignIn {
    /// Where `seatwise login` keeps the sign-in; by default in the user's configuration, for each
    /// profile one
    #[arg(long, value_name = "FILE", env = "SEATWISE_SIGN_IN_FILE")]
    pub(crate) sign_in_file: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Figures {
    #[command(flatten)]
    pub(crate) source: Source,
    /// Show one customer, by its tenant id or its name, product by product
    #[arg(long, value_name = "GUID|NAME", value_parser = Named::parse)]
    pub(crate) customer: Option<Named>,
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
    pub(crate) source: Source,
    /// Only customers whose company name begins with this text
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,
    /// Only customers whose domain begins with this text
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
    pub(crate) source: Source,
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
    pub(crate) source: Source,
    /// The first day
    #[arg(long, value_name = "DATE", value_parser = TimeAxes::parse_as_of)]
    pub(crate) from: Date,
    /// The last day
    #[arg(long, value_name = "DATE", value_parser = TimeAxes::parse_as_of)]
    pub(crate) to: Date,
    /// Which figures: usage or deployment
    #[arg(long, default_value_t = Metric::Usage)]
    pub(crate) metric: Metric,
    /// What the figures are of: the partner, or each customer, workload or product
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
    pub(crate) source: Source,
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
pub(crate) struct ImportList {
    #[command(flatten)]
    pub(crate) source: Source,
    #[command(flatten)]
    pub(crate) page: Page,
    /// How they are printed
    #[arg(long, default_value = "table")]
    pub(crate) output: Output,
}

#[derive(Args)]
pub(crate) struct Coverage {
    #[command(flatten)]
    pub(crate) source: Source,
    /// Of which figures: usage or deployment
    #[arg(long, default_value_t = Metric::Usage)]
    pub(crate) metric: Metric,
    #[command(flatten)]
    pub(crate) feed: Feed,
    /// Only this customer, by its tenant id or its name
    #[arg(long, value_name = "GUID|NAME", value_parser = Named::parse)]
    pub(crate) customer: Option<Named>,
    #[command(flatten)]
    pub(crate) axes: Axes,
    #[command(flatten)]
    pub(crate) page: Page,
    /// How it is printed; CSV has the services and channels
    #[arg(long, default_value = "table")]
    pub(crate) output: Output,
}

#[derive(Args)]
#[command(
    group(clap::ArgGroup::new("lists").args(["by", "restatements"]).multiple(true)),
    mut_arg("top", |it| it.requires("lists")),
    mut_arg("skip", |it| it.requires("lists")),
)]
pub(crate) struct Changes {
    #[command(flatten)]
    pub(crate) source: Source,
    /// The day of the first answer, such as 2026-09-30; or a month, such as 2026-09, which means the
    /// newest day in it of which something was delivered
    #[arg(long, value_name = "DATE")]
    pub(crate) from: DayOrMonth,
    /// The day, or month, of the second one
    #[arg(long, value_name = "DATE")]
    pub(crate) to: DayOrMonth,
    /// Of what the changes are: of the partner, or of each customer that moved a figure, the largest
    /// effects first
    #[arg(long, default_value = "partner", value_parser = changes_by)]
    pub(crate) by: By,
    /// What was known for the first answer; by default what is known for the second one
    #[arg(long, value_name = "TIME", value_parser = TimeAxes::parse_known_at)]
    pub(crate) from_known_at: Option<Timestamp>,
    /// What was known for the second answer; by default what is known now
    #[arg(long, value_name = "TIME", value_parser = TimeAxes::parse_known_at)]
    pub(crate) to_known_at: Option<Timestamp>,
    /// Which figures: usage or deployment
    #[arg(long, default_value_t = Metric::Usage)]
    pub(crate) metric: Metric,
    /// Show the deliveries of these days, or whole months, that were replaced, in all their versions,
    /// as known at --to-known-at
    #[arg(long, conflicts_with_all = ["from_known_at", "workload", "by"])]
    pub(crate) restatements: bool,
    #[command(flatten)]
    pub(crate) page: Page,
    #[command(flatten)]
    pub(crate) feed: Feed,
    /// Only this workload, by its code or its name
    #[arg(long, value_name = "TEXT")]
    pub(crate) workload: Option<String>,
    /// Only this customer, by its tenant id or its name
    #[arg(long, value_name = "GUID|NAME", value_parser = Named::parse)]
    pub(crate) customer: Option<Named>,
    /// How it is printed
    #[arg(long, default_value = "table")]
    pub(crate) output: Output,
}

#[derive(Args)]
pub(crate) struct Monthly {
    #[command(flatten)]
    pub(crate) source: Source,
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
    /// Only the figures of this customer, by its tenant id or its name
    #[arg(long, value_name = "GUID|NAME", value_parser = Named::parse)]
    pub(crate) customer: Option<Named>,
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

/// Of which service and channel: figures of two are never added up.
#[derive(Args)]
pub(crate) struct Feed {
    /// Only this service, by its code, such as o365
    #[arg(long, value_name = "CODE")]
    pub(crate) service: Option<String>,
    /// Only this channel, such as reseller
    #[arg(long, value_name = "TEXT")]
    pub(crate) channel: Option<String>,
}

/// Which rows.
#[derive(Args)]
pub(crate) struct Selection {
    #[command(flatten)]
    pub(crate) feed: Feed,
    /// Only this workload, by its code or its name
    #[arg(long, value_name = "TEXT")]
    pub(crate) workload: Option<String>,
    /// Only this customer, by its tenant id or its name
    #[arg(long, value_name = "GUID|NAME", value_parser = Named::parse)]
    pub(crate) customer: Option<Named>,
    /// Only this product, by its id or its name
    #[arg(long, value_name = "TEXT")]
    pub(crate) product: Option<String>,
}

#[derive(Args)]
pub(crate) struct Login {
    /// Whose figures: the partner's tenant id
    #[arg(long, value_name = "GUID", env = "SEATWISE_PARTNER")]
    pub(crate) partner: PartnerId,
    /// The client id of an application that may sign users in
    #[arg(long, value_name = "ID", env = "SEATWISE_CLIENT_ID")]
    pub(crate) client_id: String,
    /// The file with the application's secret, if it has one. Only you may be able to read the
    /// file. It stays where it is, and is read whenever the secret is needed
    #[arg(long, value_name = "FILE", env = "SEATWISE_CLIENT_SECRET_FILE")]
    pub(crate) client_secret_file: Option<PathBuf>,
    /// Keep the refresh token in this file, of a sign-in that was made elsewhere, instead of asking
    /// for one. Only you may be able to read the file
    #[arg(long, value_name = "FILE")]
    pub(crate) refresh_token_file: Option<PathBuf>,
    /// The cloud: global, us-government or china
    #[arg(long, default_value_t = Cloud::Global)]
    pub(crate) cloud: Cloud,
    /// Where the service is; that of the cloud by default
    #[arg(long, env = "SEATWISE_URL", value_parser = address)]
    pub(crate) url: Option<String>,
    /// Where tokens are issued; that of the cloud by default. For a server with --dev-identity:
    /// its address and `/dev/identity`
    #[arg(long, value_name = "URL")]
    pub(crate) authority: Option<String>,
    #[command(flatten)]
    pub(crate) trust: Trust,
    #[command(flatten)]
    pub(crate) kept: KeptSignIn,
}

#[derive(Args)]
pub(crate) struct Logout {
    #[command(flatten)]
    pub(crate) kept: KeptSignIn,
}

//! Options of commands that read from Partner Center or Seatwise, and of the sign-in.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;
use seatwise_client::Cloud;
use seatwise_types::extensions::{Axes as TimeAxes, By, DayOrMonth, Metric, Month, Step};
use seatwise_types::{PartnerId, ProcessedDateTime};

use super::value::{address, changes_by};
use super::{KeptSignIn, Output, Source, Trust};
use crate::customer::Named;

#[derive(Args)]
pub(crate) struct Figures {
    #[command(flatten)]
    pub(crate) source: Source,
    /// Show one customer, by its tenant id or its name, product by product
    #[arg(long, value_name = "GUID|NAME", value_parser = Named::parse)]
    pub(crate) customer: Option<Named>,
    #[command(flatten)]
    pub(crate) axes: Axes,
    /// The format of the output
    #[arg(long, default_value = "table")]
    pub(crate) output: Output,
}

/// A point on the two axes of time; for a service that keeps a history.
#[derive(Args)]
pub(crate) struct Axes {
    /// Ignore deliveries with a processed date after this day; Seatwise only
    #[arg(long, value_name = "DATE", value_parser = TimeAxes::parse_as_of)]
    pub(crate) as_of: Option<Date>,
    /// Show what was known at this instant, such as 2026-11-05T08:00:00Z; Seatwise only
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
    /// The page size of requests; by default the service decides
    #[arg(long, value_name = "COUNT")]
    pub(crate) size: Option<u32>,
    /// The format of the output
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
    /// Add up the rows with equal values in these fields, such as "customerName,productName"
    #[arg(long, value_name = "FIELDS")]
    pub(crate) group_by: Option<String>,
    /// Only rows of this processed date; by default the newest of each service
    #[arg(long, value_name = "DATE")]
    pub(crate) date: Option<ProcessedDateTime>,
    /// Only the first rows; by default all
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) top: Option<u32>,
    /// The format of the output
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
    /// The metric: usage or deployment
    #[arg(long, default_value_t = Metric::Usage)]
    pub(crate) metric: Metric,
    /// What each figure is about: the partner, or each customer, workload or product
    #[arg(long, default_value_t = By::Partner)]
    pub(crate) by: By,
    /// The distance between dates: day, week or month
    #[arg(long, default_value_t = Step::Day)]
    pub(crate) step: Step,
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// Show what was known at this instant, such as 2026-11-05T08:00:00Z
    #[arg(long, value_name = "TIME", value_parser = TimeAxes::parse_known_at)]
    pub(crate) known_at: Option<Timestamp>,
    /// The format of the output
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
    /// The metric: usage or deployment
    #[arg(long, default_value_t = Metric::Usage)]
    pub(crate) metric: Metric,
    #[command(flatten)]
    pub(crate) selection: Selection,
    #[command(flatten)]
    pub(crate) axes: Axes,
    #[command(flatten)]
    pub(crate) page: Page,
    /// The format of the output; CSV has the rows
    #[arg(long, default_value = "table")]
    pub(crate) output: Output,
}

#[derive(Args)]
pub(crate) struct ImportList {
    #[command(flatten)]
    pub(crate) source: Source,
    #[command(flatten)]
    pub(crate) page: Page,
    /// The format of the output
    #[arg(long, default_value = "table")]
    pub(crate) output: Output,
}

#[derive(Args)]
pub(crate) struct Coverage {
    #[command(flatten)]
    pub(crate) source: Source,
    /// The metric: usage or deployment
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
    /// The format of the output; CSV has the services and channels
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
    /// The first day, such as 2026-09-30; or a month, such as 2026-09
    ///
    /// A month stands for its newest day with a delivery.
    #[arg(long, value_name = "DATE")]
    pub(crate) from: DayOrMonth,
    /// The second day or month
    #[arg(long, value_name = "DATE")]
    pub(crate) to: DayOrMonth,
    /// What each change is about: partner or customer
    ///
    /// With `customer`, the customers that moved a figure are listed, largest effect first.
    #[arg(long, default_value = "partner", value_parser = changes_by)]
    pub(crate) by: By,
    /// The instant of knowledge for the first day; by default that of the second day
    #[arg(long, value_name = "TIME", value_parser = TimeAxes::parse_known_at)]
    pub(crate) from_known_at: Option<Timestamp>,
    /// The instant of knowledge for the second day; by default now
    #[arg(long, value_name = "TIME", value_parser = TimeAxes::parse_known_at)]
    pub(crate) to_known_at: Option<Timestamp>,
    /// The metric: usage or deployment
    #[arg(long, default_value_t = Metric::Usage)]
    pub(crate) metric: Metric,
    /// Show the replaced deliveries of these days or whole months, as known at --to-known-at
    ///
    /// All their versions are shown.
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
    /// The format of the output
    #[arg(long, default_value = "table")]
    pub(crate) output: Output,
}

#[derive(Args)]
pub(crate) struct Monthly {
    #[command(flatten)]
    pub(crate) source: Source,
    /// The metric: usage or deployment
    #[arg(long, default_value_t = Metric::Usage)]
    pub(crate) metric: Metric,
    /// The month, such as 2026-09; by default the newest with data
    #[arg(long, value_name = "MONTH", conflicts_with_all = ["from", "to"])]
    pub(crate) month: Option<Month>,
    /// The first of several months, such as 2026-01
    #[arg(long, value_name = "MONTH", requires = "to")]
    pub(crate) from: Option<Month>,
    /// The last of several months; at most 120 months
    #[arg(long, value_name = "MONTH", requires = "from")]
    pub(crate) to: Option<Month>,
    /// Only this service, by its code, such as o365
    #[arg(long, value_name = "CODE")]
    pub(crate) service: Option<String>,
    /// Only this workload, by its name
    #[arg(long, value_name = "TEXT")]
    pub(crate) workload: Option<String>,
    /// Only this customer, by its tenant id or its name
    #[arg(long, value_name = "GUID|NAME", value_parser = Named::parse)]
    pub(crate) customer: Option<Named>,
    /// Only this product, by its id or its name
    #[arg(long, value_name = "TEXT")]
    pub(crate) product: Option<String>,
    /// Show what was known at this instant, such as 2026-11-05T08:00:00Z
    #[arg(long, value_name = "TIME", value_parser = TimeAxes::parse_known_at)]
    pub(crate) known_at: Option<Timestamp>,
    /// The format of the output
    #[arg(long, default_value = "table")]
    pub(crate) output: Output,
}

/// A page of each list.
#[derive(Args)]
pub(crate) struct Page {
    /// The largest number of items of each list, 1 to 1000
    #[arg(long, value_name = "COUNT")]
    pub(crate) top: Option<u32>,
    /// The number of items of each list to skip
    #[arg(long, value_name = "COUNT")]
    pub(crate) skip: Option<u32>,
}

/// A service and a channel. Figures of different services or channels are never added up.
#[derive(Args)]
pub(crate) struct Feed {
    /// Only this service, by its code, such as o365
    #[arg(long, value_name = "CODE")]
    pub(crate) service: Option<String>,
    /// Only this channel, such as reseller
    #[arg(long, value_name = "TEXT")]
    pub(crate) channel: Option<String>,
}

/// The rows that a figure consists of.
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
    /// The partner's tenant id
    #[arg(long, value_name = "GUID", env = "SEATWISE_PARTNER")]
    pub(crate) partner: PartnerId,
    /// The client id of an application that can sign users in
    #[arg(long, value_name = "ID", env = "SEATWISE_CLIENT_ID")]
    pub(crate) client_id: String,
    /// The file with the application's secret, if it has one
    ///
    /// The file must be readable by you alone. It is read each time that the secret is needed.
    #[arg(long, value_name = "FILE", env = "SEATWISE_CLIENT_SECRET_FILE")]
    pub(crate) client_secret_file: Option<PathBuf>,
    /// Keep the refresh token in this file instead of signing in with a browser
    ///
    /// The token comes from a sign-in elsewhere. The file must be readable by you alone.
    #[arg(long, value_name = "FILE")]
    pub(crate) refresh_token_file: Option<PathBuf>,
    /// The cloud: global, us-government or china
    #[arg(long, default_value_t = Cloud::Global)]
    pub(crate) cloud: Cloud,
    /// The URL of the service; by default that of the cloud
    #[arg(long, env = "SEATWISE_URL", value_parser = address)]
    pub(crate) url: Option<String>,
    /// The URL of the authority that issues tokens; by default that of the cloud
    ///
    /// For a server with --dev-identity, give its address followed by `/dev/identity`.
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

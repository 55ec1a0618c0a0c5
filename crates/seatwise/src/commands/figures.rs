//! `seatwise usage` and `seatwise deployment`: the current figures. Uses the SDK only.

use seatwise_service::Result;
use seatwise_types::{
    Collection, CustomerLicensesDeploymentInsights, CustomerLicensesUsageInsights,
    PartnerLicensesDeploymentInsights, PartnerLicensesUsageInsights,
};
use serde::Serialize;

use super::extensions::{self, percent, shown};
use super::given;
use crate::cli::{Figures, Output};
use crate::table::{Column, minor};
use crate::{connection, customer, output};

/// Adds the options `--as-of` and `--known-at` to a query.
macro_rules! on_axes {
    ($question:expr, $axes:expr) => {
        given!($question, as_of: $axes.as_of, known_at: $axes.known_at)
    };
}

pub(crate) async fn usage(args: Figures) -> Result<()> {
    let partner = connection::open(args.source)?;
    let axes = &args.axes;
    match customer::id(&partner, args.customer).await? {
        None => {
            let usage = partner.analytics().licenses().usage();
            print_usage(&on_axes!(usage, axes).get().await?, args.output)
        }
        Some(customer) => {
            let customer = partner.customers().by_id(customer);
            let usage = customer.analytics().licenses().usage();
            print_usage_of_customer(&on_axes!(usage, axes).get().await?, args.output)
        }
    }
}

pub(crate) async fn deployment(args: Figures) -> Result<()> {
    let partner = connection::open(args.source)?;
    let axes = &args.axes;
    match customer::id(&partner, args.customer).await? {
        None => {
            let deployment = partner.analytics().licenses().deployment();
            print_deployment(&on_axes!(deployment, axes).get().await?, args.output)
        }
        Some(customer) => {
            let customer = partner.customers().by_id(customer);
            let deployment = customer.analytics().licenses().deployment();
            print_deployment_of_customer(&on_axes!(deployment, axes).get().await?, args.output)
        }
    }
}

/// Prints figures, or a note if there are none.
fn print<'a, T: Serialize>(
    answer: &'a Collection<T>,
    output: Output,
    columns: &[Column<&'a T>],
) -> Result<()> {
    if output.is_table() && answer.items.is_empty() {
        output::note("no figures yet");
        return Ok(());
    }
    extensions::print(answer, output, columns, answer.items.iter())
}

/// Prints the usage of a partner.
pub(crate) fn print_usage(
    answer: &Collection<PartnerLicensesUsageInsights>,
    output: Output,
) -> Result<()> {
    let columns: &[Column<&PartnerLicensesUsageInsights>] = &[
        Column::text("Service", "serviceName", |it| it.service_name.to_string()),
        minor(Column::text("Channel", "channel", |it| {
            it.channel.to_string()
        })),
        Column::name("Workload", "workloadName", |it| {
            it.workload_name.to_string()
        }),
        Column::day("Processed", "processedDateTime", |it| {
            it.processed_date_time.to_string()
        }),
        Column::number("Used %", "proratedLicensesUsagePercent", |it| {
            percent(it.prorated_licenses_usage_percent)
        }),
        Column::bar(|it| bar(it.prorated_licenses_usage_percent)),
    ];
    print(answer, output, columns)
}

fn print_deployment(
    answer: &Collection<PartnerLicensesDeploymentInsights>,
    output: Output,
) -> Result<()> {
    let columns: &[Column<&PartnerLicensesDeploymentInsights>] = &[
        Column::text("Service", "serviceName", |it| it.service_name.to_string()),
        minor(Column::text("Channel", "channel", |it| {
            it.channel.to_string()
        })),
        Column::day("Processed", "processedDateTime", |it| {
            it.processed_date_time.to_string()
        }),
        Column::number("Sold", "licensesSold", |it| shown(it.licenses_sold)),
        Column::number("Deployed %", "proratedDeploymentPercent", |it| {
            percent(it.prorated_deployment_percent)
        }),
        Column::bar(|it| bar(it.prorated_deployment_percent)),
    ];
    print(answer, output, columns)
}

fn print_usage_of_customer(
    answer: &Collection<CustomerLicensesUsageInsights>,
    output: Output,
) -> Result<()> {
    let columns: &[Column<&CustomerLicensesUsageInsights>] = &[
        Column::text("Service", "serviceName", |it| it.service_name.to_string()),
        minor(Column::text("Channel", "channel", |it| {
            it.channel.to_string()
        })),
        Column::name("Product", "productName", |it| it.product_name.clone()),
        Column::name("Workload", "workloadName", |it| it.workload_name.clone()),
        Column::day("Processed", "processedDateTime", |it| {
            it.processed_date_time.to_string()
        }),
        Column::number("Active", "licensesActive", |it| shown(it.licenses_active)),
        Column::number("Qualified", "licensesQualified", |it| {
            shown(it.licenses_qualified)
        }),
        Column::number("Used %", "usagePercent", |it| percent(it.usage_percent)),
        Column::bar(|it| bar(it.usage_percent)),
    ];
    print(answer, output, columns)
}

fn print_deployment_of_customer(
    answer: &Collection<CustomerLicensesDeploymentInsights>,
    output: Output,
) -> Result<()> {
    let columns: &[Column<&CustomerLicensesDeploymentInsights>] = &[
        Column::text("Service", "serviceName", |it| it.service_name.to_string()),
        minor(Column::text("Channel", "channel", |it| {
            it.channel.to_string()
        })),
        Column::name("Product", "productName", |it| it.product_name.clone()),
        Column::day("Processed", "processedDateTime", |it| {
            it.processed_date_time.to_string()
        }),
        Column::number("Deployed", "licensesDeployed", |it| {
            shown(it.licenses_deployed)
        }),
        Column::number("Sold", "licensesSold", |it| shown(it.licenses_sold)),
        Column::number("Deployed %", "deploymentPercent", |it| {
            percent(it.deployment_percent)
        }),
        Column::bar(|it| bar(it.deployment_percent)),
    ];
    print(answer, output, columns)
}

fn bar(percent: Option<f64>) -> String {
    percent.map(output::bar).unwrap_or_default()
}

//! `seatwise usage` and `seatwise deployment`: the figures, through the SDK alone.

use seatwise_types::{
    Collection, CustomerLicensesDeploymentInsights, CustomerLicensesUsageInsights,
    PartnerLicensesDeploymentInsights, PartnerLicensesUsageInsights,
};
use serde::Serialize;

use super::given;
use crate::cli::{Figures, Output};
use crate::{connection, customer, output};

/// A question at the point that the arguments name.
macro_rules! on_axes {
    ($question:expr, $axes:expr) => {
        given!($question, as_of: $axes.as_of, known_at: $axes.known_at)
    };
}

pub(crate) async fn usage(args: Figures) -> anyhow::Result<()> {
    let partner = connection::open(args.source)?;
    let axes = &args.axes;
    match customer::id(&partner, args.customer).await? {
        None => {
            let usage = partner.analytics().licenses().usage();
            print(&on_axes!(usage, axes).get().await?, args.output)
        }
        Some(customer) => {
            let customer = partner.customers().by_id(customer);
            let usage = customer.analytics().licenses().usage();
            print(&on_axes!(usage, axes).get().await?, args.output)
        }
    }
}

pub(crate) async fn deployment(args: Figures) -> anyhow::Result<()> {
    let partner = connection::open(args.source)?;
    let axes = &args.axes;
    match customer::id(&partner, args.customer).await? {
        None => {
            let deployment = partner.analytics().licenses().deployment();
            print(&on_axes!(deployment, axes).get().await?, args.output)
        }
        Some(customer) => {
            let customer = partner.customers().by_id(customer);
            let deployment = customer.analytics().licenses().deployment();
            print(&on_axes!(deployment, axes).get().await?, args.output)
        }
    }
}

/// An item of an answer as a row for people and spreadsheets. Columns of the table and of the CSV
/// file are the same; the file has the names of the wire.
pub(crate) trait Row: Serialize {
    /// For each column: its heading, its name on the wire, and whether it holds numbers.
    const COLUMNS: &'static [(&'static str, &'static str, bool)];
    /// The text of each column.
    fn cells(&self) -> Vec<String>;
    /// The percentage that the bar shows.
    fn percent(&self) -> Option<f64>;
}

/// Prints an answer.
pub(crate) fn print<T: Row>(answer: &Collection<T>, output: Output) -> anyhow::Result<()> {
    match output {
        Output::Json => output::line(serde_json::to_string_pretty(answer)?),
        Output::Csv => csv(answer),
        Output::Table => table(answer),
    }
}

fn table<T: Row>(answer: &Collection<T>) -> anyhow::Result<()> {
    if answer.items.is_empty() {
        output::note("no figures yet");
        return Ok(());
    }
    let bars = output::to_terminal();
    let mut header: Vec<&str> = T::COLUMNS.iter().map(|(heading, ..)| *heading).collect();
    let numbers: Vec<usize> = (0..header.len())
        .filter(|column| T::COLUMNS[*column].2)
        .collect();
    if bars {
        header.push("");
    }
    let rows = answer.items.iter().map(|item| {
        let mut cells = item.cells();
        if bars {
            cells.push(item.percent().map(output::bar).unwrap_or_default());
        }
        cells
    });
    output::table(&header, &numbers, rows)
}

fn csv<T: Row>(answer: &Collection<T>) -> anyhow::Result<()> {
    let names: Vec<&str> = T::COLUMNS.iter().map(|(_, name, _)| *name).collect();
    output::csv(&names, answer.items.iter().map(Row::cells))
}

fn percent(percent: f64) -> String {
    format!("{percent:.2}")
}

fn count(count: Option<u64>) -> String {
    count.map(|count| count.to_string()).unwrap_or_default()
}

impl Row for PartnerLicensesUsageInsights {
    const COLUMNS: &'static [(&'static str, &'static str, bool)] = &[
        ("Service", "serviceName", false),
        ("Channel", "channel", false),
        ("Workload", "workloadName", false),
        ("Processed", "processedDateTime", false),
        ("Used %", "proratedLicensesUsagePercent", true),
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.service_name.to_string(),
            self.channel.to_string(),
            self.workload_name.to_string(),
            self.processed_date_time.to_string(),
            self.percent().map(percent).unwrap_or_default(),
        ]
    }

    fn percent(&self) -> Option<f64> {
        self.prorated_licenses_usage_percent
    }
}

impl Row for PartnerLicensesDeploymentInsights {
    const COLUMNS: &'static [(&'static str, &'static str, bool)] = &[
        ("Service", "serviceName", false),
        ("Channel", "channel", false),
        ("Processed", "processedDateTime", false),
        ("Sold", "licensesSold", true),
        ("Deployed %", "proratedDeploymentPercent", true),
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.service_name.to_string(),
            self.channel.to_string(),
            self.processed_date_time.to_string(),
            count(self.licenses_sold),
            self.percent().map(percent).unwrap_or_default(),
        ]
    }

    fn percent(&self) -> Option<f64> {
        self.prorated_deployment_percent
    }
}

impl Row for CustomerLicensesUsageInsights {
    const COLUMNS: &'static [(&'static str, &'static str, bool)] = &[
        ("Service", "serviceName", false),
        ("Channel", "channel", false),
        ("Product", "productName", false),
        ("Workload", "workloadName", false),
        ("Processed", "processedDateTime", false),
        ("Active", "licensesActive", true),
        ("Qualified", "licensesQualified", true),
        ("Used %", "usagePercent", true),
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.service_name.to_string(),
            self.channel.to_string(),
            self.product_name.clone(),
            self.workload_name.clone(),
            self.processed_date_time.to_string(),
            count(self.licenses_active),
            count(self.licenses_qualified),
            self.percent().map(percent).unwrap_or_default(),
        ]
    }

    fn percent(&self) -> Option<f64> {
        self.usage_percent
    }
}

impl Row for CustomerLicensesDeploymentInsights {
    const COLUMNS: &'static [(&'static str, &'static str, bool)] = &[
        ("Service", "serviceName", false),
        ("Channel", "channel", false),
        ("Product", "productName", false),
        ("Processed", "processedDateTime", false),
        ("Deployed", "licensesDeployed", true),
        ("Sold", "licensesSold", true),
        ("Deployed %", "deploymentPercent", true),
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.service_name.to_string(),
            self.channel.to_string(),
            self.product_name.clone(),
            self.processed_date_time.to_string(),
            count(self.licenses_deployed),
            count(self.licenses_sold),
            self.percent().map(percent).unwrap_or_default(),
        ]
    }

    fn percent(&self) -> Option<f64> {
        self.deployment_percent
    }
}

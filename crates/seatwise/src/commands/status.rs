//! `seatwise status`: what a data folder holds.

use seatwise_store::{PartnerStatus, Store, TableStatus};

use crate::cli::{Status, TextOrJson};
use crate::output::{self, counted};

pub(crate) async fn run(args: Status) -> anyhow::Result<()> {
    let store = Store::open(&args.data_dir)?;
    let partners = store.status().await?;
    match args.output {
        TextOrJson::Json => output::line(serde_json::to_string_pretty(&partners)?),
        TextOrJson::Text if partners.is_empty() => output::line("nothing was imported yet"),
        TextOrJson::Text => partners.iter().try_for_each(show),
    }
}

fn show(partner: &PartnerStatus) -> anyhow::Result<()> {
    output::line(format_args!("partner {}", partner.partner))?;
    for table in &partner.tables {
        output::line("")?;
        show_table(table)?;
    }
    Ok(())
}

fn show_table(table: &TableStatus) -> anyhow::Result<()> {
    let recorded = table
        .last_recorded_at
        .map_or("never".to_owned(), |time| format!("{time:.0}"));
    output::line(format_args!(
        "{}: {} of {}, {}, {} in {}, last recorded {recorded}",
        table.kind,
        counted(table.deliveries, "delivery", "deliveries"),
        counted(table.customers, "customer", "customers"),
        counted(table.rows, "row", "rows"),
        size(table.bytes),
        counted(table.files, "file", "files"),
    ))?;
    let newest = table.newest.iter().map(|newest| {
        vec![
            newest.service_code.clone(),
            newest.channel.clone(),
            newest.processed_date.to_string(),
        ]
    });
    output::table(
        &["Service", "Channel", "Newest processed date"],
        &[],
        newest,
    )
}

/// A size in the largest unit of which there is at least one.
pub(crate) fn size(bytes: u64) -> String {
    let mut size = bytes as f64;
    for unit in ["bytes", "KiB", "MiB", "GiB"] {
        if size < 1024.0 {
            return if unit == "bytes" {
                format!("{bytes} bytes")
            } else {
                format!("{size:.1} {unit}")
            };
        }
        size /= 1024.0;
    }
    format!("{size:.1} TiB")
}

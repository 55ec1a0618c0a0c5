//! `seatwise status`: what a data folder holds.

use seatwise_collect::full_message;
use seatwise_service::{ExitCode, Failure, Result};
use seatwise_store::{Kind, NewestDelivery, Store, TableStatus};
use seatwise_types::PartnerId;
use serde::Serialize;

use crate::cli::{Output, Status, TextOrJson};
use crate::output::{self, counted};
use crate::table::{self, Column};

/// The tables of one partner, and those that cannot be read.
#[derive(Serialize)]
struct PartnerStatus {
    partner: PartnerId,
    tables: Vec<TableStatus>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unreadable: Vec<Unreadable>,
}

#[derive(Serialize)]
struct Unreadable {
    kind: &'static str,
    error: String,
}

pub(crate) async fn run(args: Status) -> Result<()> {
    let store = Store::open_to_read(args.data.folder()?)?;
    let mut partners = Vec::new();
    for partner in store.partners()? {
        partners.push(status_of(&store, partner).await);
    }
    match args.output {
        TextOrJson::Json => output::line(serde_json::to_string_pretty(&partners)?)?,
        TextOrJson::Text if partners.is_empty() => output::line("nothing was imported yet")?,
        TextOrJson::Text => partners.iter().try_for_each(show)?,
    }
    if partners.iter().any(|it| !it.unreadable.is_empty()) {
        return Err(Failure {
            code: ExitCode::Store,
            message: "not all tables can be read".to_owned(),
            hint: Some("`seatwise verify` names what is damaged, and what helps".to_owned()),
        }
        .into());
    }
    Ok(())
}

/// The status of all tables. One that cannot be read does not hide the others.
async fn status_of(store: &Store, partner: PartnerId) -> PartnerStatus {
    let mut status = PartnerStatus {
        partner,
        tables: Vec::new(),
        unreadable: Vec::new(),
    };
    for kind in Kind::ALL {
        match store.table_status(partner, kind).await {
            Ok(table) => status.tables.extend(table),
            Err(err) => status.unreadable.push(Unreadable {
                kind: kind.as_str(),
                error: full_message(&err),
            }),
        }
    }
    status
}

fn show(partner: &PartnerStatus) -> Result<()> {
    output::line(format_args!("partner {}", partner.partner))?;
    for table in &partner.tables {
        output::line("")?;
        show_table(table)?;
    }
    for Unreadable { kind, error } in &partner.unreadable {
        output::line(format_args!("\n{kind}: cannot be read: {error}"))?;
    }
    Ok(())
}

fn show_table(of: &TableStatus) -> Result<()> {
    let recorded = of
        .last_recorded_at
        .map_or("never".to_owned(), |time| format!("{time:.0}"));
    output::line(format_args!(
        "{}: {} of {}, {}, {} in {}, last recorded {recorded}",
        of.kind,
        counted(of.deliveries, "delivery", "deliveries"),
        counted(of.customers, "customer", "customers"),
        counted(of.rows, "row", "rows"),
        size(of.bytes),
        counted(of.files, "file", "files"),
    ))?;
    let columns: &[Column<&NewestDelivery>] = &[
        Column::text("Service", "", |it| it.service_code.clone()),
        Column::text("Channel", "", |it| it.channel.clone()),
        Column::day("Newest processed date", "", |it| {
            it.processed_date.to_string()
        }),
    ];
    table::print(columns, of.newest.iter(), Output::Table)
}

/// A size in the largest unit in which it is at least 1.
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

//! `seatwise forget`: erases the rows of a customer, or of old days.

use anyhow::bail;
use jiff::Timestamp;
use seatwise_store::{Erase, Erased, Kind, LATE_AFTER_DAYS, Store, StoreError};
use seatwise_types::PartnerId;
use serde::Serialize;

use crate::cli::{Forget, TextOrJson};
use crate::exit::{ARGUMENTS, Failure, NOT_FOUND};
use crate::output::{self, counted, grouped};
use crate::system;

/// The name of the customers' domains in receipts, beside the tables' names.
pub(crate) const DOMAINS: &str = "domains";

/// The name of the price files and policies of idle seats in receipts.
pub(crate) const IDLE: &str = "prices and policy";

/// The record of an erasure.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Receipt {
    partner: PartnerId,
    what: String,
    at: Timestamp,
    dry_run: bool,
    tables: Vec<Table>,
}

/// The rows erased from one table.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Table {
    kind: &'static str,
    #[serde(flatten)]
    erased: Erased,
}

/// The result for one table or other store.
pub(crate) struct Tried {
    pub(crate) kind: &'static str,
    pub(crate) result: Result<Erased, StoreError>,
}

/// Erases from all stores of a partner, or counts only. A failure of one does not stop the others.
pub(crate) async fn erase(
    store: &Store,
    partner: PartnerId,
    what: Erase,
    dry_run: bool,
) -> Vec<Tried> {
    let mut tables = Vec::new();
    // First, because the tables have the names by which these files mention a customer.
    let erased = store.erase_from_idle_files(partner, what, system::now(), dry_run);
    tables.extend(
        erased
            .await
            .transpose()
            .map(|result| Tried { kind: IDLE, result }),
    );
    for kind in Kind::ALL {
        let now = system::now();
        let erased = store.erase(partner, kind, what, now, dry_run).await;
        let kind = kind.as_str();
        tables.extend(erased.transpose().map(|result| Tried { kind, result }));
    }
    // Last, because a domain is still needed if the tables have rows of its customer.
    let erased = store.erase_domains(partner, what, system::now(), dry_run);
    tables.extend(erased.await.transpose().map(|result| Tried {
        kind: DOMAINS,
        result,
    }));
    tables
}

pub(crate) async fn run(args: Forget) -> anyhow::Result<()> {
    let store = Store::open(&args.data_dir)?;
    let (what, words) = match (args.customer, args.before) {
        (Some(customer), None) => (Erase::Customer(customer), format!("customer {customer}")),
        (None, Some(day)) => (Erase::Before(day), format!("processed dates before {day}")),
        // The command line requires exactly one.
        _ => bail!(Failure {
            code: ARGUMENTS,
            message: "--customer or --before is missing".to_owned(),
            hint: Some("give one of them to choose what to erase".to_owned()),
        }),
    };
    if !store.partners()?.contains(&args.partner) {
        bail!(Failure {
            code: NOT_FOUND,
            message: format!("nothing is stored for partner {}", args.partner),
            hint: Some("`seatwise status` lists the partners in the data folder".to_owned()),
        });
    }
    let dry_run = !args.yes;
    let mut receipt = Receipt {
        partner: args.partner,
        what: words,
        at: system::now(),
        dry_run,
        tables: Vec::new(),
    };
    let mut failed = None;
    for Tried { kind, result } in erase(&store, args.partner, what, dry_run).await {
        match result {
            Ok(erased) => receipt.tables.push(Table { kind, erased }),
            // The first error is returned below, after the receipt.
            Err(err) => failed = failed.or(Some(err)),
        }
    }
    match args.output {
        TextOrJson::Json => output::line(serde_json::to_string_pretty(&receipt)?)?,
        TextOrJson::Text => show(&receipt)?,
    }
    let rows: u64 = receipt.tables.iter().map(|table| table.erased.rows).sum();
    let files = receipt.tables.iter().map(|table| table.erased.other_files);
    let files: u64 = files.sum();
    if rows == 0 && files == 0 && failed.is_none() {
        match what {
            Erase::Customer(_) => {
                output::note(format_args!("nothing is stored for {}", receipt.what))
            }
            Erase::Before(_) => output::note(format_args!(
                "nothing to erase: no rows have {}, except in the newest {LATE_AFTER_DAYS} days of a \
                 table, which always stay",
                receipt.what
            )),
        }
    } else if receipt.dry_run {
        output::note("nothing was erased: give --yes to erase it; this cannot be undone");
    } else if files > 0 {
        let files = counted(files, "other file", "other files");
        output::note(format_args!(
            "{files} had rows of {}, or could not be read: removed, with all earlier versions",
            receipt.what,
        ));
    }
    failed.map_or(Ok(()), |err| Err(err.into()))
}

fn show(receipt: &Receipt) -> anyhow::Result<()> {
    let Receipt {
        partner, what, at, ..
    } = receipt;
    output::line(format_args!("{what} of partner {partner}, {at:.0}"))?;
    let done = if receipt.dry_run {
        "would be erased"
    } else {
        "erased"
    };
    for Table { kind, erased } in &receipt.tables {
        if *kind == DOMAINS {
            let domains = grouped(erased.rows);
            output::line(format_args!("{DOMAINS} of customers: {domains} {done}"))?;
            continue;
        }
        if *kind == IDLE {
            let lines = counted(erased.rows, "line", "lines");
            output::line(format_args!("{IDLE} of idle seats: {lines} {done}"))?;
            continue;
        }
        let removed = match receipt.dry_run {
            true if erased.other_files > 0 => {
                let files = counted(
                    erased.other_files,
                    "file of earlier versions has some, or cannot be read",
                    "files of earlier versions have some, or cannot be read",
                );
                format!("; {files}")
            }
            true => String::new(),
            false => {
                let files = counted(erased.files_removed, "old file", "old files");
                format!("; {files} removed")
            }
        };
        output::line(format_args!(
            "{kind}: {}, {} {done}{removed}",
            counted(erased.deliveries, "delivery", "deliveries"),
            counted(erased.rows, "row", "rows"),
        ))?;
    }
    Ok(())
}

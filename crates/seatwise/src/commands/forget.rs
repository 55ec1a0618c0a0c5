//! `seatwise forget`: erases the rows of a customer, or of old days.

use jiff::Timestamp;
use seatwise_service::{DOMAINS, ErasedTable, ExitCode, Failure, IDLE, Result, erase};
use seatwise_store::{Erase, Erased, LATE_AFTER_DAYS, Store};
use seatwise_types::PartnerId;
use serde::Serialize;

use crate::cli::{Forget, TextOrJson};
use crate::output::{self, counted, grouped};
use crate::system;

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

pub(crate) async fn run(args: Forget) -> Result<()> {
    let store = Store::open(args.data.folder()?)?;
    let (what, words) = subject(&args)?;
    if !store.partners()?.contains(&args.partner) {
        return Err(Failure {
            code: ExitCode::NotFound,
            message: format!("nothing is stored for partner {}", args.partner),
            hint: Some("`seatwise status` lists the partners in the data folder".to_owned()),
        }
        .into());
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
    for ErasedTable { kind, result } in
        erase(&store, args.partner, what, &system::clock(), dry_run).await
    {
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
    comment(&receipt, what, failed.is_some());
    failed.map_or(Ok(()), |err| Err(err.into()))
}

/// What to erase, also in words.
fn subject(args: &Forget) -> Result<(Erase, String), Failure> {
    Ok(match (args.customer, args.before) {
        (Some(customer), None) => (Erase::Customer(customer), format!("customer {customer}")),
        (None, Some(day)) => (Erase::Before(day), format!("processed dates before {day}")),
        // The command line requires exactly one.
        _ => {
            return Err(Failure {
                code: ExitCode::Arguments,
                message: "--customer or --before is missing".to_owned(),
                hint: Some("give one of them to choose what to erase".to_owned()),
            });
        }
    })
}

/// Notes what the receipt does not say: that there was nothing, or what else was removed.
fn comment(receipt: &Receipt, what: Erase, has_failed: bool) {
    let rows: u64 = receipt.tables.iter().map(|table| table.erased.rows).sum();
    let files = receipt.tables.iter().map(|table| table.erased.other_files);
    let files: u64 = files.sum();
    if rows == 0 && files == 0 && !has_failed {
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
}

fn show(receipt: &Receipt) -> Result<()> {
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

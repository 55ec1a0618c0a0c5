//! `seatwise repair`: corrects what a wrong clock did to a data folder.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use seatwise_service::{ExitCode, Failure, Result};
use seatwise_store::{Repaired, RepairedTable, SettledAgain};
use seatwise_types::PartnerId;
use serde::Serialize;

use crate::cli::{Repair, TextOrJson};
use crate::output::{self, counted, grouped};
use crate::system;

/// The changes, made or only proposed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Receipt {
    /// This computer's time, which the repair relies on.
    at: Timestamp,
    dry_run: bool,
    partners: Vec<Partner>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Partner {
    partner: PartnerId,
    #[serde(flatten)]
    repaired: Repaired,
}

pub(crate) async fn run(args: Repair) -> Result<()> {
    let (store, partners) = args.tables.open()?;
    let at = system::now();
    if let Some(today) = args.today {
        refuse_another_day(today, at)?;
    }
    let mut receipt = Receipt {
        at,
        dry_run: args.today.is_none(),
        partners: Vec::new(),
    };
    let mut failed = None;
    for partner in partners {
        match store.repair(partner, at, receipt.dry_run).await {
            Ok(repaired) if repaired.is_empty() => {}
            Ok(repaired) => receipt.partners.push(Partner { partner, repaired }),
            // The first error is returned below, after the receipt.
            Err(err) => failed = failed.or(Some(err)),
        }
    }
    match args.output {
        TextOrJson::Json => output::line(serde_json::to_string_pretty(&receipt)?)?,
        TextOrJson::Text => show(&receipt)?,
    }
    if receipt.dry_run && !receipt.partners.is_empty() {
        output::note(format_args!(
            "nothing was changed: if it is {at:.0} now, repair it with --today DATE and today's date; \
             this cannot be undone"
        ));
    }
    failed.map_or(Ok(()), |err| Err(err.into()))
}

/// Only you know whether the clock or the data is wrong.
fn refuse_another_day(today: Date, at: Timestamp) -> Result<()> {
    let days = [at.to_zoned(TimeZone::UTC), at.to_zoned(TimeZone::system())];
    if days.iter().any(|day| day.date() == today) {
        return Ok(());
    }
    Err(Failure {
        code: ExitCode::Arguments,
        message: format!("this computer's clock shows {at:.0}, not {today}"),
        hint: Some(
            "set this computer's clock if it is wrong, or give its date with --today".to_owned(),
        ),
    }
    .into())
}

fn show(receipt: &Receipt) -> Result<()> {
    if receipt.partners.is_empty() {
        return output::line(format_args!(
            "nothing to repair: by this computer's clock it is {:.0}, and no record is of the future",
            receipt.at
        ));
    }
    let would = if receipt.dry_run { "would be " } else { "" };
    for Partner { partner, repaired } in &receipt.partners {
        output::line(format_args!("partner {partner}, {:.0}", receipt.at))?;
        for table in &repaired.tables {
            show_table(table, would)?;
        }
        if let Some(SettledAgain { from, to }) = repaired.settled_at {
            let from = from.map_or("nothing that can be read".to_owned(), |from| {
                from.to_string()
            });
            output::line(format_args!(
                "settled-at: {would}set to {to} (it said {from})"
            ))?;
        }
    }
    Ok(())
}

fn show_table(table: &RepairedTable, would: &str) -> Result<()> {
    let kind = table.kind;
    if let Some(moved) = &table.moved {
        output::line(format_args!(
            "{kind}: {}, recorded from {} to {}, {would}recorded from {} to {}",
            counted(moved.deliveries, "delivery", "deliveries"),
            moved.from_first,
            moved.from_last,
            moved.to_first,
            moved.to_last,
        ))?;
    }
    let Some(removed) = &table.removed else {
        return Ok(());
    };
    output::line(format_args!(
        "{kind}: {} of days to come, {}, {would}removed:",
        counted(removed.deliveries, "delivery", "deliveries"),
        counted(removed.rows, "row", "rows"),
    ))?;
    for unit in &removed.first {
        output::line(format_args!(
            "  {} of customer {}, {}, {}",
            unit.processed_date,
            output::visible(&unit.customer_id),
            output::visible(&unit.service_code),
            output::visible(&unit.channel),
        ))?;
    }
    match removed.deliveries - removed.first.len() as u64 {
        0 => Ok(()),
        more => output::line(format_args!("  and {} more", grouped(more))),
    }
}

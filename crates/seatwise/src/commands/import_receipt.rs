//! The receipt of an import, as text or JSON.

use std::time::Duration;

use seatwise_service::Result;
use seatwise_store::import::{Loss, Receipt};

use crate::cli::TextOrJson;
use crate::output::{self, counted, grouped};

/// The most names in a note. JSON has all.
const NAMED: usize = 10;

/// Prints the receipt: counts on standard output, everything else as notes.
pub(super) fn print(receipt: &Receipt, took: Duration, form: TextOrJson) -> Result<()> {
    let timed = receipt.timed(took);
    if let TextOrJson::Json = form {
        return output::line(serde_json::to_string_pretty(&timed)?);
    }
    output::line(format_args!(
        "{} {} of {} in {:.2} s ({} rows/s)",
        if receipt.dry_run { "checked" } else { "read" },
        counted(receipt.rows_read, "row", "rows"),
        counted(receipt.files, "file", "files"),
        timed.seconds,
        grouped(timed.rows_per_second),
    ))?;
    output::line(format_args!(
        "deliveries: {} new, {} unchanged, {} restated, {} rejected; {} {}",
        grouped(receipt.deliveries_new),
        grouped(receipt.deliveries_unchanged),
        grouped(receipt.deliveries_restated),
        grouped(receipt.deliveries_rejected),
        counted(receipt.rows_stored, "row", "rows"),
        if receipt.dry_run {
            "would be stored"
        } else {
            "stored"
        },
    ))?;
    for report in ["OfficeUsage", "DynamicsUsage"] {
        if receipt.taken_for.contains_key(report) {
            output::line(format_args!(
                "taken for the download {report}: figures of months, which are kept beside the \
                 others"
            ))?;
        }
    }
    left_out(receipt)?;
    added(receipt)?;
    mended(receipt)?;
    notes(receipt);
    Ok(())
}

/// Rows that were left out.
fn left_out(receipt: &Receipt) -> Result<()> {
    if receipt.bad_rows > 0 {
        let deliveries = match receipt.deliveries_rejected {
            0 => "no delivery was rejected".to_owned(),
            rejected => counted(
                rejected,
                "delivery with bad rows was rejected as a whole",
                "deliveries with bad rows were rejected as a whole",
            ),
        };
        output::line(format_args!(
            "left out: {}; {deliveries}",
            counted(receipt.bad_rows, "bad row", "bad rows"),
        ))?;
    }
    if receipt.duplicate_rows > 0 {
        output::line(format_args!(
            "left out {}",
            counted(
                receipt.duplicate_rows,
                "row that is marked as a duplicate",
                "rows that are marked as duplicates",
            ),
        ))?;
    }
    Ok(())
}

/// What was stored besides rows, and what was put together or added.
fn added(receipt: &Receipt) -> Result<()> {
    if receipt.domains_stored > 0 {
        output::line(format_args!(
            "domains of customers: {} new or changed",
            grouped(receipt.domains_stored)
        ))?;
    }
    if receipt.deliveries_joined > 0 {
        output::line(format_args!(
            "joined {} whose rows stand in several files: {}",
            counted(receipt.deliveries_joined, "delivery", "deliveries"),
            examples(&receipt.joined_files),
        ))?;
    }
    if receipt.deliveries_emptied > 0 {
        let customers: Vec<String> = receipt
            .first_emptied
            .iter()
            .map(ToString::to_string)
            .collect();
        output::line(format_args!(
            "added {} without rows, of known customers that are not in the files: {}{}",
            counted(receipt.deliveries_emptied, "delivery", "deliveries"),
            examples(&customers),
            and_more(receipt.deliveries_emptied, customers.len()),
        ))?;
    }
    Ok(())
}

/// Damaged data files that the import mended or met.
fn mended(receipt: &Receipt) -> Result<()> {
    let mended = &receipt.mended;
    if mended.files > 0 {
        let (deliveries, rows) = (mended.deliveries, mended.rows_lost);
        let (would, was) = match receipt.dry_run {
            true => ("would mend", "would be"),
            false => ("mended", "was"),
        };
        let as_of_now = match receipt.deliveries_new + receipt.deliveries_restated {
            0 => String::new(),
            count => format!(", {} as of now", counted(count, "delivery", "deliveries")),
        };
        output::line(format_args!(
            "{would} {}: {} as before, {} lost{as_of_now}; nothing else {was} recorded",
            counted(mended.files, "damaged data file", "damaged data files"),
            counted(deliveries, "delivery", "deliveries"),
            counted(rows, "row", "rows"),
        ))?;
    } else if mended.still_damaged > 0 && receipt.rows_stored + receipt.domains_stored == 0 {
        output::note(
            "note: nothing was recorded beside damaged data files: if something is news, import it \
             again when they are mended",
        );
    }
    if mended.left_out > 0 {
        output::note(format_args!(
            "note: {} {}",
            counted(
                mended.left_out,
                "delivery was left out: if it is news, import it again",
                "deliveries were left out: if some are news, import them again",
            ),
            match mended.still_damaged {
                0 => "now",
                _ => "when all is mended",
            },
        ));
    }
    if mended.still_damaged > 0 {
        output::note(format_args!(
            "note: {} still damaged: `seatwise verify` names them and says what helps",
            counted(mended.still_damaged, "data file is", "data files are"),
        ));
    }
    Ok(())
}

fn notes(receipt: &Receipt) {
    if receipt.rows_read == 0 && receipt.files > 0 {
        output::note("note: no file has a row below its header, so nothing was stored");
    }
    if receipt.repeated_rows > 0 {
        output::note(format_args!(
            "note: {} of downloads repeat another one and are not marked as duplicates \
             (IsDuplicateRowForPGA is missing, or 0): each was counted once",
            counted(receipt.repeated_rows, "row", "rows"),
        ));
    }
    for passed in &receipt.passed_over {
        let line = format!("note: passed over {}: {}", passed.file, passed.reason);
        output::note(output::visible(&line));
    }
    if !receipt.ignored_columns.is_empty() {
        let names: Vec<&str> = receipt.ignored_columns.iter().map(String::as_str).collect();
        let names = output::visible(&names.join(", "));
        output::note(format_args!("note: columns that are not used: {names}"));
    }
    if !receipt.no_value_words.is_empty() {
        let fields = receipt.no_value_words.values().sum();
        let words: Vec<String> = receipt
            .no_value_words
            .keys()
            .map(|word| format!("`{word}`"))
            .collect();
        output::note(format_args!(
            "note: {} taken for \"no value\": {}",
            counted(fields, "field was", "fields were"),
            output::visible(&words.join(", ")),
        ));
    }
    losses(receipt);
    rejected(receipt);
}

/// Rows that restatements take away.
fn losses(receipt: &Receipt) {
    let losses = &receipt.losses;
    if losses.rows > 0 {
        output::note(format_args!(
            "note: the restatements take {} of {} away:",
            counted(losses.rows, "row", "rows"),
            counted(losses.deliveries, "delivery", "deliveries"),
        ));
        for loss in &losses.first {
            output::note(format_args!("  {}", output::visible(&lost(loss))));
        }
        let more = and_more(losses.rows, losses.first.len());
        if !more.is_empty() {
            output::note(format_args!(" {more}"));
        }
    }
}

/// Bad rows, and files that were not stored.
fn rejected(receipt: &Receipt) {
    for row in &receipt.first_bad_rows {
        output::note(format_args!(
            "bad row: {}",
            output::visible(&row.to_string())
        ));
    }
    match receipt.bad_rows - receipt.first_bad_rows.len() as u64 {
        0 => {}
        more => output::note(format_args!("bad rows: and {} more", grouped(more))),
    }
    for file in &receipt.rejected_files {
        output::note(format_args!("rejected rows are in {}", file.display()));
    }
    if receipt.not_stored.len() > 1 {
        let files = output::visible(&examples(&receipt.not_stored));
        output::note(format_args!("not stored: {files}"));
    }
}

/// Describes a product or workload that is missing from a restatement.
fn lost(loss: &Loss) -> String {
    let names = [
        Some(loss.product_name.as_str()),
        loss.workload_name.as_deref(),
    ];
    let names: Vec<&str> = names
        .into_iter()
        .flatten()
        .filter(|it| !it.is_empty())
        .collect();
    format!(
        "{} {} {} {}: {}",
        loss.processed_date,
        loss.service_code,
        loss.channel,
        loss.customer_tenant_id,
        names.join(", ")
    )
}

/// The first names, and the number of others.
fn examples(names: &[String]) -> String {
    let shown = &names[..names.len().min(NAMED)];
    shown.join(", ") + &and_more(names.len() as u64, shown.len())
}

fn and_more(count: u64, shown: usize) -> String {
    match count.saturating_sub(shown as u64) {
        0 => String::new(),
        more => format!(" and {} more", grouped(more)),
    }
}

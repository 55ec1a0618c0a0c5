//! `seatwise import`: files into the store, with a receipt.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use seatwise_store::import::{self, Format, ImportError, ImportOptions, Input, Progress, Receipt};
use seatwise_store::{Kind, Store, StoreError};

use crate::cli::{self, Import, TextOrJson};
use crate::{output, system};

pub(crate) async fn run(args: Import) -> anyhow::Result<()> {
    let started = Instant::now();
    // A dry run leaves no trace, so a folder that is not there yet is not made.
    let scratch;
    let store = match Store::open(&args.data_dir) {
        Err(StoreError::NoFolder { .. }) if args.dry_run => {
            scratch = tempfile::tempdir()?;
            Store::create(scratch.path())?
        }
        Ok(store) if args.dry_run => store,
        Err(err) if args.dry_run => return Err(err.into()),
        _ => Store::create(&args.data_dir)?,
    };
    let options = options(&args);
    let inputs = inputs(&args.files);
    let result = import(&store, &options, inputs).await;
    let receipt = match &result {
        Ok(receipt) => Some(receipt),
        Err(ImportError::File { receipt, .. } | ImportError::BadRows { receipt, .. }) => {
            Some(receipt.as_ref())
        }
        Err(_) => None,
    };
    // Where nothing was read, the error says all that there is to say.
    let is_told = |receipt: &&Receipt| receipt.files > 0 || args.output == TextOrJson::Json;
    if let Some(receipt) = receipt.filter(is_told) {
        print(receipt, started.elapsed(), args.output)?;
    }
    result?;
    Ok(())
}

/// Imports with a progress bar, if there is a terminal to show it on.
pub(crate) async fn import(
    store: &Store,
    options: &ImportOptions,
    inputs: Vec<Input>,
) -> Result<Receipt, ImportError> {
    let progress = Arc::new(Progress::default());
    if !std::io::stderr().is_terminal() {
        return import::import(store, options, inputs, system::now(), progress).await;
    }
    let bar = bar(&inputs);
    let showing = {
        let (bar, progress) = (bar.clone(), Arc::clone(&progress));
        tokio::spawn(async move {
            loop {
                bar.set_position(progress.bytes());
                bar.set_message(format!("{} rows", grouped(progress.rows())));
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        })
    };
    let result = import::import(store, options, inputs, system::now(), progress).await;
    showing.abort();
    bar.finish_and_clear();
    result
}

fn bar(inputs: &[Input]) -> ProgressBar {
    let sizes: Option<Vec<u64>> = inputs
        .iter()
        .map(|input| match input {
            Input::File(path) => std::fs::metadata(path).ok().map(|file| file.len()),
            Input::Stdin | Input::Open { .. } => None,
        })
        .collect();
    let (bar, style) = match sizes {
        Some(sizes) => (
            ProgressBar::new(sizes.iter().sum()),
            "{bar:30} {bytes}/{total_bytes} {msg} {eta} left",
        ),
        None => (ProgressBar::no_length(), "{spinner} {bytes} {msg}"),
    };
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    bar
}

fn options(args: &Import) -> ImportOptions {
    ImportOptions {
        kind: args.kind.map(|kind| match kind {
            cli::Kind::Usage => Kind::Usage,
            cli::Kind::Deployment => Kind::Deployment,
        }),
        format: match args.format {
            cli::Format::Auto => Format::Auto,
            cli::Format::Csv => Format::Csv,
            cli::Format::Ndjson => Format::Ndjson,
            cli::Format::Parquet => Format::Parquet,
            cli::Format::Json => Format::Json,
        },
        customer: args.customer,
        dry_run: args.dry_run,
        skip_bad_rows: args.skip_bad_rows,
        ..ImportOptions::new(args.partner)
    }
}

fn inputs(files: &[PathBuf]) -> Vec<Input> {
    files
        .iter()
        .map(|file| match file.to_str() {
            Some("-") => Input::Stdin,
            _ => Input::File(file.clone()),
        })
        .collect()
}

fn print(receipt: &Receipt, took: Duration, output: TextOrJson) -> anyhow::Result<()> {
    let timed = receipt.timed(took);
    match output {
        TextOrJson::Json => output::line(serde_json::to_string_pretty(&timed)?),
        TextOrJson::Text => {
            output::line(format_args!(
                "{} {} rows of {} in {:.2} s ({} rows/s)",
                if receipt.dry_run { "checked" } else { "read" },
                grouped(receipt.rows_read),
                if receipt.files == 1 {
                    "1 file".to_owned()
                } else {
                    format!("{} files", receipt.files)
                },
                timed.seconds,
                grouped(timed.rows_per_second),
            ))?;
            output::line(format_args!(
                "deliveries: {} new, {} unchanged, {} restated, {} rejected; {} rows {}",
                grouped(receipt.deliveries_new),
                grouped(receipt.deliveries_unchanged),
                grouped(receipt.deliveries_restated),
                grouped(receipt.deliveries_rejected),
                grouped(receipt.rows_stored),
                if receipt.dry_run {
                    "would be stored"
                } else {
                    "stored"
                },
            ))?;
            for report in ["OfficeUsage", "DynamicsUsage"] {
                if receipt.taken_for.contains_key(report) {
                    output::line(format_args!(
                        "taken for the download {report}: figures of months, which are kept beside \
                         the others"
                    ))?;
                }
            }
            if receipt.duplicate_rows > 0 {
                output::line(format_args!(
                    "left out {} rows that are marked as duplicates",
                    grouped(receipt.duplicate_rows)
                ))?;
            }
            if receipt.domains_stored > 0 {
                output::line(format_args!(
                    "domains of customers: {} new or changed",
                    grouped(receipt.domains_stored)
                ))?;
            }
            notes(receipt);
            Ok(())
        }
    }
}

fn notes(receipt: &Receipt) {
    if !receipt.ignored_columns.is_empty() {
        let names: Vec<&str> = receipt.ignored_columns.iter().map(String::as_str).collect();
        let names = output::visible(&names.join(", "));
        output::note(format_args!("note: columns that are not used: {names}"));
    }
    if !receipt.no_value_words.is_empty() {
        let fields = receipt.no_value_words.values().sum();
        let words: Vec<_> = receipt.no_value_words.keys().collect();
        let words = words.iter().map(|word| format!("`{word}`"));
        let words = output::visible(&words.collect::<Vec<_>>().join(", "));
        output::note(format_args!(
            "note: {} {} taken for \"no value\": {words}",
            grouped(fields),
            if fields == 1 {
                "field was"
            } else {
                "fields were"
            },
        ));
    }
    for row in &receipt.first_bad_rows {
        output::note(format_args!(
            "left out: {}",
            output::visible(&row.to_string())
        ));
    }
    match receipt.bad_rows - receipt.first_bad_rows.len() as u64 {
        0 => {}
        more => output::note(format_args!("left out: and {} more", grouped(more))),
    }
    for file in &receipt.rejected_files {
        output::note(format_args!("rejected rows are in {}", file.display()));
    }
}

/// A number with a comma between thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

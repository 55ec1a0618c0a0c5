//! `seatwise import`: stores data from files, with a receipt.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use seatwise_service::Result;
use seatwise_store::import::{
    self, Files, Format, ImportError, ImportOptions, Input, Progress, Receipt, Report,
};
use seatwise_store::{Kind, Store, StoreError};

use super::import_receipt;
use crate::cli::{self, Import, TextOrJson};
use crate::output::{self, counted};
use crate::system;

pub(crate) async fn run(args: Import) -> Result<()> {
    let started = Instant::now();
    // A dry run must not create the data folder.
    let scratch;
    let store = match Store::open(args.data.folder()?) {
        Err(StoreError::NoFolder { .. } | StoreError::EmptyFolder { .. }) if args.dry_run => {
            scratch = tempfile::tempdir()?;
            Store::create(scratch.path())?
        }
        Ok(store) if args.dry_run => store,
        Err(err) if args.dry_run => return Err(err.into()),
        _ => Store::create(args.data.folder()?)?,
    };
    let options = options(&args);
    let inputs = inputs(&args.files);
    let partners = store.partners()?;
    let result = import(&store, &options, inputs).await;
    let receipt = match &result {
        Ok(receipt) => Some(receipt),
        Err(err) => err.receipt(),
    };
    // If no file was read, the error says everything.
    let is_useful = |receipt: &&Receipt| receipt.files > 0 || args.output == TextOrJson::Json;
    if let Some(receipt) = receipt.filter(is_useful) {
        import_receipt::print(receipt, started.elapsed(), args.output)?;
    }
    result?;
    if !partners.is_empty() && !partners.contains(&options.partner) {
        output::note(format_args!(
            "partner {} is new in this data folder, beside {}",
            options.partner,
            counted(partners.len() as u64, "other", "others"),
        ));
    }
    Ok(())
}

/// Imports, with a progress bar if there is a terminal.
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
                bar.set_message(counted(progress.rows(), "row", "rows"));
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
            Input::File(path) => size(path),
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

/// The bytes of a file, or of the files in a folder.
fn size(path: &Path) -> Option<u64> {
    let file = std::fs::metadata(path).ok()?;
    if !file.is_dir() {
        return Some(file.len());
    }
    let files = import::files_in_folder(path).ok()?;
    files.iter().map(|file| size(file)).sum()
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
        download: args.download.map(|download| match download {
            cli::Download::OfficeUsage => Report::OfficeUsage,
            cli::Download::DynamicsUsage => Report::DynamicsUsage,
        }),
        customer: args.customer,
        files: match args.files_are {
            None => Files::Auto,
            Some(cli::FilesAre::Parts) => Files::Parts,
            Some(cli::FilesAre::Versions) => Files::Versions,
        },
        dry_run: args.dry_run,
        skip_bad_rows: args.skip_bad_rows,
        replace: args.replace,
        mend: args.mend,
        complete: args.complete,
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

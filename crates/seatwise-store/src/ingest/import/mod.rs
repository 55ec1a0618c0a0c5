//! Import of files with licence data as deliveries.
//!
//! All files of an import are read, checked, sorted and examined together before anything is
//! stored, so a bad row stops it in time. Each kind is stored in one commit.
//!
//! Memory is bounded for any input: rows beyond a limit are kept on the disk; distinct names and
//! codes have a limit in bytes; the size of a delivery and the number of left-out deliveries are
//! limited; ten bad rows are kept and the others counted; and existing deliveries are read batch by
//! batch.

mod bad_rows;
mod blanks;
mod block;
mod catch_panic;
mod check;
mod complete;
mod count;
mod csv;
mod csv_header;
mod csv_lines;
mod date;
mod deliveries;
mod download;
mod error;
mod failed;
mod fault;
mod fields;
mod folder;
mod format;
mod json;
mod json_members;
mod json_scan;
mod json_text;
mod mended;
mod no_value;
pub(crate) mod of_export;
mod options;
mod parquet;
mod parts;
mod read_ahead;
mod receipt;
mod records;
mod reject;
mod report;
mod report_columns;
mod report_month;
mod rows;
mod run;
mod separators;
mod shortened;
mod source;
mod unquote;
mod unreadable;

use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::spawn_blocking;

pub use self::bad_rows::{BadRow, BadRows};
use self::complete::add_missing;
pub use self::download::Report;
pub use self::error::ImportError;
pub use self::folder::files_in_folder;
pub use self::format::Format;
pub use self::options::{Files, ImportOptions};
pub use self::receipt::{PassedOver, Receipt, TimedReceipt};
use self::run::Run;
pub use self::source::Input;
pub use crate::ingest::losses::{Loss, Losses};
pub use crate::ingest::progress::Progress;
pub use crate::ingest::tally::Mended;
use crate::model::error::StoreError;
pub use crate::model::limits::{LARGEST_COUNT, MOST_AHEAD};
use crate::table::store::Store;

/// Imports files. A folder stands for the files in it, sorted by name. `now` becomes the recording
/// time of the deliveries.
///
/// Files with rows of the same delivery are parts or versions of it, according to [the
/// options](ImportOptions::files) or the rows. Versions count in the given order. Empty files are
/// skipped if there are others.
///
/// An import that was made, or refused because of its files, is in the list of
/// [`Store::past_imports`] from then on, unless it is a dry run.
///
/// # Errors
/// If a file cannot be read or has bad rows (unless they are to be skipped), if the relation of two
/// files is unclear, or if a file would lose most of the existing rows: nothing is stored then. If
/// the store cannot be written: the error says whether something was stored before.
///
/// # Example
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// use std::sync::Arc;
/// use seatwise_store::{Store, import::{import, ImportOptions, Input, Progress}};
///
/// let file = folder.path().join("usage.csv");
/// std::fs::write(&file, "\
/// processedDateTime,workloadCode,workloadName,serviceCode,serviceName,channel,customerTenantId,customerName,productId,productName,licensesActive,licensesQualified
/// 2017-03-09,EXO,Exchange,o365,Microsoft Office 365,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,Fabrikam,,EXCHANGE ONLINE (PLAN 1),3,5
/// ")?;
/// let store = Store::create(&folder.path().join("data"))?;
/// let partner = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse()?;
/// let options = ImportOptions::new(partner);
/// let now = "2017-03-15T12:00:00Z".parse()?;
/// let inputs = vec![Input::File(file)];
/// let receipt = import(&store, &options, inputs, now, Arc::new(Progress::default())).await?;
/// assert_eq!((receipt.rows_stored, receipt.deliveries_new), (1, 1));
/// assert_eq!(store.usage_figures(partner).await?[0].percent(), 60.0);
/// # Ok(()) }
/// ```
pub async fn import(
    store: &Store,
    options: &ImportOptions,
    inputs: Vec<Input>,
    now: Timestamp,
    progress: Arc<Progress>,
) -> Result<Receipt, ImportError> {
    let given = inputs.iter().map(Input::name).collect();
    let imported = unlisted(store, options, inputs, now, progress).await;
    store.list_import(options, given, now, &imported).await;
    imported
}

/// The import, without the list of imports.
async fn unlisted(
    store: &Store,
    options: &ImportOptions,
    inputs: Vec<Input>,
    now: Timestamp,
    progress: Arc<Progress>,
) -> Result<Receipt, ImportError> {
    let panicked = |err: tokio::task::JoinError| {
        ImportError::Store(StoreError::from_cause(
            "read into",
            store.work_dir(),
            err.into(),
        ))
    };
    let run = Run::new(options, store.work_dir(), progress, now);
    let read = spawn_blocking(move || run.read(inputs));
    let mut run = read.await.map_err(panicked)??;
    if options.complete {
        run = add_missing(store, run).await?;
    }
    let looked_at = spawn_blocking(move || run.look_at_deliveries());
    let run = looked_at.await.map_err(panicked)??;
    run.record(store, now).await
}

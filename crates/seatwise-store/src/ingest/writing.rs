//! Writing of stored deliveries to files, before a commit names them.

use std::io;
use std::sync::Arc;

use datafusion::arrow::error::ArrowError;
use deltalake::kernel::Add;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::{JoinSet, spawn_blocking};

use crate::ingest::checked::Checked;
use crate::ingest::matching::Back;
use crate::ingest::parquet_writer::{FileCutter, NewFile};
use crate::ingest::tally::Tally;
use crate::model::content_hash::ContentHash;
use crate::model::error::{Cause, StoreError};
use crate::model::fact::{Fact, Unit};
use crate::table::delta::Table;

/// A delivery to store.
pub(crate) struct Kept<'a> {
    pub(crate) unit: Unit,
    pub(crate) rows: &'a [Fact],
    pub(crate) hash: ContentHash,
    /// The damaged files to which it is restored.
    pub(crate) back: &'a [Back],
    /// Whether it is recorded now.
    pub(crate) is_news: bool,
}

/// Stores a delivery.
pub(crate) type Keep<'a> = dyn FnMut(Kept<'_>) -> Result<(), StoreError> + 'a;

/// Writes the deliveries that `go_through` keeps to files that no version names yet: new ones with
/// the next numbers, and restored ones to separate files. `of_damaged` has the recording times of
/// the damaged files.
///
/// # Errors
/// If `go_through` fails, or if the rows cannot be written. No file is left then.
pub(crate) async fn write(
    table: &Table,
    checked: &Arc<Checked>,
    recorded_at: Timestamp,
    of_damaged: Vec<Timestamp>,
    go_through: impl FnOnce(&mut Keep<'_>) -> Result<Tally, StoreError> + Send + 'static,
) -> Result<(Tally, Vec<Add>), StoreError> {
    let mut last_delivery = table.last_delivery();
    let kind = table.kind;
    let (files, mut written) = mpsc::channel::<(NewFile, News)>(1);
    let (path, checked) = (table.path.clone(), Arc::clone(checked));
    let going = spawn_blocking(move || {
        let texts = &checked.texts;
        let cutter = |recorded_at| FileCutter::new(kind, texts, recorded_at);
        let mut of_import = cutter(recorded_at);
        let mut of_damaged: Vec<FileCutter<'_>> = of_damaged.into_iter().map(cutter).collect();
        let send = |file: Result<Option<NewFile>, ArrowError>, news| {
            let sent = match file.map_err(io::Error::other) {
                Ok(None) => Ok(()),
                // The receiver is gone only after it failed, and its error is the one to return.
                Ok(Some(file)) => files
                    .blocking_send((file, news))
                    .map_err(|_| io::ErrorKind::BrokenPipe.into()),
                Err(err) => Err(err),
            };
            sent.map_err(|err| StoreError::io("write to", path.clone(), err))
        };
        let tally = go_through(&mut |it: Kept<'_>| {
            let (unit, rows, hash) = (it.unit, it.rows, it.hash);
            if it.is_news {
                last_delivery += 1;
                send(of_import.push(unit, rows, last_delivery, hash), News::Yes)?;
            }
            it.back.iter().try_for_each(|back| {
                let pushed = of_damaged[back.of].push(unit, rows, back.number, hash);
                send(pushed, News::No)
            })
        })?;
        for mut cutter in of_damaged {
            send(cutter.finish(), News::No)?;
        }
        send(of_import.finish(), News::Yes)?;
        Ok::<_, StoreError>(tally)
    });
    let at_once = std::thread::available_parallelism().map_or(1, usize::from);
    let mut writing = JoinSet::new();
    let mut adds = Vec::new();
    let mut failed = None;
    while let Some((file, news)) = written.recv().await {
        if writing.len() >= at_once {
            collect(writing.join_next().await, &mut adds, &mut failed);
        }
        if failed.is_some() {
            break;
        }
        let table = table.clone();
        writing.spawn(async move {
            let add = Add {
                data_change: news == News::Yes,
                ..table.put_rows(file.batches, &file.stats).await?
            };
            Ok::<_, Cause>((file.stats.min_values.delivery_id, add))
        });
    }
    drop(written);
    while let Some(finished) = writing.join_next().await {
        collect(Some(finished), &mut adds, &mut failed);
    }
    let write_to = |err: Cause| StoreError::from_cause("write to", &table.path, err);
    let gone_through = match going.await {
        Ok(gone_through) => gone_through,
        Err(err) => Err(write_to(err.into())),
    };
    let result = match (failed, gone_through) {
        (None, Ok(tally)) if tally.refused.is_none() => {
            // In the order of their deliveries, so that the log is in the order of the import.
            adds.sort_by_key(|(first_delivery, _)| *first_delivery);
            return Ok((tally, adds.into_iter().map(|(_, add)| add).collect()));
        }
        (None, Ok(refused)) => Ok((refused, Vec::new())),
        (Some(err), _) => Err(write_to(err)),
        (None, Err(err)) => Err(err),
    };
    let names: Vec<String> = adds.into_iter().map(|(_, add)| add.path).collect();
    table.discard(&names).await;
    result
}

/// Whether the rows of a file are new; restored rows were recorded before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    Yes,
    No,
}

/// A written file, with the number of its first delivery.
type Written = (i64, Add);

fn collect(
    finished: Option<Result<Result<Written, Cause>, tokio::task::JoinError>>,
    adds: &mut Vec<Written>,
    failed: &mut Option<Cause>,
) {
    match finished {
        Some(Ok(Ok(add))) => adds.push(add),
        Some(Ok(Err(err))) => *failed = Some(err),
        Some(Err(err)) => *failed = Some(err.into()),
        None => {}
    }
}

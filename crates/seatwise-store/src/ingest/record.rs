//! Recording deliveries: each one as a whole or not at all, each content once.

use std::io;
use std::sync::Arc;

use datafusion::arrow::error::ArrowError;
use deltalake::kernel::Add;
use jiff::Timestamp;
use seatwise_types::PartnerId;
use tokio::sync::mpsc;
use tokio::task::{JoinSet, spawn_blocking};

use crate::ingest::checked::Checked;
use crate::ingest::compare::{Comparison, Kept};
use crate::ingest::mend::Mending;
use crate::ingest::tally::Tally;
use crate::ingest::write::{FileCutter, NewFile};
use crate::model::error::{Cause, StoreError};
use crate::table::clock::recorded_at;
use crate::table::delta::{Committed, DataFile, Table, damaged};
use crate::table::merge::after_import;
use crate::table::store::Store;

/// How often a commit is worked out again because somebody else was first. Writers of one folder
/// take turns, so this is for writers elsewhere.
const ATTEMPTS: u32 = 20;

/// How rows are recorded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct How {
    /// Nothing is written, and a table that does not exist is not created.
    pub(crate) dry_run: bool,
    /// A file may take most of what is known of its units away.
    pub(crate) replace: bool,
    /// What a damaged file had and the import does not have may be lost.
    pub(crate) mend: bool,
}

/// Compares the rows with what is known and stores what is new, in one commit. Nothing is stored if
/// a file takes more than half of what is known of its units away, unless that is meant.
pub(crate) async fn record(
    store: &Store,
    partner: PartnerId,
    checked: Arc<Checked>,
    now: Timestamp,
    how: How,
) -> Result<Tally, StoreError> {
    let kind = checked.kind;
    if checked.good == 0 {
        return Ok(Tally::default());
    }
    let _lock = if how.dry_run {
        None
    } else {
        Some(store.lock(partner, now).await?)
    };
    store.check_clock(partner, now).await?;
    for _ in 0..ATTEMPTS {
        let table = match store.table(partner, kind).await? {
            Some(table) => Some(table),
            None if how.dry_run => None,
            None => Some(store.create_table(partner, kind).await?),
        };
        let attempt = Attempt {
            store,
            table: table.as_ref(),
            checked: &checked,
            now,
            how,
        };
        let tally = match (attempt.unmended().await, &table) {
            (Err(err @ StoreError::Damaged { .. }), Some(table)) => {
                match Mending::find(store, table, &checked, how.mend).await? {
                    None => return Err(err),
                    Some(mending) => attempt.make(Some(mending)).await?,
                }
            }
            (tally, _) => tally?,
        };
        if let Some(tally) = tally {
            return Ok(tally);
        }
    }
    Err(StoreError::Contended {
        partner,
        table: kind,
        attempts: ATTEMPTS,
    })
}

/// One attempt to record what was checked, as the table is now.
struct Attempt<'a> {
    store: &'a Store,
    /// None if it is a dry run and there is no table.
    table: Option<&'a Table>,
    checked: &'a Arc<Checked>,
    now: Timestamp,
    how: How,
}

impl Attempt<'_> {
    /// Does without what cannot be read. None if somebody else committed first.
    async fn unmended(&self) -> Result<Option<Tally>, StoreError> {
        if let (true, Some(table)) = (self.checked.is_completed_for_damaged, self.table) {
            // It was completed for the files that cannot be read, and is for nothing else.
            let all: Vec<&DataFile> = table.files.iter().collect();
            if let Err(err) = table.check(&all).await {
                return Err(damaged(
                    table.partner,
                    table.kind,
                    "read its files",
                    &table.path,
                    err,
                ));
            }
            return Err(StoreError::Contended {
                partner: table.partner,
                table: table.kind,
                attempts: 1,
            });
        }
        self.make(None).await
    }

    /// None if somebody else committed first.
    async fn make(&self, mending: Option<Mending>) -> Result<Option<Tally>, StoreError> {
        let mending = mending.map(Arc::new);
        let healthy = mending.as_ref().map(|it| &it.healthy);
        let comparison = Comparison {
            store: self.store.clone(),
            table: healthy.or(self.table).cloned(),
            checked: Arc::clone(self.checked),
            replace: self.how.replace,
            mending: mending.clone(),
        };
        let table = self.table.filter(|_| !self.how.dry_run);
        let (mut tally, adds) = match table {
            None => (tally_only(self.store, comparison).await?, Vec::new()),
            Some(table) => {
                let settled = self.store.settled_up_to(table.partner).await?;
                write(table, comparison, recorded_at(settled, self.now)).await?
            }
        };
        if tally.refused.is_none()
            && let Some(mending) = &mending
        {
            tally.mended.files = mending.files.len() as u64;
            tally.mended.rows_lost = mending.rows_lost();
            tally.mended.still_damaged = mending.others;
        }
        let Some(table) = table.filter(|_| !adds.is_empty()) else {
            return Ok(Some(tally));
        };
        let names: Vec<String> = adds.iter().map(|add| add.path.clone()).collect();
        let broken = mending.iter().flat_map(|mending| mending.removes());
        match table.append(adds, broken.collect()).await? {
            Committed::Done(next) => {
                self.store.remember(&next);
                if let Some(mending) = mending {
                    mending.put_aside(self.store, table).await;
                }
                after_import(self.store, *next, self.now).await;
                Ok(Some(tally))
            }
            Committed::Conflict => {
                table.discard(&names).await;
                Ok(None)
            }
        }
    }
}

/// Counts what would be recorded.
async fn tally_only(store: &Store, comparison: Comparison) -> Result<Tally, StoreError> {
    let counted = spawn_blocking(move || comparison.run(|_| Ok(()))).await;
    counted.map_err(|err| read_back(store, err.into()))?
}

/// Rows that wait on the disk cannot be read.
fn read_back(store: &Store, err: io::Error) -> StoreError {
    StoreError::io("read rows back from", store.path(), err)
}

/// Writes the rows of new and restated deliveries to files that no version names yet, and those that
/// come back to a damaged file to files of their own.
async fn write(
    table: &Table,
    comparison: Comparison,
    recorded_at: Timestamp,
) -> Result<(Tally, Vec<Add>), StoreError> {
    let mut last_delivery = table.last_delivery();
    let kind = table.kind;
    let (files, mut written) = mpsc::channel::<(NewFile, News)>(1);
    let path = table.path.clone();
    let comparing = spawn_blocking(move || {
        let checked = Arc::clone(&comparison.checked);
        let texts = &checked.texts;
        let cutter = |recorded_at| FileCutter::new(kind, texts, recorded_at);
        let mut of_import = cutter(recorded_at);
        let mending = comparison.mending.clone();
        let broken = mending.iter().flat_map(|mending| &mending.files);
        let recorded = broken.map(|it| it.file.recorded_at().unwrap_or(recorded_at));
        let mut of_broken: Vec<FileCutter<'_>> = recorded.map(cutter).collect();
        let send = |file: Result<Option<NewFile>, ArrowError>, news| {
            let sent = match file.map_err(io::Error::other) {
                Ok(None) => Ok(()),
                // The other side is gone only after it failed; its error is the one to tell.
                Ok(Some(file)) => files
                    .blocking_send((file, news))
                    .map_err(|_| io::ErrorKind::BrokenPipe.into()),
                Err(err) => Err(err),
            };
            sent.map_err(|err| StoreError::io("write to", path.clone(), err))
        };
        let tally = comparison.run(
            |Kept {
                 unit,
                 rows,
                 hash,
                 back,
             }| {
                if back.is_empty() {
                    last_delivery += 1;
                    send(of_import.push(unit, rows, last_delivery, hash), News::Yes)?;
                }
                back.iter().try_for_each(|it| {
                    let pushed = of_broken[it.of].push(unit, rows, it.number, hash);
                    send(pushed, News::No)
                })
            },
        )?;
        for mut cutter in of_broken {
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
    let compared = match comparing.await {
        Ok(compared) => compared,
        Err(err) => Err(write_to(err.into())),
    };
    let result = match (failed, compared) {
        (None, Ok(tally)) if tally.refused.is_none() => {
            // In the order of their deliveries, so that the log reads like the import.
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

/// Whether the rows of a file are news: those that come back were recorded before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    Yes,
    No,
}

/// A file that was written, with the number of its first delivery.
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

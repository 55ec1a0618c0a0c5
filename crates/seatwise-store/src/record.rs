//! Recording deliveries: each one as a whole or not at all, each content once.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use datafusion::arrow::error::ArrowError;
use deltalake::kernel::Add;
use foldhash::fast::RandomState;
use jiff::{SignedDuration, Timestamp};
use seatwise_types::PartnerId;
use tokio::sync::mpsc;
use tokio::task::{JoinSet, spawn_blocking};

use crate::axes::whole_millisecond;
use crate::compact::compact;
use crate::delivery::{ContentHash, UnitText, add_up};
use crate::domains::Said;
use crate::error::Cause;
use crate::known::{Bounds, Known, known};
use crate::staging::{DeliveryKey, Fact, Staging, Texts, Unit};
use crate::table::{Committed, Table, damaged};
use crate::write::{FileCutter, NewFile};
use crate::{Kind, Store, StoreError};

/// How often a commit is worked out again because somebody else was first. Writers of one folder
/// take turns, so this is for writers elsewhere.
const ATTEMPTS: u32 = 20;

/// Rows that passed every check, ready to be recorded.
pub(crate) struct Checked {
    pub(crate) kind: Kind,
    pub(crate) staging: Staging,
    pub(crate) texts: Texts,
    /// Deliveries that hold a bad row, and the place of that row: left out.
    pub(crate) rejected: HashMap<DeliveryKey, u64, RandomState>,
    /// Rows of this file and of later ones are left out.
    pub(crate) files_end: u32,
    pub(crate) bounds: Option<Bounds>,
    /// What the rows say about the domains of customers.
    pub(crate) domains: Said,
}

impl Checked {
    /// Whether a delivery is to be recorded.
    pub(crate) fn takes(&self, delivery: &DeliveryKey) -> bool {
        delivery.file < self.files_end && !self.rejected.contains_key(delivery)
    }
}

/// What became of deliveries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows that were stored, those of new and restated deliveries.
    pub rows: u64,
    /// Deliveries of units that were not known.
    pub new: u64,
    /// Deliveries that say what is known already: nothing was stored for them.
    pub unchanged: u64,
    /// Deliveries that say something else about a known unit: both are kept, the new one counts.
    pub restated: u64,
}

/// Compares the rows with what is known and stores what is new, in one commit. With `dry_run`
/// nothing is written, and a table that does not exist is not created.
pub(crate) async fn record(
    store: &Store,
    partner: PartnerId,
    checked: Arc<Checked>,
    now: Timestamp,
    dry_run: bool,
) -> Result<Tally, StoreError> {
    let kind = checked.kind;
    let Some(bounds) = checked.bounds else {
        return Ok(Tally::default());
    };
    let _lock = if dry_run {
        None
    } else {
        Some(store.lock(partner, now).await?)
    };
    store.check_clock(partner, now).await?;
    for _ in 0..ATTEMPTS {
        let table = match store.table(partner, kind).await? {
            Some(table) => Some(table),
            None if dry_run => None,
            None => Some(store.create_table(partner, kind).await?),
        };
        let known = match &table {
            Some(table) => known(store.session(), table, bounds, &checked.texts)
                .await
                .map_err(|err| damaged(partner, kind, "read its deliveries", &table.path, err))?,
            None => Known::default(),
        };
        let Some(table) = table.filter(|_| !dry_run) else {
            return tally_only(store, checked, known).await;
        };
        let recorded_at = recorded_at(store.settled_up_to(partner).await?, now);
        let (tally, adds) = write(&table, Arc::clone(&checked), known, recorded_at).await?;
        if adds.is_empty() {
            return Ok(tally);
        }
        let names: Vec<String> = adds.iter().map(|add| add.path.clone()).collect();
        match table.append(adds).await? {
            Committed::Done(table) => {
                store.remember(&table);
                compact(store, *table).await;
                return Ok(tally);
            }
            Committed::Conflict => table.discard(&names).await,
        }
    }
    Err(StoreError::Contended {
        partner,
        table: kind,
        attempts: ATTEMPTS,
    })
}

/// Counts what would be recorded.
async fn tally_only(
    store: &Store,
    checked: Arc<Checked>,
    known: Known,
) -> Result<Tally, StoreError> {
    let counted = spawn_blocking(move || compare(&checked, known, |_, _, _| Ok(()))).await;
    let fail = |err: Cause| StoreError::from_cause("read rows back from", store.path(), err);
    counted
        .map_err(|err| fail(err.into()))?
        .map_err(|err| fail(err.into()))
}

/// When the next commit is recorded: now, but strictly after everything that the partner's tables
/// recorded before and after each instant that an answer was told as known at, also if this machine's
/// clock is behind.
pub(crate) fn recorded_at(settled_up_to: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let next = settled_up_to.map(|before| before + SignedDuration::from_millis(1));
    whole_millisecond(next.map_or(now, |next| now.max(next)))
}

/// Writes the rows of new and restated deliveries to files that no version names yet.
async fn write(
    table: &Table,
    checked: Arc<Checked>,
    known: Known,
    recorded_at: Timestamp,
) -> Result<(Tally, Vec<Add>), StoreError> {
    let mut delivery_id = table.last_delivery();
    let kind = table.kind;
    let (files, mut written) = mpsc::channel::<NewFile>(1);
    let comparing = spawn_blocking(move || {
        let mut cutter = FileCutter::new(kind, &checked.texts, recorded_at);
        let send = |file: Option<NewFile>| match file {
            // The other side is gone only after it failed; its error is the one to tell.
            Some(file) => files
                .blocking_send(file)
                .map_err(|_| io::ErrorKind::BrokenPipe.into()),
            None => Ok(()),
        };
        let tally = compare(&checked, known, |unit, rows, hash| {
            delivery_id += 1;
            send(
                cutter
                    .push(unit, rows, delivery_id, hash)
                    .map_err(arrow_to_io)?,
            )
        })?;
        send(cutter.finish().map_err(arrow_to_io)?)?;
        Ok::<_, io::Error>(tally)
    });
    let at_once = std::thread::available_parallelism().map_or(1, usize::from);
    let mut writing = JoinSet::new();
    let mut adds = Vec::new();
    let mut failed = None;
    while let Some(file) = written.recv().await {
        if writing.len() >= at_once {
            collect(writing.join_next().await, &mut adds, &mut failed);
        }
        if failed.is_some() {
            break;
        }
        let table = table.clone();
        writing.spawn(async move {
            let add = table.put_rows(file.batches, &file.stats).await?;
            Ok::<_, Cause>((file.stats.min_values.delivery_id, add))
        });
    }
    drop(written);
    while let Some(finished) = writing.join_next().await {
        collect(Some(finished), &mut adds, &mut failed);
    }
    let compared = comparing
        .await
        .map_err(Cause::from)
        .and_then(|tally| Ok(tally?));
    match (failed, compared) {
        (None, Ok(tally)) => {
            // In the order of their deliveries, so that the log reads like the import.
            adds.sort_by_key(|(first_delivery, _)| *first_delivery);
            Ok((tally, adds.into_iter().map(|(_, add)| add).collect()))
        }
        (Some(err), _) | (None, Err(err)) => {
            let names: Vec<String> = adds.into_iter().map(|(_, add)| add.path).collect();
            table.discard(&names).await;
            Err(StoreError::from_cause("write to", &table.path, err))
        }
    }
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

/// Goes through all deliveries in order, and gives those that are news to `keep`.
fn compare(
    checked: &Checked,
    mut known: Known,
    mut keep: impl FnMut(Unit, &[Fact], ContentHash) -> io::Result<()>,
) -> io::Result<Tally> {
    let mut tally = Tally::default();
    let mut sorted = checked.staging.sorted()?;
    let mut rows = Vec::new();
    // The deliveries of one unit follow each other, so only the last one needs to be remembered.
    let mut before: Option<(Unit, ContentHash)> = None;
    while let Some(delivery) = sorted.next(&mut rows)? {
        if !checked.takes(&delivery) {
            continue;
        }
        if checked.kind.is_of_months() && add_up(&mut rows).is_err() {
            // Such a delivery was rejected, or its file stopped the import.
            continue;
        }
        let unit = delivery.unit;
        let of_unit = UnitText::new(&unit, &checked.texts);
        let hash = ContentHash::of(&of_unit, &rows, &checked.texts);
        let newest = match before {
            Some((same, hash)) if same == unit => Some(hash),
            _ => known.remove(&unit).map(|version| version.hash),
        };
        let is_same = newest.map(|newest| newest == newest.again(&of_unit, &rows, &checked.texts));
        match is_same {
            Some(true) => tally.unchanged += 1,
            Some(false) => tally.restated += 1,
            None => tally.new += 1,
        }
        if is_same != Some(true) {
            tally.rows += rows.len() as u64;
            keep(unit, &rows, hash)?;
        }
        before = Some((unit, hash));
    }
    Ok(tally)
}

fn arrow_to_io(err: ArrowError) -> io::Error {
    io::Error::other(err)
}

//! The recorded runs of a partner: a line for each start and each end, the newest last.
//!
//! The file is bounded, and a query for the newest run reads only its end.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use jiff::Timestamp;
use seatwise_store::{Store, access, replace_file};
use seatwise_types::PartnerId;
use seatwise_types::extensions::{LastCollection, Outcome, PastCollection};
use serde::Deserialize;

use crate::folder::CollectorFolder;
use crate::{CollectError, Deliveries, Run};

/// The length in bytes beyond which a file is cut to its newest half: enough for years of daily
/// collections, and weeks of collections that fail every few minutes with a hundred customers
/// without data each.
const LONGEST: u64 = 4 << 20;

/// The bytes at the end to read first for the newest run and the newest finished one.
const FIRST_LOOK: u64 = 64 << 10;

impl Run {
    /// Appends the run. A record with the same start is the same run at a later time. The caller
    /// must hold the collector's lock.
    pub(crate) fn record(&self, folder: &CollectorFolder) -> Result<(), CollectError> {
        let path = folder.runs();
        let append = || -> io::Result<u64> {
            // On a separate line, even after an incomplete one.
            let mut line = vec![b'\n'];
            serde_json::to_writer(&mut line, self)?;
            line.push(b'\n');
            let mut file = access::open(&path, OpenOptions::new().create(true).append(true))?;
            file.write_all(&line)?;
            file.sync_data()?;
            Ok(file.metadata()?.len())
        };
        let length = append().map_err(CollectError::file("write", &path))?;
        if length > LONGEST
            && let Err(err) = shorten(&path)
        {
            // The file is only too long, and the next run tries again.
            let path = path.display();
            tracing::warn!(error = %err, "cannot remove the oldest runs from `{path}`");
        }
        Ok(())
    }
}

/// Keeps the newest half of the largest length, and the newest finished run before it if that half
/// has none.
fn shorten(path: &Path) -> io::Result<()> {
    let text = fs::read(path)?;
    let half = text.len().saturating_sub(LONGEST as usize / 2);
    let Some(end_of_line) = text[half..].iter().position(|byte| *byte == b'\n') else {
        return Ok(());
    };
    let (old, kept) = text.split_at(half + end_of_line);
    let done = |text: &[u8]| {
        let mut lines = text.rsplit(|byte| *byte == b'\n');
        let line = lines
            .find(|line| RunSummary::read(line).is_some_and(|run| run.outcome == Outcome::Done));
        line.map(<[u8]>::to_vec)
    };
    let mut shorter = match done(kept) {
        Some(_) => Vec::new(),
        None => done(old).unwrap_or_default(),
    };
    shorter.extend_from_slice(kept);
    replace_file(path, &shorter)
}

/// The recorded runs in a data folder, oldest first; with a partner, only its runs.
///
/// # Errors
/// If they cannot be read.
///
/// # Example
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// use seatwise_store::Store;
///
/// let store = Store::create(&folder.path().join("data"))?;
/// assert!(seatwise_collect::runs(&store, None)?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn runs(store: &Store, partner: Option<PartnerId>) -> Result<Vec<Run>, CollectError> {
    let mut runs = Vec::new();
    for known in CollectorFolder::partners(store)? {
        if partner.is_none_or(|partner| partner == known) {
            runs.extend(runs_of(&CollectorFolder::of(store, known))?);
        }
    }
    runs.sort_by_key(|run| run.started_at);
    Ok(runs)
}

/// The newest run of a partner; `None` if none is recorded.
///
/// # Errors
/// If the runs cannot be read.
pub fn last_collection(
    store: &Store,
    partner: PartnerId,
) -> Result<Option<LastCollection>, CollectError> {
    let folder = CollectorFolder::of(store, partner);
    let is_done = |run: &RunSummary| run.outcome == Outcome::Done;
    let runs = newest_runs(&folder, |runs| runs.iter().any(is_done))?;
    let last_done_at = runs.iter().find(|run| is_done(run));
    let last_done_at = last_done_at.and_then(|run| run.ended_at);
    let last = runs.into_iter().next();
    Ok(last.map(|last| LastCollection {
        source: last.source,
        started_at: last.started_at,
        ended_at: last.ended_at,
        outcome: last.outcome,
        customers: last.customers,
        without_data: last.gap_count,
        error: last.error,
        last_done_at,
    }))
}

/// The newest runs of a partner, so many at the most, the newest first.
///
/// # Errors
/// If the runs cannot be read.
pub fn past_collections(
    store: &Store,
    partner: PartnerId,
    most: usize,
) -> Result<Vec<PastCollection>, CollectError> {
    let folder = CollectorFolder::of(store, partner);
    let runs = newest_runs(&folder, |runs| runs.len() > most)?;
    let past = runs.into_iter().take(most).map(|run| PastCollection {
        source: run.source,
        started_at: run.started_at,
        ended_at: run.ended_at,
        outcome: run.outcome,
        customers: run.customers,
        without_data: run.gap_count,
        rows: run.rows,
        new: run.deliveries.new,
        restated: run.deliveries.restated,
        rejected: run.deliveries.rejected,
        notes: run.notes,
        error: run.error,
    });
    Ok(past.collect())
}

/// The newest runs, the newest first: as many as are enough, or all. The end of the file is read first.
fn newest_runs(
    folder: &CollectorFolder,
    is_enough: impl Fn(&[RunSummary]) -> bool,
) -> Result<Vec<RunSummary>, CollectError> {
    let path = folder.runs();
    let mut length = FIRST_LOOK;
    loop {
        let (text, is_all) = end_of(&path, length).map_err(CollectError::file("read", &path))?;
        let mut runs: Vec<RunSummary> = Vec::new();
        let lines = text.rsplit(|byte| *byte == b'\n');
        for run in lines.filter_map(RunSummary::read) {
            // A run that ended has an earlier line, of its start.
            let is_start = |later: &RunSummary| {
                run.outcome == Outcome::Running && later.started_at == run.started_at
            };
            if !runs.last().is_some_and(is_start) {
                runs.push(run);
            }
        }
        if !is_all && !is_enough(&runs) {
            length = length.saturating_mul(8);
            continue;
        }
        let is_at_work = |run: &RunSummary| run.outcome == Outcome::Running;
        // Looked at only if it matters: for a moment it keeps a collector from starting.
        let is_locked = runs.first().is_some_and(is_at_work) && folder.is_locked();
        for run in runs.iter_mut().skip(usize::from(is_locked)) {
            if is_at_work(run) {
                run.outcome = Outcome::Stopped;
            }
        }
        return Ok(runs);
    }
}

/// A run without its customers that have no data.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RunSummary {
    started_at: Timestamp,
    ended_at: Option<Timestamp>,
    source: String,
    outcome: Outcome,
    customers: u64,
    rows: u64,
    deliveries: Deliveries,
    gap_count: u64,
    notes: Vec<String>,
    error: Option<String>,
}

impl RunSummary {
    /// `None` for an incomplete line or one of a newer version, which hides no other.
    fn read(line: &[u8]) -> Option<Self> {
        serde_json::from_slice(line).ok()
    }
}

/// The complete lines within the last `length` bytes of a file, and whether that is the whole file;
/// empty without a file.
fn end_of(path: &Path, length: u64) -> io::Result<(Vec<u8>, bool)> {
    let mut text = Vec::new();
    let mut file = match File::open(path) {
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok((text, true)),
        file => file?,
    };
    let before = file.metadata()?.len().saturating_sub(length);
    file.seek(SeekFrom::Start(before))?;
    file.read_to_end(&mut text)?;
    if before > 0 {
        let first = text.iter().position(|byte| *byte == b'\n');
        text.drain(..first.unwrap_or(text.len()));
    }
    Ok((text, before == 0))
}

/// The records of a partner's runs, one per line; empty without a file.
fn recorded(folder: &CollectorFolder) -> Result<Vec<u8>, CollectError> {
    let path = folder.runs();
    match fs::read(&path) {
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        text => text.map_err(CollectError::file("read", &path)),
    }
}

fn runs_of(folder: &CollectorFolder) -> Result<Vec<Run>, CollectError> {
    let text = recorded(folder)?;
    let mut runs: Vec<Run> = Vec::new();
    // An incomplete line, or one of a newer version, hides no other.
    for run in text
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Run>(line).ok())
    {
        match runs.last_mut() {
            Some(last) if last.started_at == run.started_at => *last = run,
            _ => runs.push(run),
        }
    }
    let last = runs.len().saturating_sub(1);
    for (place, run) in runs.iter_mut().enumerate() {
        // Checked only if necessary, because it prevents a collector from starting for a moment.
        if run.outcome == Outcome::Running && !(place == last && folder.is_locked()) {
            run.outcome = Outcome::Stopped;
        }
    }
    Ok(runs)
}

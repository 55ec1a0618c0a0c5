//! The runs of a partner on the disk: a line for each start and each end, the newest last.
//!
//! The file is bounded, and who asks for the newest run reads the end of it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use jiff::Timestamp;
use seatwise_store::{Store, access};
use seatwise_types::PartnerId;
use seatwise_types::own::{LastCollection, Outcome, PastCollection};
use serde::Deserialize;

use crate::folder::CollectorFolder;
use crate::{CollectError, Deliveries, Run};

/// A file that is longer than this is cut to its newest half: years of daily collections, and weeks
/// of such as fail every few minutes, each with a hundred customers without data.
const LONGEST: u64 = 4 << 20;

/// How much of the end is read first to find the newest run and the newest one that was done.
const FIRST_LOOK: u64 = 64 << 10;

impl Run {
    /// Writes the run behind the others. One with the same start is the same run, later. The caller
    /// holds the lock of the collector.
    pub(crate) fn record(&self, folder: &CollectorFolder) -> Result<(), CollectError> {
        let path = folder.runs();
        let append = || -> io::Result<u64> {
            // A line of its own, even behind one that is torn.
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
            // It is only longer than it should be, and the next run tries again.
            let path = path.display();
            tracing::warn!(error = %err, "cannot remove the oldest runs from `{path}`");
        }
        Ok(())
    }
}

/// Keeps the newest half of what a file of runs may hold, and the newest run before it that was done
/// if there is none in it.
fn shorten(path: &Path) -> io::Result<()> {
    let text = fs::read(path)?;
    let half = text.len().saturating_sub(LONGEST as usize / 2);
    let Some(end_of_line) = text[half..].iter().position(|byte| *byte == b'\n') else {
        return Ok(());
    };
    let (old, kept) = text.split_at(half + end_of_line);
    let done = |text: &[u8]| {
        let mut lines = text.rsplit(|byte| *byte == b'\n');
        let line =
            lines.find(|line| Told::read(line).is_some_and(|run| run.outcome == Outcome::Done));
        line.map(<[u8]>::to_vec)
    };
    let mut shorter = match done(kept) {
        Some(_) => Vec::new(),
        None => done(old).unwrap_or_default(),
    };
    shorter.extend_from_slice(kept);
    // Under another name first: a killed process leaves one or the other whole.
    let new = path.with_extension("new");
    let mut file = access::create(&new)?;
    file.write_all(&shorter)?;
    file.sync_all()?;
    fs::rename(new, path)
}

/// The runs that are recorded in a data folder, the oldest first; of one partner if one is given.
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

/// The newest run of a partner; none if none is recorded.
///
/// # Errors
/// If the runs cannot be read.
pub fn last_collection(
    store: &Store,
    partner: PartnerId,
) -> Result<Option<LastCollection>, CollectError> {
    let folder = CollectorFolder::of(store, partner);
    let is_done = |run: &Told| run.outcome == Outcome::Done;
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
    is_enough: impl Fn(&[Told]) -> bool,
) -> Result<Vec<Told>, CollectError> {
    let path = folder.runs();
    let mut length = FIRST_LOOK;
    loop {
        let (text, is_all) = end_of(&path, length).map_err(CollectError::file("read", &path))?;
        let mut runs: Vec<Told> = Vec::new();
        let lines = text.rsplit(|byte| *byte == b'\n');
        for run in lines.filter_map(Told::read) {
            // Of a run that ended there is an earlier line, of its start.
            if runs
                .last()
                .is_none_or(|later| later.started_at != run.started_at)
            {
                runs.push(run);
            }
        }
        if !is_all && !is_enough(&runs) {
            length = length.saturating_mul(8);
            continue;
        }
        let is_at_work = |run: &Told| run.outcome == Outcome::Running;
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
struct Told {
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

impl Told {
    /// None of a line that is torn or of a newer version: it hides no other.
    fn read(line: &[u8]) -> Option<Self> {
        serde_json::from_slice(line).ok()
    }
}

/// The whole lines within so many bytes before the end of a file, and whether that is all of it;
/// nothing if there is no file.
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

/// The records of a partner's runs, line by line; nothing if there are none.
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
    // A line that is torn or of a newer version hides no other.
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
        // Looked at only if it matters: for a moment it keeps a collector from starting.
        if run.outcome == Outcome::Running && !(place == last && folder.is_locked()) {
            run.outcome = Outcome::Stopped;
        }
    }
    Ok(runs)
}

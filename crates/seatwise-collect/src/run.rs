//! What was done, attempt by attempt.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};

use jiff::Timestamp;
use seatwise_store::import::Receipt;
use seatwise_store::{Store, access};
use seatwise_types::own::{LastCollection, Metric, Outcome};
use seatwise_types::{CustomerId, PartnerId};
use serde::{Deserialize, Serialize};

use crate::folder::CollectorFolder;
use crate::{CollectError, Way};

/// One attempt at a collection, from its start to its end or stop.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended; nothing while it runs, and if it was killed.
    pub ended_at: Option<Timestamp>,
    /// Whose figures these are.
    pub partner: PartnerId,
    /// The address of the source.
    pub source: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether it went on where an earlier one was stopped.
    pub resumed: bool,
    /// Requests that were sent, retries among them.
    pub requests: u64,
    /// Of them those that repeat one that failed.
    pub retries: u64,
    /// How often the source said that it was too much, and was left alone for a time.
    pub throttled: u64,
    /// Customers that the source lists.
    pub customers: u64,
    /// Rows that came, those of earlier attempts at this collection among them.
    pub rows: u64,
    /// How usage was asked for; nothing if it did not come to that.
    pub usage: Option<Way>,
    /// How deployment was asked for; nothing if it did not come to that.
    pub deployment: Option<Way>,
    /// What became of what came.
    pub deliveries: Deliveries,
    /// How many customers have no data, counted once for usage and once for deployment.
    pub gap_count: u64,
    /// The first hundred of them.
    pub gaps: Vec<Gap>,
    /// What is worth to be looked at.
    pub notes: Vec<String>,
    /// Why it failed; nothing if it did not.
    pub error: Option<String>,
}

/// Deliveries of a run, by what became of them.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deliveries {
    /// Of units that were not known.
    pub new: u64,
    /// Known already.
    pub unchanged: u64,
    /// With other content than before.
    pub restated: u64,
    /// Left out because a row of them is bad.
    pub rejected: u64,
    /// Without rows, because the customer had none; counted above too.
    pub empty: u64,
}

impl Deliveries {
    /// What an import did, with so many deliveries without rows among what it was given.
    pub(crate) fn of(receipt: &Receipt, empty: u64) -> Self {
        Self {
            new: receipt.deliveries_new,
            unchanged: receipt.deliveries_unchanged,
            restated: receipt.deliveries_restated,
            rejected: receipt.deliveries_rejected,
            empty,
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.new += other.new;
        self.unchanged += other.unchanged;
        self.restated += other.restated;
        self.rejected += other.rejected;
        self.empty += other.empty;
    }
}

/// A customer without data, which is not a customer without licences.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// The customer.
    pub customer: CustomerId,
    /// What was asked for.
    pub metric: Metric,
    /// What the source said.
    pub reason: String,
}

impl Run {
    /// As many gaps are told in full.
    const TOLD: usize = 100;

    pub(crate) fn started(now: Timestamp, partner: PartnerId, source: &str) -> Self {
        Self {
            started_at: now,
            ended_at: None,
            partner,
            source: source.to_owned(),
            outcome: Outcome::Running,
            resumed: false,
            requests: 0,
            retries: 0,
            throttled: 0,
            customers: 0,
            rows: 0,
            usage: None,
            deployment: None,
            deliveries: Deliveries::default(),
            gap_count: 0,
            gaps: Vec::new(),
            notes: Vec::new(),
            error: None,
        }
    }

    pub(crate) fn add_gaps(&mut self, gaps: &[Gap]) {
        self.gap_count += gaps.len() as u64;
        let room = Self::TOLD.saturating_sub(self.gaps.len());
        self.gaps.extend(gaps.iter().take(room).cloned());
    }

    /// Writes the run behind the others. One with the same start is the same run, later.
    pub(crate) fn record(&self, folder: &CollectorFolder) -> Result<(), CollectError> {
        let path = folder.runs();
        let append = || -> io::Result<()> {
            // A line of its own, even behind one that is torn.
            let mut line = vec![b'\n'];
            serde_json::to_writer(&mut line, self)?;
            line.push(b'\n');
            let mut file = access::open(&path, OpenOptions::new().create(true).append(true))?;
            file.write_all(&line)?;
            file.sync_data()
        };
        append().map_err(CollectError::file("write", &path))
    }
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
    /// What is told of a run, without the lists that it may have.
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Told {
        started_at: Timestamp,
        ended_at: Option<Timestamp>,
        source: String,
        outcome: Outcome,
        customers: u64,
        gap_count: u64,
        error: Option<String>,
    }
    let folder = CollectorFolder::of(store, partner);
    let text = recorded(&folder)?;
    // There may be years of them: no more is read than the newest ones up to one that was done.
    let lines = text.rsplit(|byte| *byte == b'\n');
    let mut runs = lines.filter_map(|line| serde_json::from_slice::<Told>(line).ok());
    let Some(mut last) = runs.next() else {
        return Ok(None);
    };
    if last.outcome == Outcome::Running && !folder.is_locked() {
        last.outcome = Outcome::Stopped;
    }
    let last_done_at = match last.outcome {
        Outcome::Done => last.ended_at,
        _ => runs
            .find(|run| run.outcome == Outcome::Done)
            .and_then(|run| run.ended_at),
    };
    Ok(Some(LastCollection {
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

//! What was done, attempt by attempt.

use jiff::Timestamp;
use seatwise_store::import::Receipt;
use seatwise_types::own::{Metric, Outcome};
use seatwise_types::{CustomerId, PartnerId};
use serde::{Deserialize, Serialize};

use crate::Way;

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
    /// As many gaps are recorded in full.
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
}

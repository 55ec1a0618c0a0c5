//! The record of a collection, attempt by attempt.

use jiff::Timestamp;
use seatwise_store::import::Receipt;
use seatwise_types::extensions::{Metric, Outcome};
use seatwise_types::{CustomerId, PartnerId};
use serde::{Deserialize, Serialize};

use crate::Way;

/// One attempt at a collection, from its start to its end or stop.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended; `None` while it runs, and if it was killed.
    pub ended_at: Option<Timestamp>,
    /// The partner.
    pub partner: PartnerId,
    /// The address of the source.
    pub source: String,
    /// The outcome.
    pub outcome: Outcome,
    /// Whether it resumed a stopped collection.
    pub resumed: bool,
    /// Requests sent, including retries.
    pub requests: u64,
    /// Requests that repeat a failed one.
    pub retries: u64,
    /// How often the source throttled.
    pub throttled: u64,
    /// Customers that the source lists.
    pub customers: u64,
    /// Rows received, including those of earlier attempts at this collection.
    pub rows: u64,
    /// How usage was requested; `None` if it was not.
    pub usage: Option<Way>,
    /// How deployment was requested; `None` if it was not.
    pub deployment: Option<Way>,
    /// The outcome of the deliveries.
    pub deliveries: Deliveries,
    /// The number of customers without data, the sum over usage and deployment.
    pub gap_count: u64,
    /// The first hundred of them.
    pub gaps: Vec<Gap>,
    /// Notes for the operator.
    pub notes: Vec<String>,
    /// Why it failed; `None` if it did not.
    pub error: Option<String>,
}

/// Deliveries of a run by outcome.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deliveries {
    /// Of new units.
    pub new: u64,
    /// With the existing content.
    pub unchanged: u64,
    /// With other content.
    pub restated: u64,
    /// Left out because of a bad row.
    pub rejected: u64,
    /// Without rows, because the customer has none; also counted above.
    pub empty: u64,
}

impl Deliveries {
    /// From the receipt of an import with this number of empty deliveries.
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

/// A customer without data, which is not the same as without licences.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// The customer.
    pub customer: CustomerId,
    /// The metric.
    pub metric: Metric,
    /// The source's reason.
    pub reason: String,
}

impl Run {
    /// The number of gaps that are recorded in full.
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

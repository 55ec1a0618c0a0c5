//! Collections from Partner Center, as answers show them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::words::words;

words! {
    /// The outcome of a collection.
    Outcome {
        /// It is still running.
        Running = "running",
        /// It finished.
        Done = "done",
        /// It was stopped from outside. The next collection resumes it.
        Stopped = "stopped",
        /// It could not continue. The next collection resumes it.
        Failed = "failed",
    }
}

/// A collection of a partner, as it ended.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PastCollection {
    /// The address of what was collected from.
    pub source: String,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended; nothing while it runs, and if it was killed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Outcome,
    /// Customers that the source lists.
    pub customers: u64,
    /// How many of them have no data there, counted once for usage and once for deployment.
    pub without_data: u64,
    /// Rows that came.
    pub rows: u64,
    /// Deliveries of units that were not known.
    pub new: u64,
    /// Deliveries with other content than before.
    pub restated: u64,
    /// Deliveries that were left out because a row of them is bad.
    pub rejected: u64,
    /// What is worth to be looked at.
    pub notes: Vec<String>,
    /// Why it failed; nothing if it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The newest collection of a partner.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LastCollection {
    /// The address of the source.
    pub source: String,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended; `None` while it runs, or if it was killed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// The outcome.
    pub outcome: Outcome,
    /// Customers that the source lists.
    pub customers: u64,
    /// How many of them have no data there: the sum over usage and deployment.
    pub without_data: u64,
    /// Why it failed; `None` if it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When the last collection that finished, this or an earlier one, ended; `None` if none
    /// finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_done_at: Option<Timestamp>,
}

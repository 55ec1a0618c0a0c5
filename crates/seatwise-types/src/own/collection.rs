//! Collections from Partner Center, as answers tell of them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::words::words;

words! {
    /// How a collection ended.
    Outcome {
        /// It is at work.
        Running = "running",
        /// It came to its end.
        Done = "done",
        /// It was stopped from outside; the next one goes on.
        Stopped = "stopped",
        /// It could not go on; the next one does.
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
#[serde(rename_all = "camelCase")]
pub struct LastCollection {
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
    /// Why it failed; nothing if it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When the last collection ended that came to its end, this or an earlier one; nothing if none
    /// did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_done_at: Option<Timestamp>,
}

//! The status of collections in a server, and how it requests one. The server itself runs none.

use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::{Mutex, MutexGuard};
use schemars::JsonSchema;
use seatwise_types::PartnerId;
use seatwise_types::extensions::{LastCollection, PastCollection};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

/// Returns the last collection of a partner, from any process. It can read files.
pub type AskLastCollection =
    Arc<dyn Fn(PartnerId) -> anyhow::Result<Option<LastCollection>> + Send + Sync>;

/// Looks up the last collections of a partner, at most this many, the newest first; it may read files.
pub type AskPastCollections =
    Arc<dyn Fn(PartnerId, usize) -> anyhow::Result<Vec<PastCollection>> + Send + Sync>;

/// The state of a partner's collections. The collector writes it. The server reads it, and can
/// request a collection before its time.
#[derive(Debug)]
pub struct CollectionStatus {
    partner: PartnerId,
    state: Mutex<CollectionState>,
    /// Wakes the collector when a collection is requested.
    requested: Notify,
}

/// The state of a partner's collections.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[schemars(rename = "Collection")]
#[serde(rename_all = "camelCase")]
pub struct CollectionState {
    /// Whether a collection is running.
    pub running: bool,
    /// The progress of the running collection; `None` while none is running.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<CollectionProgress>,
    /// Whether a collection was requested that has not started yet.
    pub requested: bool,
    /// When the next collection starts; `None` while one is running.
    pub next_at: Option<Timestamp>,
    /// When the last completed collection ended; `None` if there is none.
    pub last_done_at: Option<Timestamp>,
    /// The error of the last collection; `None` if it was completed.
    pub last_error: Option<String>,
    /// The number of collections completed since the server started.
    pub done: u64,
    /// The number of collections failed since the server started.
    pub failed: u64,
}

/// The progress of a collection.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectionProgress {
    /// The number of customers that the source has listed so far.
    pub customers: u64,
    /// The number of rows received so far.
    pub rows: u64,
    /// The completed share of the current metric in percent, from 0 to 100; `None` while the total
    /// is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<u64>,
}

impl CollectionStatus {
    /// The state of a partner without collections so far.
    pub fn new(partner: PartnerId) -> Self {
        Self {
            partner,
            state: Mutex::default(),
            requested: Notify::new(),
        }
    }

    /// The partner of the collections.
    pub fn partner(&self) -> PartnerId {
        self.partner
    }

    /// Requests a collection now. Has no effect while one is running or already requested.
    pub fn request(&self) {
        let mut state = self.lock();
        if !state.running {
            state.requested = true;
            self.requested.notify_one();
        }
    }

    /// Waits until a collection is requested; returns at once if a requested one has not started.
    pub async fn until_requested(&self) {
        while !self.lock().requested {
            self.requested.notified().await;
        }
    }

    /// Changes the state.
    pub fn update(&self, change: impl FnOnce(&mut CollectionState)) {
        change(&mut self.lock());
    }

    /// The state now.
    pub fn state(&self) -> CollectionState {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, CollectionState> {
        self.state.lock()
    }
}

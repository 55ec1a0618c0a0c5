//! The status of collections in a server. The server itself runs none.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use jiff::Timestamp;
use seatwise_types::{PartnerId, wire};
use serde::Serialize;

use crate::AppState;
use crate::answer::respond_once;
use crate::error::ApiError;
use crate::sign_in::Caller;

/// The state of a partner's collections. The collector writes it, and the server reads it.
#[derive(Debug)]
pub struct CollectionStatus {
    partner: PartnerId,
    state: Mutex<CollectionState>,
}

/// The state of a partner's collections.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectionState {
    /// Whether a collection is running.
    pub running: bool,
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

impl CollectionStatus {
    /// The state of a partner without collections so far.
    pub fn new(partner: PartnerId) -> Self {
        Self {
            partner,
            state: Mutex::default(),
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
        // A panic between two statements leaves the state consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answer about a server's status for a partner.
#[derive(Serialize)]
pub(crate) struct Status {
    pub(crate) partner: PartnerId,
    /// `None` if the server does not collect for the partner.
    pub(crate) collection: Option<CollectionState>,
}

/// `GET /seatwise/v1/status`
pub(crate) async fn status(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let collection = app.collection.as_ref();
    let of_caller = collection.filter(|collection| collection.partner == caller.partner);
    let status = Status {
        partner: caller.partner,
        collection: of_caller.map(|collection| collection.state()),
    };
    Ok(respond_once(wire::encode(&status), &headers))
}

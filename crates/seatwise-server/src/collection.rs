//! What a server tells of the collections that run beside it. It runs none itself.

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

/// The state of the collections of one partner: written by what runs them, and read by the server.
#[derive(Debug)]
pub struct CollectionStatus {
    partner: PartnerId,
    state: Mutex<CollectionState>,
}

/// How the collections of a partner are.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectionState {
    /// Whether one is at work.
    pub running: bool,
    /// When the next one begins; nothing while one is at work.
    pub next_at: Option<Timestamp>,
    /// When the last one that came to its end did; nothing if none did since the server started.
    pub last_done_at: Option<Timestamp>,
    /// Why the last one failed; nothing if it did not.
    pub last_error: Option<String>,
    /// How many came to their end since the server started.
    pub done: u64,
    /// How many failed since the server started.
    pub failed: u64,
}

impl CollectionStatus {
    /// Of this partner, of whom nothing was collected yet.
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
        // It is whole between two statements, whatever happened to the thread that held it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a partner can ask about its server.
#[derive(Serialize)]
pub(crate) struct Status {
    pub(crate) partner: PartnerId,
    /// Nothing if the server does not collect for the partner.
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

//! How often a partner may ask: what Partner Center documents for customers.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use seatwise_types::PartnerId;

use super::gateway;
use crate::AppState;
use crate::sign_in::AppOrUser;

/// Requests of one partner within a minute, for customers (documented).
const PER_MINUTE: usize = 500;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// Counts the requests of each partner. A request is answered if fewer than [`PER_MINUTE`] came
/// in the minute before it; those that were refused count too (documented), so that a client that
/// does not wait is never let in again.
pub(crate) struct Quota {
    partners: Mutex<HashMap<PartnerId, VecDeque<Timestamp>>>,
}

impl Quota {
    pub(super) fn new() -> Self {
        Self {
            partners: Mutex::default(),
        }
    }

    /// Counts a request; an error is the number of seconds after which one will be answered again,
    /// if none comes before.
    fn take(&self, partner: PartnerId, now: Timestamp) -> Result<(), u32> {
        let mut partners = self.partners();
        if !partners.contains_key(&partner) {
            // Nobody is kept who did not ask for a minute.
            partners.retain(|_, times| times.back().is_some_and(|last| is_recent(*last, now)));
        }
        let times = partners.entry(partner).or_default();
        times.retain(|time| is_recent(*time, now));
        let refused = times.len() >= PER_MINUTE;
        if refused {
            times.pop_front();
        }
        times.push_back(now);
        if !refused {
            return Ok(());
        }
        let free = times
            .front()
            .map_or(MINUTE, |oldest| MINUTE - now.duration_since(*oldest));
        let seconds = free.as_millis_f64() / 1000.0;
        Err(seconds.ceil().max(1.0) as u32)
    }

    pub(super) fn reset(&self) {
        self.partners().clear();
    }

    fn partners(&self) -> MutexGuard<'_, HashMap<PartnerId, VecDeque<Timestamp>>> {
        // It is whole between two statements, whatever happened to the thread that held it.
        self.partners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether it was within the last minute. A time to come is none: the clock was set back.
fn is_recent(time: Timestamp, now: Timestamp) -> bool {
    time <= now && now.duration_since(time) < MINUTE
}

/// Whether Partner Center limits the calls of this path: customers, and not their analytics.
pub(crate) fn has_quota(path: &str) -> bool {
    matches!(path, "/v1/customers" | "/v1/customers/{customer-id}")
}

/// Middleware of the routes that Partner Center limits. Whose request it is says the token alone,
/// so this reads it, and the handler gets it from the verifier's memory.
pub(crate) async fn keep_quota(
    State(app): State<Arc<AppState>>,
    AppOrUser(caller): AppOrUser,
    request: Request,
    next: Next,
) -> Response {
    let quota = app.emulation.as_ref().and_then(|it| it.quota.as_ref());
    match quota.map(|quota| quota.take(caller.partner, (app.clock)())) {
        Some(Err(retry_after)) => gateway::throttled(retry_after),
        _ => next.run(request).await,
    }
}

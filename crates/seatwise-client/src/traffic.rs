//! What calls have cost so far.

use std::sync::atomic::{AtomicU64, Ordering};

/// What the calls of a [`PartnerOperations`](crate::PartnerOperations) and its clones have cost so
/// far; see [`traffic`](crate::PartnerOperations::traffic).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Traffic {
    /// Requests that were sent, retries among them; those of the sign-in are not.
    pub requests: u64,
    /// Of them those that repeat one that failed.
    pub retries: u64,
    /// How often the service said that it was too much (status 429).
    pub throttled: u64,
}

/// Counts [`Traffic`].
#[derive(Default)]
pub(crate) struct Counters {
    requests: AtomicU64,
    retries: AtomicU64,
    throttled: AtomicU64,
}

impl Counters {
    pub(crate) fn request(&self, is_retry: bool) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.retries
            .fetch_add(u64::from(is_retry), Ordering::Relaxed);
    }

    pub(crate) fn throttled(&self) {
        self.throttled.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Traffic {
        Traffic {
            requests: self.requests.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            throttled: self.throttled.load(Ordering::Relaxed),
        }
    }
}

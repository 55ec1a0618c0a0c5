//! Counters of requests.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters over all calls of a [`PartnerOperations`](crate::PartnerOperations) and its clones; see
/// [`traffic`](crate::PartnerOperations::traffic).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Traffic {
    /// Requests sent, including retries, without those of the sign-in.
    pub requests: u64,
    /// Requests that repeat a failed one.
    pub retries: u64,
    /// Answers with status 429: the service throttled.
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

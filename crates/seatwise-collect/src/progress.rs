//! How far a collection is; to be looked at from another task.

use std::sync::atomic::{AtomicU64, Ordering};

/// How far a collection is.
#[derive(Debug, Default)]
pub struct Progress {
    customers: AtomicU64,
    rows: AtomicU64,
    to_do: AtomicU64,
    done: AtomicU64,
}

impl Progress {
    /// How many customers are listed so far.
    pub fn customers(&self) -> u64 {
        self.customers.load(Ordering::Relaxed)
    }

    /// How many rows came so far, those of before a stop among them.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// How much of how much is done, in rows or customers of the metric that is asked for; nothing as
    /// long as it is not known how much there is.
    pub fn share(&self) -> Option<(u64, u64)> {
        let to_do = self.to_do.load(Ordering::Relaxed);
        (to_do > 0).then(|| (self.done.load(Ordering::Relaxed).min(to_do), to_do))
    }

    pub(crate) fn listed(&self, customers: usize) {
        self.customers.store(customers as u64, Ordering::Relaxed);
    }

    pub(crate) fn came(&self, rows: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }

    /// Rows that came do not count, because they will come again.
    pub(crate) fn dropped(&self, rows: u64) {
        self.rows.fetch_sub(rows, Ordering::Relaxed);
    }

    pub(crate) fn reached(&self, done: u64, to_do: u64) {
        self.done.store(done, Ordering::Relaxed);
        self.to_do.store(to_do, Ordering::Relaxed);
    }
}

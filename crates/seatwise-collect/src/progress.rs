//! The progress of a collection, for use from another task.

use std::sync::atomic::{AtomicU64, Ordering};

/// The progress of a collection.
#[derive(Debug, Default)]
pub struct Progress {
    customers: AtomicU64,
    rows: AtomicU64,
    to_do: AtomicU64,
    done: AtomicU64,
}

impl Progress {
    /// The number of customers listed so far.
    pub fn customers(&self) -> u64 {
        self.customers.load(Ordering::Relaxed)
    }

    /// The number of rows received so far, including those before a stop.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// How much of the total is done, in rows or customers of the current metric; `None` while the
    /// total is unknown.
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

    /// Subtracts rows that will be received again.
    pub(crate) fn dropped(&self, rows: u64) {
        self.rows.fetch_sub(rows, Ordering::Relaxed);
    }

    pub(crate) fn reached(&self, done: u64, to_do: u64) {
        self.done.store(done, Ordering::Relaxed);
        self.to_do.store(to_do, Ordering::Relaxed);
    }
}

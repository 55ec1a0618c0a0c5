//! Notifications of commits through a store.

use std::collections::HashMap;
use std::future::pending;

use seatwise_types::PartnerId;
use tokio::sync::watch;

use crate::model::kind::Kind;

/// The number of commits to each table.
type Counts = HashMap<(PartnerId, Kind), u64>;

/// Counts commits.
#[derive(Default)]
pub(crate) struct Counter(watch::Sender<Counts>);

impl Counter {
    /// Counts a commit to a table.
    pub(crate) fn add(&self, partner: PartnerId, kind: Kind) {
        let add = |counts: &mut Counts| *counts.entry((partner, kind)).or_default() += 1;
        self.0.send_modify(add);
    }

    /// A subscription to the commits from now on.
    pub(crate) fn subscribe(&self) -> Commits {
        let counts = self.0.subscribe();
        let seen = counts.borrow().clone();
        Commits { counts, seen }
    }
}

/// A subscription to the commits through a store. No commit is missed.
///
/// Only commits of this process count. For those of others,
/// [`Store::table_version`](crate::Store::table_version) returns the current version.
#[derive(Debug)]
pub struct Commits {
    counts: watch::Receiver<Counts>,
    seen: Counts,
}

impl Commits {
    /// Waits for a commit, and returns the tables with commits since the last call. If this future
    /// is dropped early, the next call returns the same tables.
    pub async fn next(&mut self) -> Vec<(PartnerId, Kind)> {
        if self.counts.changed().await.is_err() {
            // The store was dropped.
            pending::<()>().await;
        }
        let now = self.counts.borrow_and_update().clone();
        let tables = now.iter();
        let tables = tables.filter(|(table, count)| self.seen.get(table) != Some(*count));
        let tables = tables.map(|(table, _)| *table).collect();
        self.seen = now;
        tables
    }
}

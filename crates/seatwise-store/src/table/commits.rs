//! What was committed through a store, for tasks that wait for it.

use std::collections::HashMap;
use std::future::pending;

use seatwise_types::PartnerId;
use tokio::sync::watch;

use crate::model::kind::Kind;

/// How many commits there were to each table.
type Counts = HashMap<(PartnerId, Kind), u64>;

/// Where commits are counted.
#[derive(Default)]
pub(crate) struct Counter(watch::Sender<Counts>);

impl Counter {
    /// One more commit to a table.
    pub(crate) fn add(&self, partner: PartnerId, kind: Kind) {
        let add = |counts: &mut Counts| *counts.entry((partner, kind)).or_default() += 1;
        self.0.send_modify(add);
    }

    /// The commits from now on.
    pub(crate) fn subscribe(&self) -> Commits {
        let counts = self.0.subscribe();
        let seen = counts.borrow().clone();
        Commits { counts, seen }
    }
}

/// The commits through a store for one that waits for them. None is missed, however many there are.
///
/// They are those of this process: of others, [`Store::table_version`](crate::Store::table_version) says which version there is.
#[derive(Debug)]
pub struct Commits {
    counts: watch::Receiver<Counts>,
    seen: Counts,
}

impl Commits {
    /// Waits for a commit. The tables that had one since the last call. If this future is dropped
    /// before its end, the next call has the same.
    pub async fn next(&mut self) -> Vec<(PartnerId, Kind)> {
        if self.counts.changed().await.is_err() {
            // The store is gone.
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

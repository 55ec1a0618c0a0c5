//! One numbering of services and channels for several snapshots.

use super::inputs::IdleInputs;
use crate::query::snapshot::{Counted, Snapshot};

/// Pairs of service and channel, numbered in alphabetical order.
pub(super) struct Feeds<'a> {
    texts: Vec<(&'a str, &'a str)>,
    deployment: Vec<u32>,
    usage: Vec<u32>,
    before: Vec<u32>,
    /// Whether there is a delivery from before the new seats.
    is_known_before: Vec<bool>,
}

impl<'a> Feeds<'a> {
    pub(super) fn of(facts: &'a IdleInputs) -> Self {
        let snapshots = facts.snapshots();
        let all = snapshots.into_iter().flatten().flat_map(Snapshot::feeds);
        let mut texts: Vec<_> = all.collect();
        texts.sort_unstable();
        texts.dedup();
        let [deployment, usage, before] = snapshots.map(|it| {
            let feeds = it.into_iter().flat_map(Snapshot::feeds);
            let places = feeds.map(|feed| texts.binary_search(&feed).unwrap_or_default() as u32);
            places.collect::<Vec<_>>()
        });
        let mut is_known_before = vec![false; texts.len()];
        for feed in &before {
            is_known_before[*feed as usize] = true;
        }
        Self {
            texts,
            deployment,
            usage,
            before,
            is_known_before,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    /// The service and channel with this number.
    pub(super) fn texts(&self, feed: u32) -> (&'a str, &'a str) {
        self.texts[feed as usize]
    }

    pub(super) fn of_deployment(&self, it: &Counted<'_>) -> u32 {
        self.deployment[it.delivery.feed as usize]
    }

    pub(super) fn of_usage(&self, it: &Counted<'_>) -> u32 {
        self.usage[it.delivery.feed as usize]
    }

    pub(super) fn of_before(&self, it: &Counted<'_>) -> u32 {
        self.before[it.delivery.feed as usize]
    }

    pub(super) fn is_known_before(&self, feed: u32) -> bool {
        self.is_known_before[feed as usize]
    }
}

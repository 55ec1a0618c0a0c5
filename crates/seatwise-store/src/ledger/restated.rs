//! The deliveries with several versions.

use std::collections::{BTreeMap, BTreeSet};

use seatwise_types::CustomerId;

use super::names::FeedNumber;

/// The limit of versions in the ledger: a partner that restates everything each day has as many as
/// deliveries. A version takes about 50 bytes of memory.
const MOST_VERSIONS: usize = 1 << 18;

/// A customer's delivery of a service, channel and day (in days since 1970).
pub(super) type UnitOfFeed = (FeedNumber, i32, CustomerId);

/// The numbers of all versions of restated deliveries.
#[derive(Debug, Default, Clone)]
pub(super) struct Restated {
    versions: BTreeMap<UnitOfFeed, BTreeSet<i64>>,
    count: usize,
    /// Whether there are too many, so that it has none.
    pub(super) is_too_large: bool,
}

impl Restated {
    /// Adds a version.
    pub(super) fn add(&mut self, unit: UnitOfFeed, delivery: i64) {
        if self.is_too_large {
            return;
        }
        self.count += usize::from(self.versions.entry(unit).or_default().insert(delivery));
        if self.count > MOST_VERSIONS {
            *self = Self {
                is_too_large: true,
                ..Self::default()
            };
        }
    }

    /// All versions.
    pub(super) fn versions(&self) -> impl Iterator<Item = (UnitOfFeed, i64)> {
        let units = self.versions.iter();
        units.flat_map(|(unit, versions)| versions.iter().map(move |it| (*unit, *it)))
    }
}

//! The deliveries with several versions.

use std::collections::{BTreeMap, BTreeSet};

use seatwise_types::CustomerId;
use seatwise_types::extensions::Selection;

use super::{FeedNumber, Ledger, Seen};
use crate::model::axes::Axes;
use crate::model::selection::selects;

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

impl Ledger {
    /// The days and numbers of all versions of restated deliveries, from a day until that of
    /// `axes`, for the selected services, channels and customers. `None` if there are too many for
    /// the ledger.
    pub(crate) fn restated_versions(
        &self,
        from: i32,
        axes: Axes,
        selection: &Selection,
    ) -> Option<Vec<(i32, i64)>> {
        if self.restated.is_too_large {
            return None;
        }
        let days = from..=Seen::at(axes).as_of;
        let feeds: Vec<bool> = self
            .feeds()
            .map(|(_, feed)| selects(selection, feed))
            .collect();
        let versions = self.restated.versions().filter(|((feed, day, id), _)| {
            feeds[feed.0 as usize]
                && days.contains(day)
                && selection.customer.is_none_or(|wanted| wanted == *id)
        });
        Some(
            versions
                .map(|((_, day, _), number)| (day, number))
                .collect(),
        )
    }
}

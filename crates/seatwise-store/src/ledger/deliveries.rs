//! Which deliveries a ledger has: each customer's newest and previous ones, and restated ones.

use std::collections::{BTreeSet, HashMap, HashSet};

use foldhash::fast::RandomState;
use seatwise_types::CustomerId;
use seatwise_types::extensions::Selection;

use super::newest::Newest;
use super::{FeedNumber, Ledger, Seen};
use crate::model::axes::{Axes, whole_millisecond};
use crate::model::selection::selects;
use crate::model::texts::same_text;

/// A customer in a service and channel.
pub(crate) type CustomerOfFeed = (FeedNumber, CustomerId);

/// Each customer's newest delivery at a point on the axes, as far as the ledger has it.
pub(crate) struct NewestAt {
    /// The days and numbers of the deliveries that the ledger has.
    pub(crate) known: Vec<(i32, i64)>,
    /// The customers whose newest delivery must be looked up.
    pub(crate) missing: HashSet<CustomerOfFeed, RandomState>,
    /// The days to look at, newest first.
    pub(crate) days: Vec<i32>,
    /// Services and channels.
    pub(crate) feeds: HashMap<(String, String), FeedNumber>,
}

impl Ledger {
    /// Each customer's newest delivery of each service and channel at a point on the axes.
    pub(crate) fn newest_at(&self, axes: Axes) -> NewestAt {
        let recorded = self.covers.recorded_at.map(whole_millisecond);
        let knows_all = axes
            .known_at
            .is_none_or(|at| recorded <= Some(at.timestamp()));
        let as_of = Seen::at(axes).as_of;
        let mut at = NewestAt {
            known: Vec::new(),
            missing: HashSet::default(),
            days: Vec::new(),
            feeds: HashMap::new(),
        };
        for (of, newest) in &self.newest {
            let (own, before) = ((newest.day, newest.delivery), newest.before);
            let two = [Some(own), before].into_iter().flatten();
            let known = two.filter(|_| knows_all).find(|(day, _)| *day <= as_of);
            match known {
                Some(known) => at.known.push(known),
                None if newest.first <= as_of => drop(at.missing.insert(*of)),
                None => {}
            }
        }
        let days = self.days.iter().flat_map(|it| it.delivered.keys());
        let days: BTreeSet<i32> = days.copied().filter(|day| *day <= as_of).collect();
        at.days = days.into_iter().rev().collect();
        let feeds = self.feeds();
        at.feeds = feeds
            .map(|(number, (service, channel))| ((service.to_owned(), channel.to_owned()), number))
            .collect();
        at
    }

    /// The day and number of each customer's previous delivery, of a service and channel in any
    /// spelling.
    pub(crate) fn deliveries_before(
        &self,
        feed: (&str, &str),
        customer: Option<CustomerId>,
    ) -> impl Iterator<Item = (i32, i64)> + use<'_> {
        let newest = self.newest_of(feed, customer);
        newest.filter_map(|(_, newest)| newest.before)
    }

    /// The customers whose newest delivery is restated, with its day, of a service and channel in
    /// any spelling.
    pub(crate) fn newest_restated(
        &self,
        feed: (&str, &str),
        customer: Option<CustomerId>,
    ) -> Vec<(CustomerId, i32)> {
        let newest = self.newest_of(feed, customer);
        let newest = newest.filter(|(_, it)| it.is_restated);
        newest.map(|(id, it)| (id, it.day)).collect()
    }

    fn newest_of(
        &self,
        (service, channel): (&str, &str),
        customer: Option<CustomerId>,
    ) -> impl Iterator<Item = (CustomerId, &Newest)> + use<'_> {
        let feeds = self.feeds();
        let feeds = feeds.filter(|(_, (a, b))| same_text(a, service) && same_text(b, channel));
        let feeds: Vec<FeedNumber> = feeds.map(|(number, _)| number).collect();
        let newest = self.newest.iter();
        newest
            .filter(move |((feed, id), _)| {
                customer.is_none_or(|wanted| wanted == *id) && feeds.contains(feed)
            })
            .map(|((_, id), newest)| (*id, newest))
    }

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

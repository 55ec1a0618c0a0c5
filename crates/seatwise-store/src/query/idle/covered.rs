//! The coverage of idle seats.

use seatwise_types::extensions::{IdleCoverage, IdleCovered};

use super::feeds::Feeds;
use super::inputs::OfCustomer;
use crate::model::days::day;
use crate::query::snapshot::Counted;

/// The customers of each service and channel, by the number of the pair.
pub(super) struct Coverage {
    feeds: Vec<Covered>,
}

#[derive(Default, Clone)]
struct Covered {
    deployment: Metric,
    usage: Metric,
}

#[derive(Default, Clone, Copy)]
struct Metric {
    current: u64,
    late: u64,
    missing: u64,
    days: Option<(i32, i32)>,
}

/// The state of a customer in one service, channel and metric.
#[derive(Default, Clone, Copy)]
struct Found {
    /// Whether there is a delivery.
    is_there: bool,
    /// Whether a current delivery has seats.
    has_seats: bool,
}

impl Coverage {
    pub(super) fn new(feeds: usize) -> Self {
        Self {
            feeds: vec![Covered::default(); feeds],
        }
    }

    pub(super) fn add(&mut self, feeds: &Feeds<'_>, of: &OfCustomer<'_>) {
        // A customer has few services and channels, so a linear search suffices.
        let mut found: Vec<(u32, [Found; 2])> = Vec::new();
        let mut note = |feed: u32, metric: usize, it: &Counted<'_>| {
            let known = found.iter().position(|(known, _)| *known == feed);
            let place = known.unwrap_or_else(|| {
                found.push((feed, [Found::default(); 2]));
                found.len() - 1
            });
            found[place].1[metric] = Found {
                is_there: true,
                has_seats: !it.is_late() && it.rows().iter().any(|row| row.whole > 0),
            };
        };
        for it in &of.deployment {
            let feed = feeds.of_deployment(it);
            self.feeds[feed as usize].deployment.add(it);
            note(feed, 0, it);
        }
        for it in &of.usage {
            let feed = feeds.of_usage(it);
            self.feeds[feed as usize].usage.add(it);
            note(feed, 1, it);
        }
        for (feed, [deployment, usage]) in found {
            let covered = &mut self.feeds[feed as usize];
            let is_missing = |one: Found, other: Found| !one.is_there && other.has_seats;
            covered.deployment.missing += u64::from(is_missing(deployment, usage));
            covered.usage.missing += u64::from(is_missing(usage, deployment));
        }
    }

    /// The coverage of the wanted services and channels that have customers.
    pub(super) fn shown(&self, feeds: &Feeds<'_>, wanted: &[bool]) -> Vec<IdleCoverage> {
        let all = (0..).zip(&self.feeds).zip(wanted);
        let some = all.filter(|((_, it), wanted)| **wanted && it.has_customers());
        some.map(|((feed, it), _)| {
            let (service, channel) = feeds.texts(feed);
            IdleCoverage {
                service_code: service.into(),
                channel: channel.into(),
                deployment: it.deployment.shown(),
                usage: it.usage.shown(),
            }
        })
        .collect()
    }
}

impl Covered {
    fn has_customers(&self) -> bool {
        let metrics = [self.deployment, self.usage].into_iter();
        metrics
            .map(|it| it.current + it.late + it.missing)
            .sum::<u64>()
            > 0
    }
}

impl Metric {
    fn add(&mut self, it: &Counted<'_>) {
        if it.is_late() {
            self.late += 1;
            return;
        }
        self.current += 1;
        let day = it.delivery.day;
        let (first, last) = self.days.unwrap_or((day, day));
        self.days = Some((first.min(day), last.max(day)));
    }

    fn shown(self) -> IdleCovered {
        IdleCovered {
            current: self.current,
            late: self.late,
            missing: self.missing,
            oldest_processed_date: self.days.map(|(first, _)| day(first)),
            newest_processed_date: self.days.map(|(_, last)| day(last)),
        }
    }
}

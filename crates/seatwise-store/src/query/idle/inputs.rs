//! The input rows of idle seats.

use std::iter;
use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::Date;
use seatwise_types::CustomerId;

use crate::model::days::day;
use crate::query::snapshot::{Counted, KnownCustomer, Snapshot};

/// The rows of both metrics that count, at one point on the axes of time.
#[derive(Clone)]
pub struct IdleInputs {
    /// Seats sold and deployed.
    pub deployment: Arc<Snapshot>,
    /// Seats qualified and active.
    pub usage: Arc<Snapshot>,
    /// The day that new seats are compared with, and deployment as of that day, known at the same
    /// instant; `None` if no seat counts as new.
    /// [`IdleRules::new_since`](super::IdleRules::new_since) returns the day.
    pub before: Option<(Date, Arc<Snapshot>)>,
}

impl IdleInputs {
    /// Deployment, usage, and deployment before the new seats.
    pub(super) fn snapshots(&self) -> [Option<&Snapshot>; 3] {
        let before = self.before.as_ref().map(|(_, it)| &**it);
        [Some(&*self.deployment), Some(&*self.usage), before]
    }

    /// Their share of the memory for questions, in bytes.
    pub fn bytes(&self) -> usize {
        let before = self.before.as_ref().map_or(0, |(_, it)| it.bytes());
        self.deployment.bytes() + self.usage.bytes() + before
    }
}

/// The day as of which seats of deployment are not new; `None` without deliveries, or if `new_days`
/// is 0.
pub(super) fn new_since(deployment: &Snapshot, new_days: u16) -> Option<Date> {
    let newest = deployment.deliveries().map(|it| it.delivery.day).max()?;
    (new_days > 0).then(|| day(newest).saturating_sub(i64::from(new_days).days()))
}

/// The deliveries of one customer.
#[derive(Default)]
pub(super) struct OfCustomer<'a> {
    pub(super) deployment: Vec<Counted<'a>>,
    pub(super) usage: Vec<Counted<'a>>,
    pub(super) before: Vec<Counted<'a>>,
}

impl<'a> OfCustomer<'a> {
    /// The newest name of the customer.
    pub(super) fn known(&self) -> Option<KnownCustomer<'a>> {
        let all = self.deployment.iter().chain(&self.usage);
        all.map(Counted::customer).reduce(KnownCustomer::or_newer)
    }

    pub(super) fn read(facts: &'a IdleInputs, id: CustomerId) -> Self {
        let before = facts.before.iter();
        Self {
            deployment: facts.deployment.deliveries_of(id).collect(),
            usage: facts.usage.deliveries_of(id).collect(),
            before: before.flat_map(|(_, it)| it.deliveries_of(id)).collect(),
        }
    }
}

/// Calls a function with each customer of deployment and usage, by id.
pub(super) fn each_customer<'a>(
    facts: &'a IdleInputs,
    usage: impl Iterator<Item = Counted<'a>>,
    mut work: impl FnMut(CustomerId, &OfCustomer<'a>),
) {
    let mut deployment = facts.deployment.deliveries().peekable();
    let mut usage = usage.peekable();
    let before = facts.before.iter().flat_map(|(_, it)| it.deliveries());
    let mut before = before.peekable();
    let mut of = OfCustomer::default();
    loop {
        let next = [deployment.peek(), usage.peek()];
        let Some(id) = next.into_iter().flatten().map(Counted::id).min() else {
            return;
        };
        of.deployment.clear();
        of.usage.clear();
        of.before.clear();
        let is_it = |it: &Counted<'_>| it.id() == id;
        of.deployment
            .extend(iter::from_fn(|| deployment.next_if(is_it)));
        of.usage.extend(iter::from_fn(|| usage.next_if(is_it)));
        while before.next_if(|it| it.id() < id).is_some() {}
        of.before.extend(iter::from_fn(|| before.next_if(is_it)));
        work(id, &of);
    }
}

/// The customers of deployment and usage with their newest names, by id.
pub(super) fn known_customers(facts: &IdleInputs) -> impl Iterator<Item = KnownCustomer<'_>> {
    let mut deployment = facts.deployment.customers().peekable();
    let mut usage = facts.usage.customers().peekable();
    iter::from_fn(move || {
        let next = [deployment.peek(), usage.peek()];
        let id = next.into_iter().flatten().map(|it| it.id).min()?;
        let both = [
            deployment.next_if(|it| it.id == id),
            usage.next_if(|it| it.id == id),
        ];
        both.into_iter().flatten().reduce(KnownCustomer::or_newer)
    })
}

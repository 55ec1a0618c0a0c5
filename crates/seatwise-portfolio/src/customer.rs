//! A customer, made from the seed.

use uuid::Uuid;

use crate::catalog::catalog;
use crate::company;
use crate::day::Day;
use crate::edge_case::EdgeCase;
use crate::feed::Feed;
use crate::holding::Holding;
use crate::seeded_hash::SeededHash;
use crate::service::{CRM, O365, Service};

/// A made-up customer.
///
/// It depends only on the seed and its index, not on the number of customers.
#[derive(Clone, Debug)]
pub struct Customer {
    /// The index in the portfolio, from 0.
    pub index: u32,
    /// The tenant id: a GUID in the form of a random one.
    pub id: Uuid,
    /// The current name, which is not unique.
    pub name: String,
    /// The former name, and the age from which on deliveries have it.
    pub(crate) former_name: Option<(String, i32)>,
    pub(crate) capitals: Capitals,
    /// The feeds. The first is that of `o365`, which every customer has.
    pub(crate) feeds: Vec<Feed>,
}

/// When a customer's GUIDs are in upper case.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Capitals {
    Never,
    Always,
    EvenDays,
}

impl Customer {
    pub(crate) fn new(customers: SeededHash, index: u32) -> Customer {
        let case = EdgeCase::of(index);
        let hash = customers.nth(index);
        // A case needs enough seats and all products of its size.
        let seats = match case {
            None => seats(hash),
            Some(EdgeCase::Largest) => 5000,
            Some(_) => seats(hash).clamp(40, 250),
        };
        let mut customer = Customer {
            index,
            id: hash.guid(),
            name: company::name(hash),
            former_name: None,
            capitals: Capitals::Never,
            feeds: feeds(hash, seats, case.is_some()),
        };
        match case {
            Some(case) => case.apply(&mut customer, customers, seats),
            None => come_and_go(hash, &mut customer.feeds),
        }
        customer
    }

    /// The edge case of this customer, if it has one.
    ///
    /// ```
    /// use jiff::civil::date;
    /// use seatwise_portfolio::{EdgeCase, Portfolio, Recipe};
    ///
    /// let portfolio = Portfolio::new(Recipe::new(date(2026, 3, 31)));
    /// assert_eq!(portfolio.customers()[0].case(), None);
    /// assert_eq!(portfolio.customers()[1].case(), Some(EdgeCase::TooLate));
    /// ```
    pub fn case(&self) -> Option<EdgeCase> {
        EdgeCase::of(self.index)
    }

    pub(crate) fn name_at(&self, age: i32) -> &str {
        match &self.former_name {
            Some((name, until)) if age >= *until => name,
            _ => &self.name,
        }
    }

    pub(crate) fn capitals_on(&self, day: Day) -> bool {
        match self.capitals {
            Capitals::Never => false,
            Capitals::Always => true,
            Capitals::EvenDays => day.0 % 2 == 0,
        }
    }
}

/// Three seats, doubled ten times with a probability of 40 % each: many small customers and few
/// large ones, like real companies.
fn seats(hash: SeededHash) -> u32 {
    let doublings = (0..10)
        .filter(|n| hash.of("doubling").nth(*n).chance(40))
        .count();
    ((3 << doublings) * hash.of("size").within(80..=160) / 100).max(3)
}

fn feeds(hash: SeededHash, seats: u32, awkward: bool) -> Vec<Feed> {
    let keen = hash.of("keen").within(0..=200);
    let held = |service: &Service| -> Vec<Holding> {
        catalog(seats)
            .iter()
            .filter(move |offer| offer.product.service == service)
            .filter(|offer| awkward || hash.of(offer.product.name).chance(offer.chance))
            .map(|offer| {
                let (fewest, most) = offer.share;
                let share = hash
                    .of("share")
                    .of(offer.product.name)
                    .within(fewest..=most);
                Holding::new(hash, offer.product, (seats * share / 100).max(1), keen)
            })
            .collect()
    };
    // A single `direct` customer could not be late, because no other would be on time.
    let channel = |service: &Service| {
        let direct = !awkward && hash.of("channel").of(service.code).chance(6);
        if direct { "direct" } else { "reseller" }
    };
    [&O365, &CRM]
        .into_iter()
        .map(|service| Feed::new(service, channel(service), held(service)))
        .filter(|feed| !feed.holdings.is_empty())
        .collect()
}

/// Makes some ordinary customers join, leave, or be a few days late.
fn come_and_go(hash: SeededHash, feeds: &mut [Feed]) {
    let fate = hash.of("fate").below(100);
    for feed in feeds {
        match fate {
            0..4 => feed.joined = hash.of("joined").within(3..=80) as i32,
            4..7 => feed.leave(hash.of("left").within(1..=60) as i32),
            7..14 => feed.late = hash.of("late").within(1..=3) as i32,
            _ => {}
        }
    }
}

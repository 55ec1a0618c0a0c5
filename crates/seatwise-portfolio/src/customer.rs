//! A customer as the seed has it.

use uuid::Uuid;

use crate::case::Case;
use crate::company;
use crate::day::Day;
use crate::dice::Dice;
use crate::feed::Feed;
use crate::holding::Holding;
use crate::service::{CRM, O365, Service};
use crate::shelf::shelf;

/// A made-up customer.
///
/// It depends on the seed and its index alone, not on how many customers there are.
#[derive(Clone, Debug)]
pub struct Customer {
    /// Its place in the portfolio, from 0.
    pub index: u32,
    /// Its tenant: a GUID with the layout of a random one.
    pub id: Uuid,
    /// Its present name. Two customers can have the same.
    pub name: String,
    /// The name that it had until it was this old.
    pub(crate) former_name: Option<(String, i32)>,
    pub(crate) capitals: Capitals,
    /// The first is that of `o365`; every customer has one.
    pub(crate) feeds: Vec<Feed>,
}

/// When a customer's GUIDs are written in capitals.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Capitals {
    Never,
    Always,
    EvenDays,
}

impl Customer {
    pub(crate) fn new(customers: Dice, index: u32) -> Customer {
        let case = Case::of(index);
        let dice = customers.nth(index);
        // A case needs something to show: enough seats, and every product that its size can have.
        let seats = match case {
            None => seats(dice),
            Some(Case::Largest) => 5000,
            Some(_) => seats(dice).clamp(40, 250),
        };
        let mut customer = Customer {
            index,
            id: dice.guid(),
            name: company::name(dice),
            former_name: None,
            capitals: Capitals::Never,
            feeds: feeds(dice, seats, case.is_some()),
        };
        match case {
            Some(case) => case.happen(&mut customer, customers, seats),
            None => come_and_go(dice, &mut customer.feeds),
        }
        customer
    }

    /// The awkward case that this customer shows, if any.
    ///
    /// ```
    /// use jiff::civil::date;
    /// use seatwise_portfolio::{Case, Portfolio, Recipe};
    ///
    /// let portfolio = Portfolio::new(Recipe::new(date(2026, 3, 31)));
    /// assert_eq!(portfolio.customers()[0].case(), None);
    /// assert_eq!(portfolio.customers()[1].case(), Some(Case::TooLate));
    /// ```
    pub fn case(&self) -> Option<Case> {
        Case::of(self.index)
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

/// Three seats, doubled with a chance of two in five ten times over: many small customers, few
/// large ones, like the sizes of real companies.
fn seats(dice: Dice) -> u32 {
    let doublings = (0..10)
        .filter(|n| dice.of("doubling").nth(*n).chance(40))
        .count();
    ((3 << doublings) * dice.of("size").within(80..=160) / 100).max(3)
}

fn feeds(dice: Dice, seats: u32, awkward: bool) -> Vec<Feed> {
    let keen = dice.of("keen").within(0..=200);
    let held = |service: &Service| -> Vec<Holding> {
        shelf(seats)
            .iter()
            .filter(move |offer| offer.product.service == service)
            .filter(|offer| awkward || dice.of(offer.product.name).chance(offer.chance))
            .map(|offer| {
                let (fewest, most) = offer.share;
                let share = dice
                    .of("share")
                    .of(offer.product.name)
                    .within(fewest..=most);
                Holding::new(dice, offer.product, (seats * share / 100).max(1), keen)
            })
            .collect()
    };
    // A lonely `direct` customer could not be late: there would be no other to be on time.
    let channel = |service: &Service| {
        let direct = !awkward && dice.of("channel").of(service.code).chance(6);
        if direct { "direct" } else { "reseller" }
    };
    [&O365, &CRM]
        .into_iter()
        .map(|service| Feed::new(service, channel(service), held(service)))
        .filter(|feed| !feed.holdings.is_empty())
        .collect()
}

/// What happens to ordinary customers: some come, some go, some are a few days behind.
fn come_and_go(dice: Dice, feeds: &mut [Feed]) {
    let fate = dice.of("fate").below(100);
    for feed in feeds {
        match fate {
            0..4 => feed.joined = dice.of("joined").within(3..=80) as i32,
            4..7 => feed.leave(dice.of("left").within(1..=60) as i32),
            7..14 => feed.late = dice.of("late").within(1..=3) as i32,
            _ => {}
        }
    }
}

//! How customers get their edge cases.

use crate::company;
use crate::curve::Curve;
use crate::customer::{Capitals, Customer};
use crate::edge_case::EdgeCase;
use crate::feed::{Feed, Restated};
use crate::holding::{Entitlement, Holding, Use};
use crate::product::{POWER_BI_PRO, TEAMS_TRIAL};
use crate::seeded_hash::SeededHash;
use crate::service::{CRM, EXCHANGE, POWER_BI, WHITEBOARD, YAMMER};

impl EdgeCase {
    /// Changes an ordinary customer with all products of its size into this case.
    #[expect(clippy::too_many_lines, reason = "one arm for each edge case")]
    pub(crate) fn apply(self, customer: &mut Customer, customers: SeededHash, seats: u32) {
        let hash = customers.nth(customer.index);
        let feeds = &mut customer.feeds;
        match self {
            EdgeCase::TooLate => feeds.iter_mut().for_each(|it| it.late = 40),
            EdgeCase::Late => feeds.iter_mut().for_each(|it| it.late = 20),
            EdgeCase::JustNotTooLate => feeds.iter_mut().for_each(|it| it.late = 35),
            EdgeCase::TooLateInOneService => {
                let crm = feeds.iter_mut().filter(|it| it.service == &CRM);
                crm.for_each(|it| it.late = 40);
            }
            EdgeCase::VanishedProduct => feeds[0].holdings[1].gone = 10,
            EdgeCase::MissingDay => feeds.iter_mut().for_each(|it| it.missing = Some(15)),
            EdgeCase::EmptyDeliveries => feeds.iter_mut().for_each(|it| it.empty = 0..5),
            EdgeCase::Left => feeds.iter_mut().for_each(|it| it.leave(12)),
            EdgeCase::Joined => feeds.iter_mut().for_each(|it| it.joined = 12),
            EdgeCase::Renamed => {
                customer.former_name = Some((company::name(hash.of("former")), 30))
            }
            EdgeCase::RenamedProduct => {
                feeds[0].holdings[0].new_name = Some(("MICROSOFT 365 BUSINESS BASIC", 25));
            }
            EdgeCase::SharedName => customer.name = company::name(customers.nth(0)),
            EdgeCase::CommaInName => customer.name = "Fjord & Söhne, Ltd.".to_owned(),
            EdgeCase::QuotesInName => {
                customer.name = "The \"Quiet\" Teapot, & Daughters".to_owned()
            }
            EdgeCase::FormulaAsName => customer.name = "=2+3 Bakery".to_owned(),
            EdgeCase::CapitalIds => customer.capitals = Capitals::Always,
            EdgeCase::SometimesCapitalIds => customer.capitals = Capitals::EvenDays,
            EdgeCase::MovedSeats => overuse(&mut feeds[0].holdings[0], 1100),
            EdgeCase::GracePeriod => overuse(&mut feeds[0].holdings[0], 1900),
            EdgeCase::UnlicensedYammer => {
                let uses = feeds[0].holdings.iter_mut().flat_map(|it| &mut it.uses);
                for yammer in uses.filter(|it| it.workload == &YAMMER) {
                    yammer.level = Curve::new(hash.of("yammer"), 60, 800, 1000);
                    yammer.over = 2500;
                }
            }
            EdgeCase::Trial => {
                let mut trial = Holding::new(hash, &TEAMS_TRIAL, seats / 2, 100);
                trial.entitlement = Entitlement::Trial;
                feeds[0].holdings.push(trial);
            }
            EdgeCase::SuspendedSeats => {
                for holding in &mut feeds[0].holdings {
                    holding.entitlement = Entitlement::Suspended;
                }
            }
            EdgeCase::UnknownService => {
                let reports = Holding::new(hash, &POWER_BI_PRO, seats / 4, 100);
                feeds.push(Feed::new(&POWER_BI, "reseller", vec![reports]));
            }
            EdgeCase::UnknownWorkload => {
                let product = &mut feeds[0].holdings[0];
                product.uses.push(Use::new(hash, &WHITEBOARD, 100));
            }
            EdgeCase::UnknownChannel => feeds.iter_mut().for_each(|it| it.channel = "marketplace"),
            EdgeCase::BothChannels => {
                let mut direct = feeds[0].clone();
                direct.channel = "direct";
                for holding in &mut direct.holdings {
                    holding.seats = (holding.seats / 3).max(1);
                }
                feeds.push(direct);
            }
            EdgeCase::RestatedHigher => feeds[0].restated = Some(Restated::MoreActive),
            EdgeCase::RestatedWithoutProduct => feeds[0].restated = Some(Restated::WithoutProduct),
            EdgeCase::SentTwice => feeds[0].restated = Some(Restated::Same),
            EdgeCase::Largest => {}
        }
    }
}

/// Assigns all seats, makes all mailboxes active, and then sets the activity to `over` thousandths.
fn overuse(holding: &mut Holding, over: u64) {
    holding.assigned = Curve::flat(1000);
    for it in &mut holding.uses {
        if it.workload == &EXCHANGE {
            it.level = Curve::flat(1000);
        }
        it.over = over;
    }
}

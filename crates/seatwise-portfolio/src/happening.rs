//! How customers get their edge cases.

use crate::case::Case;
use crate::company;
use crate::curve::Curve;
use crate::customer::{Capitals, Customer};
use crate::dice::Dice;
use crate::feed::{Feed, Restated};
use crate::holding::{Entitlement, Holding, Use};
use crate::product::{POWER_BI_PRO, TEAMS_TRIAL};
use crate::service::{CRM, EXCHANGE, POWER_BI, WHITEBOARD, YAMMER};

impl Case {
    /// Changes an ordinary customer with all products of its size into this case.
    pub(crate) fn happen(self, customer: &mut Customer, customers: Dice, seats: u32) {
        let dice = customers.nth(customer.index);
        let feeds = &mut customer.feeds;
        match self {
            Case::TooLate => feeds.iter_mut().for_each(|it| it.late = 40),
            Case::Late => feeds.iter_mut().for_each(|it| it.late = 20),
            Case::JustNotTooLate => feeds.iter_mut().for_each(|it| it.late = 35),
            Case::TooLateInOneService => {
                let crm = feeds.iter_mut().filter(|it| it.service == &CRM);
                crm.for_each(|it| it.late = 40);
            }
            Case::VanishedProduct => feeds[0].holdings[1].gone = 10,
            Case::MissingDay => feeds.iter_mut().for_each(|it| it.missing = Some(15)),
            Case::EmptyDeliveries => feeds.iter_mut().for_each(|it| it.empty = 0..5),
            Case::Left => feeds.iter_mut().for_each(|it| it.leave(12)),
            Case::Joined => feeds.iter_mut().for_each(|it| it.joined = 12),
            Case::Renamed => customer.former_name = Some((company::name(dice.of("former")), 30)),
            Case::RenamedProduct => {
                feeds[0].holdings[0].new_name = Some(("MICROSOFT 365 BUSINESS BASIC", 25));
            }
            Case::SharedName => customer.name = company::name(customers.nth(0)),
            Case::CommaInName => customer.name = "Fjord & Söhne, Ltd.".to_owned(),
            Case::QuotesInName => customer.name = "The \"Quiet\" Teapot, & Daughters".to_owned(),
            Case::FormulaAsName => customer.name = "=2+3 Bakery".to_owned(),
            Case::CapitalIds => customer.capitals = Capitals::Always,
            Case::SometimesCapitalIds => customer.capitals = Capitals::EvenDays,
            Case::MovedSeats => overuse(&mut feeds[0].holdings[0], 1100),
            Case::GracePeriod => overuse(&mut feeds[0].holdings[0], 1900),
            Case::UnlicensedYammer => {
                let uses = feeds[0].holdings.iter_mut().flat_map(|it| &mut it.uses);
                for yammer in uses.filter(|it| it.workload == &YAMMER) {
                    yammer.level = Curve::new(dice.of("yammer"), 60, 800, 1000);
                    yammer.over = 2500;
                }
            }
            Case::Trial => {
                let mut trial = Holding::new(dice, &TEAMS_TRIAL, seats / 2, 100);
                trial.entitlement = Entitlement::Trial;
                feeds[0].holdings.push(trial);
            }
            Case::SuspendedSeats => {
                for holding in &mut feeds[0].holdings {
                    holding.entitlement = Entitlement::Suspended;
                }
            }
            Case::UnknownService => {
                let reports = Holding::new(dice, &POWER_BI_PRO, seats / 4, 100);
                feeds.push(Feed::new(&POWER_BI, "reseller", vec![reports]));
            }
            Case::UnknownWorkload => {
                let product = &mut feeds[0].holdings[0];
                product.uses.push(Use::new(dice, &WHITEBOARD, 100));
            }
            Case::UnknownChannel => feeds.iter_mut().for_each(|it| it.channel = "marketplace"),
            Case::BothChannels => {
                let mut direct = feeds[0].clone();
                direct.channel = "direct";
                for holding in &mut direct.holdings {
                    holding.seats = (holding.seats / 3).max(1);
                }
                feeds.push(direct);
            }
            Case::RestatedHigher => feeds[0].restated = Some(Restated::MoreActive),
            Case::RestatedWithoutProduct => feeds[0].restated = Some(Restated::WithoutProduct),
            Case::SentTwice => feeds[0].restated = Some(Restated::Same),
            Case::Largest => {}
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

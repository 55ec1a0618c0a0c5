//! A product that a customer holds, and its figures on a day.

use crate::curve::Curve;
use crate::day::Day;
use crate::delivery::{DeploymentRow, UsageRow};
use crate::dice::Dice;
use crate::product::Product;
use crate::service::Workload;

/// Points in a thousand by weekday, Monday first. Every 28 days have four of each weekday, so little
/// of the week's rhythm is left: a user who works on some days only falls out of the window and back.
const WEEK: [u32; 7] = [0, 2, 5, 6, 5, 3, 0];

/// The days of activity that count.
const WINDOW: i32 = 28;

#[derive(Clone, Debug)]
pub(crate) struct Holding {
    pub(crate) product: &'static Product,
    /// The name that the product has since it was this old.
    pub(crate) new_name: Option<(&'static str, i32)>,
    /// The age from which on deliveries no longer have the product; 0 if they still do.
    pub(crate) gone: i32,
    /// What was bought, before it grew and shrank.
    pub(crate) seats: u32,
    pub(crate) growth: Curve,
    /// Of the seats, those with a user.
    pub(crate) assigned: Curve,
    pub(crate) entitlement: Entitlement,
    pub(crate) uses: Vec<Use>,
}

/// What becomes of the seats in the figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entitlement {
    Full,
    /// Not paid for: sold and assigned, but no user is entitled, and none gets in.
    Suspended,
    /// Never sold: used, but neither bought nor qualified.
    Trial,
}

/// How the users of a product's seats take to one workload.
#[derive(Clone, Debug)]
pub(crate) struct Use {
    pub(crate) workload: &'static Workload,
    /// Of the assigned seats, those that are active, over months.
    pub(crate) level: Curve,
    ripple: Curve,
    /// Activity per active seat, in thousandths: over 1000 where activity counts that no seat does.
    pub(crate) over: u64,
}

impl Holding {
    /// `keen` shifts the use of all workloads, in thousandths around 100.
    pub(crate) fn new(dice: Dice, product: &'static Product, seats: u32, keen: u32) -> Holding {
        let dice = dice.of(product.name);
        Holding {
            product,
            new_name: None,
            gone: 0,
            seats,
            growth: Curve::new(dice.of("growth"), 120, 800, 1200),
            assigned: Curve::new(dice.of("assigned"), 60, 700, 1000),
            entitlement: Entitlement::Full,
            uses: product
                .workloads
                .iter()
                .map(|workload| Use::new(dice, workload, keen))
                .collect(),
        }
    }

    pub(crate) fn usage(
        &self,
        age: i32,
        day: Day,
        member_for: i32,
    ) -> impl Iterator<Item = UsageRow> {
        let seats = self.seats(day);
        let assigned = self.assigned(seats, day);
        self.uses.iter().map(move |it| UsageRow {
            workload: it.workload,
            product_id: self.product.id,
            product_name: self.name(age),
            licenses_active: match self.entitlement {
                Entitlement::Suspended => 0,
                Entitlement::Full | Entitlement::Trial => it.active(assigned, day, member_for),
            },
            licenses_qualified: match self.entitlement {
                Entitlement::Full => seats,
                Entitlement::Suspended | Entitlement::Trial => 0,
            },
        })
    }

    pub(crate) fn deployment(&self, age: i32, day: Day) -> DeploymentRow {
        let seats = self.seats(day);
        DeploymentRow {
            product_id: self.product.id,
            product_name: self.name(age),
            licenses_deployed: self.assigned(seats, day),
            licenses_sold: if self.entitlement == Entitlement::Trial {
                0
            } else {
                seats
            },
        }
    }

    fn name(&self, age: i32) -> &'static str {
        match self.new_name {
            Some((name, since)) if age < since => name,
            _ => self.product.name,
        }
    }

    /// The seats of a day: the smooth growth in steps of a twentieth, as people buy.
    fn seats(&self, day: Day) -> u64 {
        let wanted = share(u64::from(self.seats), self.growth.at(day));
        let step = u64::from(self.seats / 20).max(1);
        ((wanted + step / 2) / step * step).max(1)
    }

    fn assigned(&self, seats: u64, day: Day) -> u64 {
        share(seats, self.assigned.at(day))
    }
}

impl Use {
    pub(crate) fn new(dice: Dice, workload: &'static Workload, keen: u32) -> Use {
        let dice = dice.of(workload.code);
        let (low, high) = workload.active;
        let shifted = |level: u32| (level + keen).saturating_sub(100).min(1000);
        Use {
            workload,
            level: Curve::new(dice.of("level"), 70, shifted(low), shifted(high)),
            ripple: Curve::new(dice.of("ripple"), 7, 0, 20),
            over: 1000,
        }
    }

    fn active(&self, assigned: u64, day: Day, member_for: i32) -> u64 {
        let level = self.level.at(day) + self.ripple.at(day) + WEEK[day.weekday()];
        let active = share(assigned, level.saturating_sub(10).min(1000)) * self.over / 1000;
        // A new customer's window fills day by day.
        let seen = member_for.clamp(0, WINDOW - 1) as u64 + 1;
        active * seen / WINDOW as u64
    }
}

/// So many thousandths of `seats`, to the nearest.
fn share(seats: u64, thousandths: u32) -> u64 {
    (seats * u64::from(thousandths) + 500) / 1000
}

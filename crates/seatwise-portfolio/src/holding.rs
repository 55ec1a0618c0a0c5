//! A product of a customer, and its figures on a day.

use crate::curve::Curve;
use crate::day::Day;
use crate::delivery::{DeploymentRow, UsageRow};
use crate::product::Product;
use crate::seeded_hash::SeededHash;
use crate::service::Workload;

/// Thousandths by weekday, from Monday. 28 days have four of each weekday, so little of a weekly
/// rhythm remains: users who work on some days only drop out of the window and come back.
const WEEK: [u32; 7] = [0, 2, 5, 6, 5, 3, 0];

/// The days of activity that count.
const WINDOW: i32 = 28;

#[derive(Clone, Debug)]
pub(crate) struct Holding {
    pub(crate) product: &'static Product,
    /// The new name of the product, and the age below which deliveries have it.
    pub(crate) new_name: Option<(&'static str, i32)>,
    /// Deliveries younger than this lack the product; 0 if none does.
    pub(crate) gone: i32,
    /// The seats, before growth.
    pub(crate) seats: u32,
    pub(crate) growth: Curve,
    /// The assigned share of the seats.
    pub(crate) assigned: Curve,
    pub(crate) entitlement: Entitlement,
    pub(crate) uses: Vec<Use>,
}

/// How the seats count in the figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entitlement {
    Full,
    /// Not paid for: sold and assigned, but neither qualified nor active.
    Suspended,
    /// Never sold: used, but neither sold nor qualified.
    Trial,
}

/// The use of a workload by the users of a product.
#[derive(Clone, Debug)]
pub(crate) struct Use {
    pub(crate) workload: &'static Workload,
    /// The active share of the assigned seats, over months.
    pub(crate) level: Curve,
    ripple: Curve,
    /// Activity per active seat, in thousandths: over 1000 if activity counts without a seat.
    pub(crate) over: u64,
}

impl Holding {
    /// A holding. `keen` shifts the use of all workloads, in thousandths around 100.
    pub(crate) fn new(
        hash: SeededHash,
        product: &'static Product,
        seats: u32,
        keen: u32,
    ) -> Holding {
        let hash = hash.of(product.name);
        Holding {
            product,
            new_name: None,
            gone: 0,
            seats,
            growth: Curve::new(hash.of("growth"), 120, 800, 1200),
            assigned: Curve::new(hash.of("assigned"), 60, 700, 1000),
            entitlement: Entitlement::Full,
            uses: product
                .workloads
                .iter()
                .map(|workload| Use::new(hash, workload, keen))
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

    /// The seats on a day: the growth in steps of a twentieth, like purchases.
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
    pub(crate) fn new(hash: SeededHash, workload: &'static Workload, keen: u32) -> Use {
        let hash = hash.of(workload.code);
        let (low, high) = workload.active;
        let shifted = |level: u32| (level + keen).saturating_sub(100).min(1000);
        Use {
            workload,
            level: Curve::new(hash.of("level"), 70, shifted(low), shifted(high)),
            ripple: Curve::new(hash.of("ripple"), 7, 0, 20),
            over: 1000,
        }
    }

    fn active(&self, assigned: u64, day: Day, member_for: i32) -> u64 {
        let level = self.level.at(day) + self.ripple.at(day) + WEEK[day.weekday()];
        let active = share(assigned, level.saturating_sub(10).min(1000)) * self.over / 1000;
        // The window of a new customer fills day by day.
        let seen = member_for.clamp(0, WINDOW - 1) as u64 + 1;
        active * seen / WINDOW as u64
    }
}

/// A share of `seats` in thousandths, rounded.
fn share(seats: u64, thousandths: u32) -> u64 {
    (seats * u64::from(thousandths) + 500) / 1000
}

//! The part of each customer in a bridge.
//!
//! The effect of a step from `p / w` to `q / v` is, before rounding, `q / v - p / w = (Δp - Δw · p
//! / w) / v`, where `Δp` and `Δw` are the differences of the part and the whole. Both are sums over
//! customers, so the contribution of a customer to them is its effect. The order of customers does
//! not matter, and an unchanged customer has no effect. Where a whole is 0, the percent of that
//! side is 0 too, and the effect of each customer is its share of the other side.
//!
//! All effects of a step have one denominator, so they are added and compared as integers.

use std::cmp::Reverse;
use std::ops::Range;

use seatwise_types::CustomerId;
use seatwise_types::extensions::{Cause, CustomerChange, CustomerStep, Page};

use super::bridge::{Bridge, Path, STEPS, Seats, difference, points};

/// Hundredths of a percent in the whole.
const HUNDREDTHS: i128 = 10_000;

/// The resolution of effects: parts of a hundredth of a point.
const FINE: i128 = 10_000;

/// The part of a customer in a bridge.
#[derive(Clone, Copy, Default)]
struct Share {
    /// The index of the customer in the figure.
    place: usize,
    /// In hundredths of a point. Those of all customers add up to those of the step.
    points: [i128; STEPS],
    /// In millionths of a point.
    effect: i128,
    /// Which steps it takes part in.
    has_part: [bool; STEPS],
}

/// A page of the customers that moved a figure, largest effect first.
pub(super) fn page(
    bridge: &Bridge,
    page: Range<usize>,
    name: impl Fn(CustomerId) -> String,
) -> Page<CustomerChange> {
    let mut shares = shares(bridge);
    let total_count = shares.len() as u64;
    // Customers are sorted by id, so indexes are unique and pages do not depend on the sort
    // algorithm.
    let order = |share: &Share| (Reverse(share.effect.unsigned_abs()), share.place);
    let end = page.end.min(shares.len());
    if end < shares.len() {
        shares.select_nth_unstable_by_key(end, order);
        shares.truncate(end);
    }
    shares.sort_unstable_by_key(order);
    let items = shares.iter().skip(page.start);
    let items = items.map(|share| {
        let (id, path) = &bridge.customers[share.place];
        CustomerChange {
            customer_id: *id,
            customer_name: name(*id),
            points: points(share.points.iter().sum()),
            effect: share.effect as f64 / 1_000_000.0,
            steps: steps(share, path),
        }
    });
    Page {
        total_count,
        items: items.collect(),
    }
}

/// The steps in which a customer takes part.
fn steps(share: &Share, path: &Path) -> Vec<CustomerStep> {
    let steps = (0..).zip(Cause::ALL);
    let steps = steps.filter(|(step, _)| share.has_part[*step]);
    let steps = steps.map(|(step, cause)| {
        let [old, new] = [path[step], path[step + 1]].map(Option::unwrap_or_default);
        CustomerStep {
            cause: *cause,
            numerator: difference(old.part, new.part),
            denominator: difference(old.whole, new.whole),
            points: points(share.points[step]),
        }
    });
    steps.collect()
}

/// The shares of the customers that take part in any step.
fn shares(bridge: &Bridge) -> Vec<Share> {
    let shares = (0..bridge.customers.len()).map(|place| Share {
        place,
        ..Share::default()
    });
    let mut shares: Vec<Share> = shares.collect();
    for step in 0..STEPS {
        let effects = Effects::of(bridge, step);
        let points = effects.shared_out(bridge.points_of(step));
        for (share, (_, path)) in shares.iter_mut().zip(&bridge.customers) {
            let effect = effects.of_customers[share.place];
            share.points[step] = points[share.place];
            share.effect += effects.fine(effect);
            share.has_part[step] = path[step] != path[step + 1] || effect != 0;
        }
    }
    shares.retain(|share| share.has_part.contains(&true));
    shares
}

/// The effects of a step in hundredths of a point, before rounding.
///
/// Counts of one customer are below 2^47 (100,000 rows of 1,000,000,000 seats), and sums over all
/// customers are assumed to be below 2^63, so nothing here overflows.
struct Effects {
    /// For each customer, multiplied by the denominator.
    of_customers: Vec<i128>,
    denominator: i128,
}

impl Effects {
    fn of(bridge: &Bridge, step: usize) -> Self {
        let (old, new) = (bridge.all[step], bridge.all[step + 1]);
        let [part, whole, new_whole] = [old.part, old.whole, new.whole].map(i128::from);
        let effect = |old: Seats, new: Seats| match (whole, new_whole) {
            (0, 0) => 0,
            (0, _) => i128::from(new.part),
            (_, 0) => -i128::from(old.part),
            _ => {
                let parts = i128::from(difference(old.part, new.part));
                let wholes = i128::from(difference(old.whole, new.whole));
                parts * whole - wholes * part
            }
        };
        let customers = bridge.customers.iter();
        let customers = customers.map(|(_, path)| {
            let [old, new] = [path[step], path[step + 1]].map(Option::unwrap_or_default);
            HUNDREDTHS * effect(old, new)
        });
        Self {
            of_customers: customers.collect(),
            denominator: match (whole, new_whole) {
                (0, 0) => 1,
                (0, only) | (only, 0) => only,
                _ => whole * new_whole,
            },
        }
    }

    /// An effect in millionths of a point, rounded.
    fn fine(&self, effect: i128) -> i128 {
        let (size, denominator) = (effect.abs(), self.denominator);
        let (hundredths, rest) = (size / denominator, size % denominator);
        // With such a large denominator the last bits do not matter, and the product would
        // overflow.
        let bits = i128::BITS - denominator.leading_zeros();
        let cut = bits.saturating_sub(112);
        let (rest, denominator) = (rest >> cut, denominator >> cut);
        let fine = hundredths * FINE + (rest * FINE + denominator / 2) / denominator;
        fine * effect.signum()
    }

    /// Distributes the step's points, as whole hundredths, to the customers.
    ///
    /// All effects are rounded down. The missing hundredths go to the customers that lost most by
    /// rounding. The step's hundredths differ by at most one from the sum of the effects, so each
    /// customer gets at most one more, and one without an effect gets none.
    fn shared_out(&self, of_step: i128) -> Vec<i128> {
        let effects = self.of_customers.iter();
        let down = effects.map(|effect| effect.div_euclid(self.denominator));
        let mut points: Vec<i128> = down.collect();
        let missing = of_step - points.iter().sum::<i128>();
        let count = missing.unsigned_abs() as usize;
        let places = (0..points.len()).filter(|place| self.of_customers[*place] != 0);
        let mut places: Vec<usize> = places.collect();
        let order = |place: &usize| {
            let effect = self.of_customers[*place];
            let lost = effect.rem_euclid(self.denominator);
            (Reverse(lost), Reverse(effect.unsigned_abs()), *place)
        };
        if count < places.len() {
            places.select_nth_unstable_by_key(count, order);
        }
        for place in places.into_iter().take(count) {
            points[place] += missing.signum();
        }
        points
    }
}

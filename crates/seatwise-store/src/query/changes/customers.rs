//! What each customer has to do with a bridge.
//!
//! The effect of a step that leads from `p / w` to `q / v` is, before it is rounded,
//! `q / v - p / w = (Δp - Δw · p / w) / v`, where `Δp` and `Δw` are the differences of the part and the
//! whole. These are sums over customers, so what a customer adds to them is its effect: no order of
//! customers is needed, and one that did not change has none. Where a whole is 0, the percent of that
//! side is 0 too, and each customer's effect is what it has of the other side.
//!
//! All effects of a step have one denominator, so they are added and compared as whole numbers.

use std::cmp::Reverse;
use std::ops::Range;

use seatwise_types::CustomerId;
use seatwise_types::own::{Cause, CustomerChange, CustomerStep, Page};

use super::bridge::{Bridge, Path, STEPS, Seats, difference, points};

/// Hundredths of a point in the whole.
const HUNDREDTHS: i128 = 10_000;

/// Parts of a hundredth of a point that effects are compared in.
const FINE: i128 = 10_000;

/// The parts that a customer has in a bridge.
#[derive(Clone, Copy, Default)]
struct Share {
    /// The place of the customer among all of the figure.
    place: usize,
    /// In hundredths of a point; all customers' add up to the step's.
    points: [i128; STEPS],
    /// In millionths of a point.
    effect: i128,
    /// Which steps it has a part in.
    has_part: [bool; STEPS],
}

/// A page of the customers that moved a figure, the ones with the largest effects first.
pub(super) fn page(
    bridge: &Bridge,
    page: Range<usize>,
    name: impl Fn(CustomerId) -> String,
) -> Page<CustomerChange> {
    let mut shares = shares(bridge);
    let total_count = shares.len() as u64;
    // Customers come in the order of their ids, so their places are unique and those of one page do not
    // depend on how they are sorted.
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

/// The steps that a customer has a part in.
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

/// What the customers have that have a part in any step.
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

/// The effects of a step in hundredths of a point, before they are rounded.
///
/// Counts of one customer are below 2^47 (100,000 rows of 1,000,000,000 seats), and sums over all
/// customers are taken to be below 2^63, so nothing here overflows.
struct Effects {
    /// Of each customer, times the denominator.
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
        // Of a denominator that large, the last bits do not matter, and the product would overflow.
        let bits = i128::BITS - denominator.leading_zeros();
        let cut = bits.saturating_sub(112);
        let (rest, denominator) = (rest >> cut, denominator >> cut);
        let fine = hundredths * FINE + (rest * FINE + denominator / 2) / denominator;
        fine * effect.signum()
    }

    /// Whole hundredths for each customer that add up to those of the step.
    ///
    /// All are rounded down, and what is missing then goes to those that lost most by it. The step's
    /// own hundredths differ by at most one from the sum of the effects, so each customer gets one more
    /// at the most, and one that has no effect gets none.
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

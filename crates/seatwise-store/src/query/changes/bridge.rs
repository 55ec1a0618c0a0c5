//! The steps of one figure's bridge. The effect of a step on a customer depends only on this
//! customer's seats in the answers, so the steps of all customers add up to those of the figure.

use std::ops::AddAssign;

use seatwise_types::CustomerId;
use seatwise_types::extensions::{Cause, ChangeFigure, ChangeStep};

use crate::model::percent::{hundredths, percent};

/// Seats of a figure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Seats {
    /// Active or deployed.
    pub(super) part: u64,
    /// Qualified or sold.
    pub(super) whole: u64,
}

impl Seats {
    /// The percent in hundredths, rounded as in the figure.
    pub(super) fn hundredths(self) -> i128 {
        hundredths(self.part, self.whole).cast_signed()
    }
}

impl AddAssign for Seats {
    fn add_assign(&mut self, other: Self) {
        self.part += other.part;
        self.whole += other.whole;
    }
}

/// The seats of a customer in each answer's figure; `None` where it is not in the figure.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    pub(super) before: Option<Seats>,
    /// As the second answer knows the day of the first.
    pub(super) corrected: Option<Seats>,
    pub(super) after: Option<Seats>,
    /// Whether it is late on the day of the first answer.
    pub(super) was_late: bool,
    /// Whether it is late on the day of the second one.
    pub(super) is_late: bool,
}

/// The number of steps.
pub(super) const STEPS: usize = Cause::ALL.len();

/// The seats of a customer before the first step and after each step.
pub(super) type Path = [Option<Seats>; STEPS + 1];

impl Ends {
    fn path(self) -> Path {
        let Self {
            before,
            corrected,
            after,
            was_late,
            is_late,
        } = self;
        let late = match (corrected, after) {
            (Some(_), None) if is_late => None,
            (None, Some(_)) if was_late => after,
            _ => corrected,
        };
        let new = late.or(after);
        let lost = new.filter(|_| after.is_some());
        let seats = lost.zip(after).map(|(seats, after)| Seats {
            part: seats.part,
            whole: after.whole,
        });
        [before, corrected, late, new, lost, seats, after]
    }
}

/// All steps of a figure from one answer to the other.
pub(super) struct Bridge {
    /// The customers in the order of their ids.
    pub(super) customers: Vec<(CustomerId, Path)>,
    /// The sums over all customers.
    pub(super) all: [Seats; STEPS + 1],
    /// Whether the figure is in the first answer, and in the second.
    is_in: [bool; 2],
}

impl Bridge {
    /// The bridge of customers in the order of their ids.
    pub(super) fn of(ends: Vec<(CustomerId, Ends)>) -> Self {
        let is_in = [
            ends.iter().any(|(_, it)| it.before.is_some()),
            ends.iter().any(|(_, it)| it.after.is_some()),
        ];
        let customers = ends.into_iter().map(|(id, ends)| (id, ends.path()));
        let customers: Vec<(CustomerId, Path)> = customers.collect();
        let mut all = [Seats::default(); STEPS + 1];
        for (_, path) in &customers {
            for (sum, seats) in all.iter_mut().zip(path) {
                *sum += seats.unwrap_or_default();
            }
        }
        Self {
            customers,
            all,
            is_in,
        }
    }

    /// The figure of the first answer.
    pub(super) fn from(&self) -> ChangeFigure {
        figure(self.is_in[0], self.all[0])
    }

    /// The figure of the second answer.
    pub(super) fn to(&self) -> ChangeFigure {
        figure(self.is_in[1], self.all[STEPS])
    }

    /// The difference of the two percents, in points.
    pub(super) fn points(&self) -> f64 {
        points(self.all[STEPS].hundredths() - self.all[0].hundredths())
    }

    /// The effect of each step is the difference of the percents before and after it, so all
    /// effects add up to the whole difference.
    pub(super) fn steps(&self) -> Vec<ChangeStep> {
        let steps = (0..).zip(Cause::ALL);
        let steps = steps.map(|(step, cause)| {
            let (old, new) = (self.all[step], self.all[step + 1]);
            let changed = self.customers.iter();
            let changed = changed.filter(|(_, path)| path[step] != path[step + 1]);
            ChangeStep {
                cause: *cause,
                customers: changed.count() as u64,
                numerator: difference(old.part, new.part),
                denominator: difference(old.whole, new.whole),
                points: points(self.points_of(step)),
            }
        });
        steps.collect()
    }

    /// The effect of a step, in hundredths of a point.
    pub(super) fn points_of(&self, step: usize) -> i128 {
        self.all[step + 1].hundredths() - self.all[step].hundredths()
    }
}

fn figure(is_there: bool, seats: Seats) -> ChangeFigure {
    ChangeFigure {
        numerator: seats.part,
        denominator: seats.whole,
        percent: is_there.then(|| percent(seats.part, seats.whole)),
    }
}

/// The growth of a count.
pub(super) fn difference(old: u64, new: u64) -> i64 {
    new.cast_signed() - old.cast_signed()
}

/// Converts hundredths of a point to points: the double nearest to the two decimals.
pub(super) fn points(hundredths: i128) -> f64 {
    hundredths as f64 / 100.0
}

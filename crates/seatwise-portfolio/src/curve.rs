//! Shares that rise and fall smoothly over the days.

use crate::day::Day;
use crate::seeded_hash::SeededHash;

/// A curve in thousandths through a made-up value every `every` days.
#[derive(Clone, Debug)]
pub(crate) struct Curve {
    hash: SeededHash,
    every: i32,
    low: u32,
    high: u32,
}

impl Curve {
    pub(crate) fn new(hash: SeededHash, every: i32, low: u32, high: u32) -> Curve {
        Curve {
            hash,
            every,
            low,
            high,
        }
    }

    /// A constant curve.
    pub(crate) fn flat(value: u32) -> Curve {
        Curve {
            hash: SeededHash::new(0),
            every: 1,
            low: value,
            high: value,
        }
    }

    pub(crate) fn at(&self, day: Day) -> u32 {
        let knot = day.0.div_euclid(self.every);
        let (from, to) = (i64::from(self.knot(knot)), i64::from(self.knot(knot + 1)));
        // 3t² - 2t³ is level at each knot, so the curve has no corners.
        let t = i64::from(day.0.rem_euclid(self.every)) * 1000 / i64::from(self.every);
        let eased = t * t * (3000 - 2 * t) / 1_000_000;
        (from + (to - from) * eased / 1000) as u32
    }

    fn knot(&self, n: i32) -> u32 {
        self.hash.nth(n).within(self.low..=self.high)
    }
}

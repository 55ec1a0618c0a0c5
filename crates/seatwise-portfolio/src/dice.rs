//! Made-up numbers, each found by its address.
//!
//! A number is the hash of what it is for (the seed, then `customer`, then 17, then `seats`), not
//! the next one of a sequence. So no number depends on how many others were asked for before it:
//! a customer is the same in a small and in a large portfolio, a curve can be read at any day, and
//! a new question leaves the answers to the old ones as they are.
//!
//! XXH3 is fixed by its specification, and everything made from it is integer arithmetic, because
//! `exp` and its like differ between platforms. That keeps a seed's portfolio the same everywhere.

use std::ops::RangeInclusive;

use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A made-up number, and the root of all those that are found under it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// The number under the name `word`.
    pub(crate) fn of(self, word: &str) -> Dice {
        Dice(xxh3_64_with_seed(word.as_bytes(), self.0))
    }

    /// The number under the place `n`.
    pub(crate) fn nth(self, n: impl Into<i64>) -> Dice {
        Dice(xxh3_64_with_seed(&n.into().to_le_bytes(), self.0))
    }

    /// One of `0..n`.
    pub(crate) fn below(self, n: u32) -> u32 {
        // The high half times n, divided by 2^32: fair enough, and never out of range.
        (((self.0 >> 32) * u64::from(n)) >> 32) as u32
    }

    pub(crate) fn within(self, range: RangeInclusive<u32>) -> u32 {
        range.start() + self.below(range.end() - range.start() + 1)
    }

    /// True in `percent` of 100 cases.
    pub(crate) fn chance(self, percent: u32) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick(self, words: &'static [&'static str]) -> &'static str {
        words[self.below(words.len() as u32) as usize]
    }

    /// A GUID with the version and variant of a random one.
    pub(crate) fn guid(self) -> Uuid {
        let (high, low) = (self.of("guid high").0, self.of("guid low").0);
        let bytes = (u128::from(high) << 64 | u128::from(low)).to_be_bytes();
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

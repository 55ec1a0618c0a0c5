//! Pseudo-random numbers, each found by a path.
//!
//! A number is the hash of its purpose (the seed, then `customer`, then 17, then `seats`), not the
//! next one of a sequence. So no number depends on how many others were used before: a customer is
//! the same in a small and in a large portfolio, a curve can be read at any day, and new uses do
//! not change existing numbers.
//!
//! XXH3 is fixed by its specification. Everything made from it is integer arithmetic, because
//! functions such as `exp` differ between platforms. So a seed makes the same portfolio everywhere.

use std::ops::RangeInclusive;

use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A pseudo-random number, and the root of the numbers below it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SeededHash(u64);

impl SeededHash {
    pub(crate) fn new(seed: u64) -> SeededHash {
        SeededHash(seed)
    }

    /// The number under this word.
    pub(crate) fn of(self, word: &str) -> SeededHash {
        SeededHash(xxh3_64_with_seed(word.as_bytes(), self.0))
    }

    /// The number under this index.
    pub(crate) fn nth(self, n: impl Into<i64>) -> SeededHash {
        SeededHash(xxh3_64_with_seed(&n.into().to_le_bytes(), self.0))
    }

    /// A number in `0..n`.
    pub(crate) fn below(self, n: u32) -> u32 {
        // The upper 32 bits times n, divided by 2^32: nearly uniform, and never out of range.
        (((self.0 >> 32) * u64::from(n)) >> 32) as u32
    }

    pub(crate) fn within(self, range: RangeInclusive<u32>) -> u32 {
        range.start() + self.below(range.end() - range.start() + 1)
    }

    /// True with a probability of `percent`.
    pub(crate) fn chance(self, percent: u32) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick(self, words: &'static [&'static str]) -> &'static str {
        words[self.below(words.len() as u32) as usize]
    }

    /// A GUID in the form of a random one.
    pub(crate) fn guid(self) -> Uuid {
        let (high, low) = (self.of("guid high").0, self.of("guid low").0);
        let bytes = (u128::from(high) << 64 | u128::from(low)).to_be_bytes();
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

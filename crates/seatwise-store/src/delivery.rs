//! A delivery's content: what makes two of them the same.

use xxhash_rust::xxh3::xxh3_128;

use crate::staging::{Fact, OWN_TEXT, Texts};

/// A number that is the same for two deliveries of a unit if, and only if, they say the same,
/// whatever the order of their rows.
///
/// It guards against telling the same twice, not against forgery: whoever may import may say what
/// they like anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ContentHash(u128);

impl ContentHash {
    /// The hash of the rows of one delivery.
    pub(crate) fn of(rows: &[Fact], texts: &Texts) -> Self {
        let mut hashes: Vec<u128> = rows.iter().map(|fact| row_hash(fact, texts)).collect();
        hashes.sort_unstable();
        let all: Vec<u8> = hashes.into_iter().flat_map(u128::to_le_bytes).collect();
        Self(xxh3_128(&all))
    }

    /// As the tables have it: 32 hexadecimal digits.
    pub(crate) fn to_text(self) -> String {
        format!("{:032x}", self.0)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        u128::from_str_radix(text, 16).ok().map(Self)
    }
}

fn row_hash(fact: &Fact, texts: &Texts) -> u128 {
    let mut row = [0; 6 * 16 + 16];
    for ((column, number), bytes) in (OWN_TEXT..).zip(fact.text).zip(row.chunks_exact_mut(16)) {
        bytes.copy_from_slice(&texts.hash(column, number).to_le_bytes());
    }
    row[96..104].copy_from_slice(&fact.processed.to_le_bytes());
    row[104..108].copy_from_slice(&fact.counts[0].to_le_bytes());
    row[108..].copy_from_slice(&fact.counts[1].to_le_bytes());
    xxh3_128(&row)
}

//! The identity of a delivery's content.

use std::collections::HashSet;

use datafusion::arrow::array::{AsArray as _, RecordBatch};
use datafusion::arrow::compute::{cast, min};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use foldhash::fast::RandomState;
use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_128;

use crate::model::error::Cause;
use crate::model::fact::{Fact, OWN_TEXT, Unit};
use crate::model::texts::Texts;

/// A hash that is equal for two deliveries if, and only if, they have the same unit and the same
/// rows, in any order.
///
/// It detects unchanged and changed content. It does not detect forgery: users with the right to
/// import may import anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ContentHash {
    covers: Covers,
    hash: u128,
}

/// What a hash covers. Tables keep the hashes that they were written with, so only hashes of the
/// same kind are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Covers {
    /// The rows alone, in tables of layout 1.
    Rows,
    /// The unit and the rows.
    UnitAndRows,
}

/// The content of a file in one number: the sum of its deliveries' hashes, each combined with its
/// offset in the file's delivery numbers. Two files with equal sums have the same deliveries in the
/// same order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Contents(u128);

impl Contents {
    /// The sum over the deliveries in these rows, which have the columns of a table; `None` if a
    /// hash does not cover the unit.
    ///
    /// # Errors
    /// If a column is missing, or has an invalid hash.
    pub(crate) fn of(batches: &[RecordBatch]) -> Result<Option<Self>, Cause> {
        let ids = batches
            .iter()
            .filter_map(|batch| batch.column_by_name("delivery_id"));
        let first = ids.filter_map(|ids| min(ids.as_primitive::<Int64Type>()));
        let first = first.min().unwrap_or(0);
        let mut seen: HashSet<i64, RandomState> = HashSet::default();
        let mut sum = Self::default();
        for batch in batches {
            let column = |name: &str| batch.column_by_name(name).ok_or("a column is missing");
            let ids = column("delivery_id")?.as_primitive::<Int64Type>();
            let hashes = cast(column("content_hash")?, &DataType::Utf8View)?;
            for (id, hash) in ids.values().iter().zip(hashes.as_string_view()) {
                if !seen.insert(*id) {
                    continue;
                }
                let hash = hash
                    .and_then(ContentHash::parse)
                    .ok_or("a hash is damaged")?;
                if hash.covers == Covers::Rows {
                    return Ok(None);
                }
                sum.add(hash, id.abs_diff(first));
            }
        }
        Ok(Some(sum))
    }

    /// Adds a delivery. `place` is its number minus the first one.
    pub(crate) fn add(&mut self, delivery: ContentHash, place: u64) {
        let mut bytes = [0; 24];
        bytes[..16].copy_from_slice(&delivery.hash.to_le_bytes());
        bytes[16..].copy_from_slice(&place.to_le_bytes());
        self.0 = self.0.wrapping_add(xxh3_128(&bytes));
    }

    /// The text in the log: 32 hexadecimal digits.
    pub(crate) fn to_text(self) -> String {
        format!("{:032x}", self.0)
    }

    /// Parses [`to_text`](Self::to_text); `None` for other texts.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let sum = u128::from_str_radix(text, 16).ok().map(Self)?;
        Some(sum).filter(|sum| sum.to_text() == text)
    }
}

/// The prefix in a table of hashes that cover the unit.
const UNIT_AND_ROWS: &str = "2:";

/// The unit of a delivery, with its texts.
pub(crate) struct UnitText<'a> {
    pub(crate) service: &'a str,
    pub(crate) channel: &'a str,
    /// The customer's GUID.
    pub(crate) customer: Uuid,
    /// Days since 1970.
    pub(crate) day: i32,
}

impl<'a> UnitText<'a> {
    pub(crate) fn new(unit: &Unit, texts: &'a Texts) -> Self {
        let (high, low) = unit.customer;
        Self {
            service: texts.text(0, unit.service),
            channel: texts.text(1, unit.channel),
            customer: Uuid::from_u64_pair(high, low),
            day: unit.day,
        }
    }
}

impl ContentHash {
    /// The hash of the rows of one delivery of this unit.
    pub(crate) fn of(unit: &UnitText<'_>, rows: &[Fact], texts: &Texts) -> Self {
        let mut all = Vec::with_capacity((rows.len() + 4) * size_of::<u128>());
        all.extend(xxh3_128(unit.service.as_bytes()).to_le_bytes());
        all.extend(xxh3_128(unit.channel.as_bytes()).to_le_bytes());
        all.extend(unit.customer.as_bytes());
        all.extend(unit.day.to_le_bytes());
        Self {
            covers: Covers::UnitAndRows,
            hash: hash_of(all, rows, texts),
        }
    }

    /// Whether it covers the unit. Only hashes of tables of layout 1 do not.
    pub(crate) fn covers_unit(self) -> bool {
        self.covers == Covers::UnitAndRows
    }

    /// The hash of the same delivery, covering the same as this one.
    pub(crate) fn again(self, unit: &UnitText<'_>, rows: &[Fact], texts: &Texts) -> Self {
        match self.covers {
            Covers::UnitAndRows => Self::of(unit, rows, texts),
            Covers::Rows => Self {
                covers: Covers::Rows,
                hash: hash_of(Vec::new(), rows, texts),
            },
        }
    }

    /// The text in the tables: 32 hexadecimal digits, with a prefix for what they cover.
    pub(crate) fn to_text(self) -> String {
        let mark = match self.covers {
            Covers::UnitAndRows => UNIT_AND_ROWS,
            Covers::Rows => "",
        };
        format!("{mark}{:032x}", self.hash)
    }

    /// Parses [`to_text`](Self::to_text); `None` for other texts.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (covers, digits) = match text.strip_prefix(UNIT_AND_ROWS) {
            Some(digits) => (Covers::UnitAndRows, digits),
            None => (Covers::Rows, text),
        };
        let hash = u128::from_str_radix(digits, 16).ok()?;
        Some(Self { covers, hash }).filter(|hash| hash.to_text() == text)
    }
}

/// A hash of these bytes and of the rows.
fn hash_of(mut all: Vec<u8>, rows: &[Fact], texts: &Texts) -> u128 {
    let mut hashes: Vec<u128> = rows.iter().map(|fact| row_hash(fact, texts)).collect();
    hashes.sort_unstable();
    all.extend(hashes.into_iter().flat_map(u128::to_le_bytes));
    xxh3_128(&all)
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

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::model::fact::NO_COUNT;

    fn unit(day: i32, customer: u128) -> UnitText<'static> {
        UnitText {
            service: "o365",
            channel: "reseller",
            customer: Uuid::from_u128(customer),
            day,
        }
    }

    #[test]
    fn a_hash_covers_the_unit_and_one_of_layout_1_does_not() {
        let mut texts = Texts::new([|text| Cow::Borrowed(text); 8]);
        let mut row = Fact {
            text: [0; 6],
            counts: [5, 10],
            processed: 1_777_593_600_000_000,
            line: 1,
        };
        row.text[3] = texts.number(5, b"E3").unwrap();
        let empty = Fact {
            text: [0; 6],
            counts: [NO_COUNT; 2],
            ..row
        };
        for rows in [vec![row], vec![row, row], vec![empty]] {
            let hash = ContentHash::of(&unit(20_000, 1), &rows, &texts);
            let text = hash.to_text();
            assert!(text.starts_with("2:") && text.len() == 34, "{text}");
            assert_eq!(ContentHash::parse(&text), Some(hash));
            for other in [unit(20_001, 1), unit(20_000, 2)] {
                assert_ne!(hash.again(&other, &rows, &texts), hash);
            }

            let old = ContentHash {
                covers: Covers::Rows,
                ..hash
            };
            let old = old.again(&unit(20_000, 1), &rows, &texts);
            assert_eq!(old.to_text().len(), 32);
            assert_eq!(ContentHash::parse(&old.to_text()), Some(old));
            assert_eq!(old.again(&unit(20_001, 2), &rows, &texts), old);
            assert_ne!(old.again(&unit(20_000, 1), &rows[1..], &texts), old);
        }
        for wrong in ["", "2:", "+0", "3:00", "2:F", &"0".repeat(33)] {
            assert_eq!(ContentHash::parse(wrong), None, "{wrong}");
        }
    }
}

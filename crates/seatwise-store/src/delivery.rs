//! A delivery's content: what makes two of them the same, and what makes one of them wrong.

use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_128;

use crate::import::LARGEST_COUNT;
use crate::staging::{Fact, OWN_TEXT, Texts, Unit};

/// A number that is the same for two deliveries if, and only if, they are of one unit and say the
/// same, whatever the order of their rows.
///
/// It finds a content that is stored already, and content that changed. It does not find forgery:
/// a user who may import may say anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ContentHash {
    covers: Covers,
    hash: u128,
}

/// What a hash covers. Tables keep the hashes that they were written with, so each is compared with
/// another of its own kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Covers {
    /// The rows alone, in tables of layout 1.
    Rows,
    /// The unit and the rows.
    UnitAndRows,
}

/// What stands in a table before a hash that covers the unit.
const UNIT_AND_ROWS: &str = "2:";

/// The unit of a delivery by its texts.
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

    /// The hash of the same delivery that covers as much as this one.
    pub(crate) fn again(self, unit: &UnitText<'_>, rows: &[Fact], texts: &Texts) -> Self {
        match self.covers {
            Covers::UnitAndRows => Self::of(unit, rows, texts),
            Covers::Rows => Self {
                covers: Covers::Rows,
                hash: hash_of(Vec::new(), rows, texts),
            },
        }
    }

    /// As the tables have it: 32 hexadecimal digits, after a mark of what they cover.
    pub(crate) fn to_text(self) -> String {
        let mark = match self.covers {
            Covers::UnitAndRows => UNIT_AND_ROWS,
            Covers::Rows => "",
        };
        format!("{mark}{:032x}", self.hash)
    }

    /// Reads [`to_text`](Self::to_text); none if it is anything else.
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

/// Why the rows of a unit in one file cannot be a delivery, though each of them is right alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Contradiction {
    /// The line of the later one of the two rows.
    pub(crate) line: u64,
    pub(crate) column: &'static str,
    pub(crate) value: String,
    pub(crate) remedy: String,
}

/// Looks for rows of one unit that contradict each other.
pub(crate) fn contradiction(rows: &[Fact], texts: &Texts) -> Option<Contradiction> {
    let first = rows.first()?;
    if let Some(other) = rows.iter().find(|row| row.processed != first.processed) {
        return Some(Contradiction {
            line: other.line,
            column: "processedDateTime",
            value: processed(other),
            remedy: format!(
                "line {} gives {} for the same customer, service, channel and day: \
                 the rows of one delivery have one processed date",
                first.line,
                processed(first)
            ),
        });
    }
    if rows.len() > 1
        && let Some(empty) = rows.iter().find(|row| row.is_empty_delivery())
    {
        let other = rows
            .iter()
            .find(|row| row.line != empty.line)
            .unwrap_or(first);
        return Some(Contradiction {
            line: empty.line,
            column: "productName",
            value: String::new(),
            remedy: format!(
                "a row without product says that the delivery is empty, but line {} is in it: \
                 take one of them out",
                other.line
            ),
        });
    }
    repeated_product(rows, texts)
}

/// Makes one row of those of a report that are about one product or workload of a customer in a
/// month: seats of several subscriptions add up, and one subscription counts once, however often
/// the report has it.
///
/// # Errors
/// If rows of one subscription have different counts, or the sum is larger than any count can be.
pub(crate) fn add_up(rows: &mut Vec<Fact>) -> Result<(), Contradiction> {
    let product = |row: &Fact| {
        let [_, _, id, name, _, workload] = row.text;
        // A product that has an id may be called in several ways.
        (id, if id == 0 { name } else { 0 }, workload)
    };
    rows.sort_by_key(|row| (product(row), row.text[SUBSCRIPTION], row.line));
    let mut sums: Vec<Fact> = Vec::with_capacity(rows.len());
    let mut last: Option<Fact> = None;
    for row in rows.iter() {
        let same = last.filter(|last| product(last) == product(row));
        let repeated = same.filter(|last| {
            row.text[SUBSCRIPTION] != 0 && last.text[SUBSCRIPTION] == row.text[SUBSCRIPTION]
        });
        last = Some(*row);
        match (repeated, same, sums.last_mut()) {
            (Some(before), ..) if before.counts == row.counts => {}
            (Some(before), ..) => {
                let line = before.line;
                let reason = format!("line {line} has other counts of the same subscription");
                return Err(of_seats(row, reason + ": take one of them out"));
            }
            (None, Some(_), Some(sum)) => {
                for (sum, count) in sum.counts.iter_mut().zip(row.counts) {
                    *sum = sum.saturating_add(count);
                    if *sum > LARGEST_COUNT {
                        let reason = format!(
                            "with the rows before it of the same product it makes more than \
                             {LARGEST_COUNT} seats, which are not taken for true"
                        );
                        return Err(of_seats(row, reason));
                    }
                }
            }
            (None, ..) => {
                let mut sum = *row;
                sum.text[SUBSCRIPTION] = 0;
                sums.push(sum);
            }
        }
    }
    sums.sort_by_key(|sum| sum.line);
    *rows = sums;
    Ok(())
}

/// Where rows of a report have their subscription until they are added up.
const SUBSCRIPTION: usize = 4;

fn of_seats(row: &Fact, remedy: String) -> Contradiction {
    Contradiction {
        line: row.line,
        column: "",
        value: String::new(),
        remedy,
    }
}

/// Two rows for one product (and workload) would count its seats twice. Rows without a product id
/// may be of products that happen to have one name.
fn repeated_product(rows: &[Fact], texts: &Texts) -> Option<Contradiction> {
    let mut keys: Vec<_> = rows
        .iter()
        .map(|row| {
            let [.., product_id, _, workload_code, workload_name] = row.text;
            (product_id, workload_code, workload_name, row.line)
        })
        .filter(|(product_id, ..)| *product_id != 0)
        .collect();
    keys.sort_unstable();
    let pair = keys.windows(2).find(|pair| {
        let [(product, code, name, _), next] = pair else {
            return false;
        };
        (*product, *code, *name) == (next.0, next.1, next.2)
    })?;
    let (product, .., line) = pair[1];
    Some(Contradiction {
        line,
        column: "productId",
        value: texts.text(4, product).to_owned(),
        remedy: format!(
            "line {} has the same product and workload in the same delivery: add the two up, or \
             take one out",
            pair[0].3
        ),
    })
}

fn processed(fact: &Fact) -> String {
    jiff::Timestamp::from_microsecond(fact.processed)
        .map_or_else(|_| fact.processed.to_string(), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::staging::NO_COUNT;

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

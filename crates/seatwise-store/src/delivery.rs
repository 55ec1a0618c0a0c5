//! A delivery's content: what makes two of them the same, and what makes one of them wrong.

use xxhash_rust::xxh3::xxh3_128;

use crate::import::LARGEST_COUNT;
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

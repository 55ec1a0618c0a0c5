//! A delivery's content: what makes two of them the same, and what makes one of them wrong.

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

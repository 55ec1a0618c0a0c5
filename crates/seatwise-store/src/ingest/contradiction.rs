//! Errors of a delivery whose rows are each valid, and the aggregation of downloads.

use crate::model::fact::{Fact, RowPlace};
use crate::model::limits::{LARGEST_COUNT, LARGEST_DELIVERY};
use crate::model::texts::Texts;

// The indexes of these texts in a row.
const PRODUCT_ID: usize = 2;
const PRODUCT_NAME: usize = 3;
const WORKLOAD_CODE: usize = 4;
const WORKLOAD_NAME: usize = 5;

/// The index of the subscription in a download's rows, until they are added up.
const SUBSCRIPTION: usize = WORKLOAD_CODE;

/// Why the rows of a unit are not a valid delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Contradiction {
    /// The later of the two rows.
    pub(crate) place: RowPlace,
    /// The earlier row; `None` if it is not about two rows.
    pub(crate) other: Option<RowPlace>,
    pub(crate) column: &'static str,
    pub(crate) value: String,
    /// What the earlier row has, or what is wrong, and what to do.
    pub(crate) reason: String,
}

/// Looks for contradictory rows in a unit.
pub(crate) fn contradiction(rows: &[Fact], texts: &Texts) -> Option<Contradiction> {
    let first = rows.first()?;
    if rows.len() > LARGEST_DELIVERY {
        return Some(too_many(&rows[LARGEST_DELIVERY]));
    }
    if let Some(other) = rows.iter().find(|row| row.processed != first.processed) {
        return Some(Contradiction {
            place: RowPlace::of(other),
            other: Some(RowPlace::of(first)),
            column: "processedDateTime",
            value: processed(other),
            reason: format!(
                "gives {} for the same customer, service, channel and day: the rows of one \
                 delivery have one processed date",
                processed(first)
            ),
        });
    }
    if rows.len() > 1
        && let Some(empty) = rows.iter().find(|row| row.is_empty_delivery())
    {
        let other = rows.iter().find(|row| row.line != empty.line);
        return Some(Contradiction {
            place: RowPlace::of(empty),
            other: Some(RowPlace::of(other.unwrap_or(first))),
            column: "productName",
            value: String::new(),
            reason: "is in the same delivery, and a row without product says that the delivery is \
                     empty: take one of them out"
                .to_owned(),
        });
    }
    repeated(rows, texts)
}

fn too_many(row: &Fact) -> Contradiction {
    Contradiction {
        place: RowPlace::of(row),
        other: None,
        column: "",
        value: String::new(),
        reason: format!(
            "it is one row too many: a delivery has at most {LARGEST_DELIVERY}, one for each \
             product and workload of the customer"
        ),
    }
}

/// Two rows for one product and workload would count its seats twice. A product is identified by
/// its id. Rows without an id may be of different products with the same name, but not if they are
/// equal.
fn repeated(rows: &[Fact], texts: &Texts) -> Option<Contradiction> {
    let product = |row: &Fact| match row.text[PRODUCT_ID] {
        0 => (0, row.text[PRODUCT_NAME]),
        id => (id, 0),
    };
    let mut found = Vec::new();
    let mut rows: Vec<&Fact> = rows.iter().collect();
    rows.sort_unstable_by_key(|row| {
        let [.., code, workload] = row.text;
        (product(row), code, workload, row.counts, row.line)
    });
    for pair in rows.windows(2) {
        let (row, next) = (pair[0], pair[1]);
        let code = row.text[WORKLOAD_CODE];
        if product(row) != product(next) || code != next.text[WORKLOAD_CODE] {
            continue;
        }
        if row.text[WORKLOAD_NAME] != next.text[WORKLOAD_NAME] {
            if code != 0 {
                found.push(two_names(row, next, texts));
            }
        } else if row.text[PRODUCT_ID] != 0 {
            found.push(same_product(row, next, texts));
        } else if row.counts == next.counts {
            found.push(same_row(row, next, texts));
        }
    }
    // A workload without a code equals the one with its name.
    rows.retain(|row| row.text[PRODUCT_ID] != 0);
    rows.sort_unstable_by_key(|row| {
        let [_, _, product, _, code, workload] = row.text;
        (product, workload, code, row.line)
    });
    for pair in rows.windows(2) {
        let (row, next) = (pair[0], pair[1]);
        let [_, _, product, _, code, workload] = row.text;
        let [_, _, next_product, _, next_code, next_workload] = next.text;
        if (product, workload) == (next_product, next_workload) && code == 0 && next_code != 0 {
            found.push(same_product(row, next, texts));
        }
    }
    found.into_iter().min_by_key(|found| found.place)
}

/// Compares the later of two rows with the earlier one.
fn between(row: &Fact, next: &Fact, of: impl Fn(&Fact, &Fact) -> Contradiction) -> Contradiction {
    match row.line < next.line {
        true => of(row, next),
        false => of(next, row),
    }
}

fn same_product(row: &Fact, next: &Fact, texts: &Texts) -> Contradiction {
    between(row, next, |first, later| Contradiction {
        place: RowPlace::of(later),
        other: Some(RowPlace::of(first)),
        column: "productId",
        value: texts.text(4, later.text[PRODUCT_ID]).to_owned(),
        reason: "has the same product and workload in the same delivery: add the two up, or take \
                 one out"
            .to_owned(),
    })
}

fn same_row(row: &Fact, next: &Fact, texts: &Texts) -> Contradiction {
    between(row, next, |first, later| Contradiction {
        place: RowPlace::of(later),
        other: Some(RowPlace::of(first)),
        column: "productName",
        value: texts.text(5, later.text[PRODUCT_NAME]).to_owned(),
        reason:
            "says the same in the same delivery, and neither has a productId: take one out, or \
                 give the id of each product"
                .to_owned(),
    })
}

fn two_names(row: &Fact, next: &Fact, texts: &Texts) -> Contradiction {
    between(row, next, |first, later| Contradiction {
        place: RowPlace::of(later),
        other: Some(RowPlace::of(first)),
        column: "workloadName",
        value: texts.text(7, later.text[WORKLOAD_NAME]).to_owned(),
        reason: format!(
            "calls the workload `{}` of the same product `{}`: a workload is its code, so give \
             each one a code of its own, or none",
            texts.text(6, first.text[WORKLOAD_CODE]),
            texts.text(7, first.text[WORKLOAD_NAME]),
        ),
    })
}

/// Merges the rows of a download for each product or workload of a customer in a month: seats of
/// several subscriptions are added up, and each subscription counts once, however often it occurs.
/// A workload without a product has no subscriptions: its rows with equal counts differ only in the
/// partner's attribution, and count once.
///
/// Returns the number of rows that were skipped as repetitions.
///
/// # Errors
/// If rows of one subscription have different counts, if it is unclear whether two rows have the
/// same subscription, or if the sum exceeds the largest count.
pub(crate) fn add_up(rows: &mut Vec<Fact>) -> Result<u64, Contradiction> {
    if rows.len() > LARGEST_DELIVERY {
        return Err(too_many(&rows[LARGEST_DELIVERY]));
    }
    let product = |row: &Fact| {
        let [_, _, id, name, _, workload] = row.text;
        // A product with an id can have several names.
        (id, if id == 0 { name } else { 0 }, workload)
    };
    let subscription = |row: &Fact| row.text[SUBSCRIPTION];
    rows.sort_by_key(|row| (product(row), subscription(row), row.counts, row.line));
    let mut sums: Vec<Fact> = Vec::with_capacity(rows.len());
    let mut last: Option<Fact> = None;
    let mut repetitions = 0;
    for row in rows.iter() {
        let before = last.replace(*row);
        let same = before.filter(|before| product(before) == product(row));
        let Some((before, sum)) = same.zip(sums.last_mut()) else {
            let mut sum = *row;
            sum.text[SUBSCRIPTION] = 0;
            sums.push(sum);
            continue;
        };
        if subscription(&before) == subscription(row) {
            let has_product = row.text[PRODUCT_ID] != 0 || row.text[PRODUCT_NAME] != 0;
            let problem = match (before.counts == row.counts, subscription(row) != 0) {
                (true, false) if has_product => Some(
                    "has the same counts of the same product, and nothing says whether these are \
                     two subscriptions: put the column SubscriptionId into the query",
                ),
                (true, _) => {
                    repetitions += 1;
                    sum.line = sum.line.min(row.line);
                    continue;
                }
                (false, true) => {
                    Some("has other counts of the same subscription: take one of them out")
                }
                (false, false) => None,
            };
            if let Some(problem) = problem {
                return Err(between(&before, row, |first, later| {
                    of_seats(later, Some(first), problem.to_owned())
                }));
            }
        }
        sum.line = sum.line.min(row.line);
        for (sum, count) in sum.counts.iter_mut().zip(row.counts) {
            *sum = sum.saturating_add(count);
            if *sum > LARGEST_COUNT {
                let reason = format!(
                    "with the other rows of the same product it makes more than {LARGEST_COUNT} \
                     seats, which is rejected"
                );
                return Err(of_seats(row, None, reason));
            }
        }
    }
    sums.sort_by_key(|sum| sum.line);
    *rows = sums;
    Ok(repetitions)
}

fn of_seats(row: &Fact, other: Option<&Fact>, reason: String) -> Contradiction {
    Contradiction {
        place: RowPlace::of(row),
        other: other.map(RowPlace::of),
        column: "",
        value: String::new(),
        reason,
    }
}

fn processed(fact: &Fact) -> String {
    jiff::Timestamp::from_microsecond(fact.processed)
        .map_or_else(|_| fact.processed.to_string(), |time| time.to_string())
}

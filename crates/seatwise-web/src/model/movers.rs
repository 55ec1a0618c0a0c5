//! The customers that lost the most active seats within a month, and why.

use std::collections::BTreeMap;

use seatwise_store::Snapshot;
use seatwise_types::CustomerId;
use seatwise_types::query::CommercialField;

use super::lines::{Line, Lines, Seats};
use crate::words;

/// The number of customers shown.
const MOST: usize = 5;

/// A customer that lost active seats.
#[derive(Clone, Debug)]
pub(crate) struct Mover {
    pub(crate) id: CustomerId,
    pub(crate) name: String,
    /// The number of lost active seats, over all workloads.
    pub(crate) lost: u64,
    pub(crate) before: Seats,
    pub(crate) now: Seats,
    /// The reason, as text.
    pub(crate) why: String,
}

/// What customers lost.
#[derive(Clone, Debug, Default)]
pub(crate) struct Movers {
    /// The customers that lost the most active seats, the largest loss first.
    pub(crate) most: Vec<Mover>,
    /// The number of customers that had active seats and are late now, so that theirs are not known.
    pub(crate) late: u64,
    /// The active seats that these had.
    pub(crate) late_seats: u64,
}

impl Movers {
    /// The losses from `before` to `now`, of which `lines` are.
    pub(crate) fn of(lines: &Lines, now: &Snapshot, before: &Snapshot) -> Self {
        let had = |line: &&Line| line.usage_before.part > 0;
        let late = lines
            .all
            .iter()
            .filter(had)
            .filter(|line| !line.usage.is_known);
        let late: Vec<u64> = late.map(|line| line.usage_before.part).collect();
        Self {
            most: most(lines, now, before),
            late: late.len() as u64,
            late_seats: late.iter().sum(),
        }
    }
}

fn most(lines: &Lines, now: &Snapshot, before: &Snapshot) -> Vec<Mover> {
    let lost = |line: &Line| line.usage_before.part.saturating_sub(line.usage.part);
    let known = lines.all.iter().filter(|line| line.usage.is_known);
    let mut losers: Vec<&Line> = known.filter(|line| lost(line) > 0).collect();
    // Customers with equal losses are sorted by id.
    losers.sort_by_key(|line| (std::cmp::Reverse(lost(line)), line.id));
    losers.truncate(MOST);
    let mover = |line: &Line| Mover {
        id: line.id,
        name: line.name.to_string(),
        lost: lost(line),
        before: line.usage_before,
        now: line.usage,
        why: why(line, largest_loss(line.id, now, before)),
    };
    losers.into_iter().map(mover).collect()
}

/// The workload with the largest loss of a customer, and the number of seats.
fn largest_loss(id: CustomerId, now: &Snapshot, before: &Snapshot) -> Option<(String, u64)> {
    let [now, before] = [now, before].map(|snapshot| {
        let mut sums: BTreeMap<String, u64> = BTreeMap::new();
        for row in snapshot.rows_of(id) {
            let workload = row.field(CommercialField::WorkloadName);
            *sums
                .entry(workload.unwrap_or_default().into_owned())
                .or_default() += row.part();
        }
        sums
    });
    let losses = before.into_iter().map(|(workload, active)| {
        let left = now.get(&workload).copied().unwrap_or(0);
        (workload, active.saturating_sub(left))
    });
    // Of equal losses, the first by name.
    let largest = losses.max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)));
    largest.filter(|(_, lost)| *lost > 0)
}

/// Why a customer has fewer active seats: it is late, it is gone, it has fewer seats, or it uses fewer of
/// them.
fn why(line: &Line, most: Option<(String, u64)>) -> String {
    let (now, before) = (line.usage, line.usage_before);
    if now.whole == 0 {
        return "gone: it has no seats any more".to_owned();
    }
    let lost = before.part.saturating_sub(now.part);
    // The active seats if the share in use had not changed. Integers give the same result on every machine.
    let as_before =
        u128::from(before.part) * u128::from(now.whole) / u128::from(before.whole.max(1));
    let by_seats = u128::from(before.part).saturating_sub(as_before);
    let reason = match by_seats * 2 >= u128::from(lost) {
        true => format!(
            "fewer seats: {} are qualified, {} before",
            words::count(now.whole),
            words::count(before.whole)
        ),
        false => format!(
            "less use: {} of its seats, {} before",
            words::percent(now.percent().unwrap_or_default()),
            words::percent(before.percent().unwrap_or_default())
        ),
    };
    match most {
        // If one workload lost all of it, "most" would be wrong.
        Some((workload, of)) if of == lost => format!("{reason}; all in {workload}"),
        Some((workload, of)) => {
            let of = words::count(of);
            format!("{reason}; most of it in {workload} (\u{2212}{of})")
        }
        None => reason,
    }
}

#[cfg(test)]
mod tests {
    use super::super::lines::tests::line;
    use super::*;
    use crate::reader::tests::seen;

    #[test]
    fn the_reason_explains_most_of_the_loss() {
        let said = |now, before| seen(&why(&line(now, before, [0, 0], [0, 0]), None));
        assert_eq!(
            said([40, 50], [80, 100]),
            "fewer seats: 50 are qualified, 100 before"
        );
        assert_eq!(
            said([40, 100], [80, 100]),
            "less use: 40.00 % of its seats, 80.00 % before"
        );
        assert_eq!(said([0, 0], [80, 100]), "gone: it has no seats any more");
        let less = line([40, 100], [80, 100], [0, 0], [0, 0]);
        let most = Some(("Exchange".to_owned(), 30));
        assert!(seen(&why(&less, most)).ends_with("; most of it in Exchange (−30)"));
    }
}

//! The entries that one customer's deliveries of a service and channel add to a ledger.

use std::collections::BTreeMap;

use seatwise_types::CustomerId;

use super::{Changes, Counts, EntryKey, FOREVER, FeedNumber, GroupNumber};

/// A row of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct TableRow {
    pub(super) customer: CustomerId,
    pub(super) feed: FeedNumber,
    pub(super) group: GroupNumber,
    /// The number of the delivery.
    pub(super) delivery: i64,
    /// Days since 1970.
    pub(super) day: i32,
    /// Microseconds since 1970.
    pub(super) processed: i64,
    /// Milliseconds since 1970.
    pub(super) recorded: i64,
    /// The part and the whole; `None` if the row marks an empty delivery.
    pub(super) counts: Option<(u32, u32)>,
}

/// Adds the changes by versions with a larger number than `after`. The rows are those of one
/// customer, service and channel, ordered by the number of their deliveries: either all rows, or
/// those of the newest delivery up to `after` and of later ones, none of which has an earlier day.
pub(super) fn replay(rows: &[TableRow], after: i64, changes: &mut Changes) {
    let mut known: BTreeMap<i32, &[TableRow]> = BTreeMap::new();
    let mut last = i64::MIN;
    for version in rows.chunk_by(|a, b| a.delivery == b.delivery) {
        let TableRow {
            day,
            delivery,
            recorded,
            ..
        } = version[0];
        changes.is_unordered |= recorded < last;
        last = recorded;
        let next = known.range(day + 1..).next();
        let until = next.map_or(FOREVER, |(day, _)| *day);
        let before = known.range(..day).next_back().map(|(_, rows)| *rows);
        let replaced = known.insert(day, version);
        if delivery <= after {
            continue;
        }
        match (replaced, before) {
            (Some(replaced), _) => {
                let TableRow { feed, customer, .. } = version[0];
                let versions = [replaced[0].delivery, delivery];
                changes.restated.push(((feed, day, customer), versions));
                changes.add_rows(replaced, -1, until, recorded);
            }
            (None, Some(before)) => {
                changes.add_rows(before, -1, until, recorded);
                changes.add_rows(before, 1, day, recorded);
            }
            (None, None) => {}
        }
        changes.add_rows(version, 1, until, recorded);
    }
}

impl Changes {
    /// Adds the rows of a delivery, or removes them, from its day until another.
    fn add_rows(&mut self, rows: &[TableRow], sign: i64, until: i32, recorded: i64) {
        for row in rows {
            let Some((part, whole)) = row.counts else {
                continue;
            };
            let key = EntryKey {
                group: row.group,
                since: row.day,
                until,
                processed: row.processed,
                recorded: recorded.max(self.exact_from),
            };
            self.entries.entry(key).or_default().add(Counts {
                part: sign * i64::from(part),
                whole: sign * i64::from(whole),
                rows: sign,
            });
        }
    }
}

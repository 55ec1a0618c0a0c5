//! The seats of each customer, from the rows that count.

use std::collections::HashSet;

use jiff::civil::Date;
use seatwise_types::extensions::Selection;

use crate::model::days::day;
use crate::model::percent::percent;
use crate::model::texts::same_text;
use crate::query::snapshot::{Counted, KnownCustomer, Snapshot};
use crate::query::workload::{Workload, Workloads};

/// The sums of one customer's newest deliveries, over the rows of a selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CustomerSeats<'a> {
    /// The customer, by its newest name in this table.
    pub customer: KnownCustomer<'a>,
    /// How many of its newest deliveries are current. With 0, nothing is known of it at this time.
    pub deliveries: u64,
    /// How many of their rows are selected. With 0, the sums are 0 and there is no percent.
    pub rows: u64,
    /// Seats active or deployed in these rows.
    pub part: u64,
    /// Seats qualified or sold in these rows.
    pub whole: u64,
    /// The newest day of its deliveries of the services and channels in question.
    pub newest: Date,
    /// The newest day of a late delivery; `None` if none is late.
    pub late_since: Option<Date>,
    /// Seats qualified or sold in the rows of late deliveries.
    pub late_whole: u64,
}

impl CustomerSeats<'_> {
    /// The percent of the part in the whole, by [`percent()`]; `None` if no row counts.
    pub fn percent(&self) -> Option<f64> {
        (self.rows > 0).then(|| percent(self.part, self.whole))
    }
}

/// The seats of each customer with a delivery in the services and channels of a selection, by id.
/// Seats of rows that count add up to the partner's figure of that selection.
pub fn seats_by_customer<'a>(
    snapshot: &'a Snapshot,
    selection: &Selection,
) -> Vec<CustomerSeats<'a>> {
    let wanted = wanted_groups(snapshot, selection);
    let mut lines: Vec<CustomerSeats<'a>> = Vec::new();
    for it in snapshot.selected_deliveries(selection) {
        let (customer, newest) = (it.customer(), day(it.delivery.day));
        // Deliveries are sorted by customer.
        if lines
            .last()
            .is_none_or(|last| last.customer.id != customer.id)
        {
            lines.push(CustomerSeats {
                customer,
                deliveries: 0,
                rows: 0,
                part: 0,
                whole: 0,
                newest,
                late_since: None,
                late_whole: 0,
            });
        }
        let Some(line) = lines.last_mut() else {
            continue;
        };
        line.newest = line.newest.max(newest);
        let rows = it.rows().iter();
        let rows = rows.filter(|row| wanted[row.group as usize]);
        if it.is_late() {
            line.late_since = line.late_since.max(Some(newest));
            line.late_whole += rows.map(|row| u64::from(row.whole)).sum::<u64>();
            continue;
        }
        line.deliveries += 1;
        for row in rows {
            line.rows += 1;
            line.part += u64::from(row.part);
            line.whole += u64::from(row.whole);
        }
    }
    lines
}

/// Whether a selection includes each group of texts, by its number.
fn wanted_groups(snapshot: &Snapshot, selection: &Selection) -> Vec<bool> {
    let is_product = |group: u32| {
        let wanted = selection.product.as_ref();
        wanted.is_none_or(|wanted| {
            let product = snapshot.product(group);
            product.iter().any(|text| same_text(text, wanted))
        })
    };
    let groups = 0..snapshot.groups() as u32;
    let Some(text) = &selection.workload else {
        return groups.map(is_product).collect();
    };
    let deliveries: Vec<Counted<'_>> = snapshot.deliveries().collect();
    let counting = || deliveries.iter().filter(|it| !it.is_late());
    let late = deliveries.iter().filter(|it| it.is_late());
    // Names of workloads depend on the rows that count.
    let used = snapshot.groups_of(counting().flat_map(Counted::rows));
    let workloads = Workloads::of(used.iter().map(|group| snapshot.naming(*group)));
    let workload = |group: u32| workloads.workload(snapshot.naming(group));
    let wanted: HashSet<Workload<'_>> = snapshot
        .groups_called(text, counting(), late)
        .into_iter()
        .map(workload)
        .collect();
    groups
        .map(|group| is_product(group) && wanted.contains(&workload(group)))
        .collect()
}

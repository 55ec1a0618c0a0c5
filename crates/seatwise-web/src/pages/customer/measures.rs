//! What counts of one customer, and what is late.

use std::collections::BTreeSet;

use seatwise_store::{Snapshot, SnapshotRow};
use seatwise_types::CustomerId;
use seatwise_types::extensions::Metric;
use seatwise_types::query::CommercialField;

use super::{feed, text};
use crate::model::lines::Seats;
use crate::words;

/// A figure at the top of the page.
pub(super) struct Measure {
    pub(super) percent: Option<String>,
    pub(super) text: String,
}

/// The seats that count, and those of late rows.
pub(super) fn measure(
    [seats, use_of]: [&str; 2],
    counted: &Seats,
    (part, whole): (u64, u64),
) -> Measure {
    let of = |part, whole| format!("{} of {}", words::count(part), words::count(whole));
    let text = match (counted.is_known, counted.rows) {
        (false, _) => format!("{seats}: unknown"),
        (true, 0) => format!("no {seats}"),
        (true, _) => format!("{} {seats} {use_of}", of(counted.part, counted.whole)),
    };
    let late = match whole {
        0 => String::new(),
        _ => format!("; late: {}", of(part, whole)),
    };
    Measure {
        percent: counted.percent().map(words::percent),
        text: text + &late,
    }
}

/// The part and the whole of a customer's late rows.
pub(super) fn late_seats(snapshot: &Snapshot, id: CustomerId) -> (u64, u64) {
    let rows = snapshot.rows_of(id).filter(SnapshotRow::is_late);
    rows.fold((0, 0), |(part, whole), row| {
        (part + row.part(), whole + row.whole())
    })
}

/// The services of a customer that are late, with the day of their newest delivery.
pub(super) fn late_services(
    metric: Metric,
    snapshot: &Snapshot,
    id: CustomerId,
) -> BTreeSet<String> {
    let rows = snapshot.rows_of(id).filter(SnapshotRow::is_late);
    let services = rows.filter_map(|row| {
        let feed = feed(
            &text(&row, CommercialField::ServiceCode),
            &text(&row, CommercialField::Channel),
        );
        let day = words::day(row.processed()?.day());
        Some(format!("{metric} of {feed} is of {day}"))
    });
    services.collect()
}

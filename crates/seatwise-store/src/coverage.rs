//! Who is in the figures, and who is not.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use seatwise_types::CustomerId;
use seatwise_types::own::{Selection, ServiceCoverage, Uncovered, UncoveredCustomer};

use crate::write::day;
use crate::{Facts, percent};

/// Customers and seats of one service and channel.
#[derive(Default)]
struct Counted {
    current: u64,
    late: u64,
    missing: u64,
    /// Days of deliveries that count.
    days: Option<(i32, i32)>,
    recorded_at: Option<Timestamp>,
    current_seats: u64,
    late_seats: u64,
    missing_seats: u64,
    /// Seats of the other metric that count.
    other_seats: u64,
}

/// Tells who is in the figures that are made of some facts, for each service and channel, and who
/// is not, ordered by service, channel and customer.
///
/// `other` are those of the other kind at the same point of time: what has seats there is expected
/// here. Of a selection service, channel and customer count.
pub fn coverage(
    facts: &Facts,
    other: &Facts,
    selection: &Selection,
) -> (Vec<ServiceCoverage>, Vec<UncoveredCustomer>) {
    let mut services: BTreeMap<(&str, &str), Counted> = BTreeMap::new();
    let mut left_out = Vec::new();
    let mut known: HashSet<(&str, &str, CustomerId)> = HashSet::new();
    for delivery in facts.selected_deliveries(selection) {
        let feed = facts.feed(delivery);
        let customer = facts.customer_at(delivery.customer);
        let seats: u64 = facts.rows_in(delivery).iter().map(|row| row.whole).sum();
        known.insert((feed.0, feed.1, customer.id));
        let counted = services.entry(feed).or_default();
        counted.recorded_at = counted.recorded_at.max(Some(delivery.recorded_at));
        if delivery.is_late {
            counted.late += 1;
            counted.late_seats += seats;
            left_out.push(UncoveredCustomer {
                service_code: feed.0.into(),
                channel: feed.1.into(),
                customer_id: customer.id,
                customer_name: customer.name.to_owned(),
                reason: Uncovered::Late,
                processed_date: Some(day(delivery.day)),
                seats,
            });
        } else {
            counted.current += 1;
            counted.current_seats += seats;
            let (first, last) = counted.days.unwrap_or((delivery.day, delivery.day));
            counted.days = Some((first.min(delivery.day), last.max(delivery.day)));
        }
    }
    for delivery in other
        .selected_deliveries(selection)
        .filter(|it| !it.is_late)
    {
        let feed = other.feed(delivery);
        let customer = other.customer_at(delivery.customer);
        let seats: u64 = other.rows_in(delivery).iter().map(|row| row.whole).sum();
        let counted = services.entry(feed).or_default();
        counted.other_seats += seats;
        if seats > 0 && !known.contains(&(feed.0, feed.1, customer.id)) {
            counted.missing += 1;
            counted.missing_seats += seats;
            left_out.push(UncoveredCustomer {
                service_code: feed.0.into(),
                channel: feed.1.into(),
                customer_id: customer.id,
                customer_name: customer.name.to_owned(),
                reason: Uncovered::Missing,
                processed_date: None,
                seats,
            });
        }
    }
    left_out.sort_by(|a, b| {
        let place = |it: &UncoveredCustomer| (it.service_code.to_string(), it.channel.to_string());
        (place(a), a.customer_id).cmp(&(place(b), b.customer_id))
    });
    let services = services
        .into_iter()
        .map(|((service, channel), it)| ServiceCoverage {
            service_code: service.into(),
            channel: channel.into(),
            expected: it.current + it.late + it.missing,
            current: it.current,
            late: it.late,
            missing: it.missing,
            oldest_processed_date: it.days.map(|(first, _)| day(first)),
            newest_processed_date: it.days.map(|(_, last)| day(last)),
            last_recorded_at: it.recorded_at,
            current_seats: it.current_seats,
            late_seats: it.late_seats,
            late_share: percent(it.late_seats, it.current_seats + it.late_seats),
            missing_seats: it.missing_seats,
            missing_share: percent(it.missing_seats, it.other_seats),
        });
    // Where the other kind alone has deliveries, and all of them are empty, nobody is expected.
    let services = services.filter(|it| it.expected > 0);
    (services.collect(), left_out)
}

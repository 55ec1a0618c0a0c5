//! Who is in the figures, and who is not.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use seatwise_types::CustomerId;
use seatwise_types::own::{Selection, ServiceCoverage, Uncovered, UncoveredCustomer};

use crate::model::columns::{PRODUCT, PRODUCT_ID};
use crate::model::days::day;
use crate::model::percent::percent;
use crate::query::facts::{Delivery, Facts};
use crate::query::workload::{Workload, Workloads};

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
///
/// Seats are those of deployment, or, of usage, those of the largest workload of each product.
pub fn coverage(
    facts: &Facts,
    other: &Facts,
    selection: &Selection,
) -> (Vec<ServiceCoverage>, Vec<UncoveredCustomer>) {
    let mut services: BTreeMap<(&str, &str), Counted> = BTreeMap::new();
    let mut left_out = Vec::new();
    let mut known: HashSet<(&str, &str, CustomerId)> = HashSet::new();
    let (seats, other_seats) = (Seats::of(facts), Seats::of(other));
    for delivery in facts.selected_deliveries(selection) {
        let feed = facts.feed(delivery);
        let customer = facts.customer_at(delivery.customer);
        let seats = seats.in_delivery(delivery);
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
        let seats = other_seats.in_delivery(delivery);
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
    // Where the other kind alone has deliveries, and all of them are empty, no customer is expected.
    let services = services.filter(|it| it.expected > 0);
    (services.collect(), left_out)
}

/// Counts the seats of deliveries, each seat once.
///
/// A row of usage says how many of a product's seats are entitled to one workload, and one seat is
/// entitled to several. So a product has the seats of its largest workload. Rows of deployment have
/// no workload, and their seats add up.
struct Seats<'a> {
    facts: &'a Facts,
    workloads: Workloads<'a>,
}

impl<'a> Seats<'a> {
    fn of(facts: &'a Facts) -> Self {
        Self {
            facts,
            workloads: Workloads::of(facts.rows.iter().map(|row| facts.naming(row))),
        }
    }

    fn in_delivery(&self, delivery: &Delivery) -> u64 {
        let mut products: BTreeMap<(u32, u32), BTreeMap<Workload<'_>, u64>> = BTreeMap::new();
        for row in self.facts.rows_in(delivery) {
            let (id, name) = (row.text[PRODUCT_ID], row.text[PRODUCT]);
            // A product that has an id is that id, whatever a row calls it.
            let product = (id, if id == 0 { name } else { 0 });
            let workload = self.workloads.workload(self.facts.naming(row));
            *products
                .entry(product)
                .or_default()
                .entry(workload)
                .or_default() += row.whole;
        }
        let largest = products
            .values()
            .filter_map(|workloads| workloads.values().max());
        largest.sum()
    }
}

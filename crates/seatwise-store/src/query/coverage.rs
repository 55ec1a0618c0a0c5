//! Coverage: which customers are in the figures and which are not.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;

use jiff::Timestamp;
use seatwise_types::CustomerId;
use seatwise_types::extensions::{Selection, ServiceCoverage, Uncovered, UncoveredCustomer};

use crate::model::days::day;
use crate::model::percent::percent;
use crate::query::question::{QuestionError, check_selection};
use crate::query::snapshot::{Counted, Snapshot};
use crate::query::workload::{Workload, Workloads};

/// Customers and seats of one service and channel.
#[derive(Default)]
struct Totals {
    current: u64,
    late: u64,
    missing: u64,
    /// Days of deliveries that count.
    days: Option<(i32, i32)>,
    recorded_at: Option<Timestamp>,
    current_seats: u64,
    late_seats: u64,
    missing_seats: u64,
    /// Current seats of the other metric.
    other_seats: u64,
}

/// The service, channel and customer of a question about coverage.
#[derive(Debug, Clone, Default)]
pub struct CoverageQuestion(Selection);

impl CoverageQuestion {
    /// # Errors
    /// If the selection names a workload or product.
    pub fn new(selection: Selection) -> Result<Self, QuestionError> {
        let why = "a customer's delivery is there with all workloads and products, or not at all";
        check_selection(selection.workload.as_ref(), "workload", why)?;
        check_selection(selection.product.as_ref(), "product", why)?;
        Ok(Self(selection))
    }
}

/// The coverage of each service and channel, and the customers that are left out, ordered by
/// service, channel and customer.
///
/// `other` is the snapshot of the other metric at the same point of time: customers with seats
/// there are expected here.
///
/// Seats of deployment are those sold; seats of usage are those of the largest workload of each
/// product.
pub fn coverage(
    snapshot: &Snapshot,
    other: &Snapshot,
    question: &CoverageQuestion,
) -> (Vec<ServiceCoverage>, Vec<UncoveredCustomer>) {
    let selection = &question.0;
    let mut services: BTreeMap<(&str, &str), Totals> = BTreeMap::new();
    let mut left_out = Vec::new();
    let mut known: HashSet<(&str, &str, CustomerId)> = HashSet::new();
    let (seats, other_seats) = (Seats::of(snapshot), Seats::of(other));
    for it in snapshot.selected_deliveries(selection) {
        let (feed, customer, delivery) = (it.feed(), it.customer(), it.delivery);
        let seats = seats.of_rows(&it);
        known.insert((feed.0, feed.1, customer.id));
        let counted = services.entry(feed).or_default();
        counted.recorded_at = counted.recorded_at.max(Some(delivery.recorded_at));
        if it.is_late() {
            counted.late += 1;
            counted.late_seats += seats;
            left_out.push(UncoveredCustomer {
                processed_date: Some(day(delivery.day)),
                ..uncovered(&it, Uncovered::Late, seats)
            });
        } else {
            counted.current += 1;
            counted.current_seats += seats;
            let (first, last) = counted.days.unwrap_or((delivery.day, delivery.day));
            counted.days = Some((first.min(delivery.day), last.max(delivery.day)));
        }
    }
    let expected = other.selected_deliveries(selection);
    for it in expected.filter(|it| !it.is_late()) {
        let (feed, customer) = (it.feed(), it.customer());
        let seats = other_seats.of_rows(&it);
        let counted = services.entry(feed).or_default();
        counted.other_seats += seats;
        if seats > 0 && !known.contains(&(feed.0, feed.1, customer.id)) {
            counted.missing += 1;
            counted.missing_seats += seats;
            left_out.push(uncovered(&it, Uncovered::Missing, seats));
        }
    }
    left_out.sort_by(|a, b| {
        let place = |it: &UncoveredCustomer| (it.service_code.to_string(), it.channel.to_string());
        (place(a), a.customer_id).cmp(&(place(b), b.customer_id))
    });
    let services = services
        .into_iter()
        .map(|(feed, totals)| totals.of_service(feed));
    // If only the other metric has deliveries, and all are empty, no customer is expected.
    let services = services.filter(|it| it.expected > 0);
    (services.collect(), left_out)
}

impl Totals {
    fn of_service(self, (service, channel): (&str, &str)) -> ServiceCoverage {
        ServiceCoverage {
            service_code: service.into(),
            channel: channel.into(),
            expected: self.current + self.late + self.missing,
            current: self.current,
            late: self.late,
            missing: self.missing,
            oldest_processed_date: self.days.map(|(first, _)| day(first)),
            newest_processed_date: self.days.map(|(_, last)| day(last)),
            last_recorded_at: self.recorded_at,
            current_seats: self.current_seats,
            late_seats: self.late_seats,
            late_share: percent(self.late_seats, self.current_seats + self.late_seats),
            missing_seats: self.missing_seats,
            missing_share: percent(self.missing_seats, self.other_seats),
        }
    }
}

/// A customer that is left out, without a processed date.
fn uncovered(it: &Counted<'_>, reason: Uncovered, seats: u64) -> UncoveredCustomer {
    let ((service, channel), customer) = (it.feed(), it.customer());
    UncoveredCustomer {
        service_code: service.into(),
        channel: channel.into(),
        customer_id: customer.id,
        customer_name: customer.name.to_owned(),
        reason,
        processed_date: None,
        seats,
    }
}

/// Counts the seats of deliveries, each seat once.
///
/// A row of usage counts the seats of a product that are entitled to one workload, and a seat can
/// be entitled to several. So a product has the seats of its largest workload. Rows of deployment
/// have no workload, and their seats add up.
struct Seats {
    /// The product's number of each group, and its workload's.
    groups: Vec<(u32, u32)>,
}

impl Seats {
    fn of(snapshot: &Snapshot) -> Self {
        let all = 0..snapshot.groups() as u32;
        let rows = snapshot.deliveries().flat_map(|it| it.rows());
        let used = snapshot.groups_of(rows).into_iter();
        let workloads = Workloads::of(used.map(|group| snapshot.naming(group)));
        let mut products = HashMap::new();
        let mut known = HashMap::new();
        let groups = all.map(|group| {
            let [id, name] = snapshot.product(group);
            // A product with an id is identified by it, whatever its name in a row.
            let product = (id, if id.is_empty() { name } else { "" });
            let workload: Workload<'_> = workloads.workload(snapshot.naming(group));
            (number(&mut products, product), number(&mut known, workload))
        });
        Self {
            groups: groups.collect(),
        }
    }

    fn of_rows(&self, delivery: &Counted<'_>) -> u64 {
        let rows = delivery.rows().iter();
        let mut seats: Vec<((u32, u32), u64)> = rows
            .map(|row| (self.groups[row.group as usize], row.whole.into()))
            .collect();
        seats.sort_unstable();
        let products = seats.chunk_by(|((a, _), _), ((b, _), _)| a == b);
        let largest = products.filter_map(|product| {
            let workloads = product.chunk_by(|(a, _), (b, _)| a == b);
            let sums = workloads.map(|rows| rows.iter().map(|(_, whole)| whole).sum::<u64>());
            sums.max()
        });
        largest.sum()
    }
}

/// The number of a value in order of first appearance.
fn number<T: Eq + Hash>(known: &mut HashMap<T, u32>, one: T) -> u32 {
    let next = known.len() as u32;
    *known.entry(one).or_insert(next)
}

//! The seats of each customer, now and a month ago.

use std::sync::{Arc, OnceLock};

use futures_util::future::try_join;
use jiff::civil::Date;
use seatwise_server::{Reading, Unanswered};
use seatwise_store::{Axes, CustomerSeats, Kind, Snapshot, percent, seats_by_customer};
use seatwise_types::extensions::{Metric, Selection};
use seatwise_types::{CustomerId, ProcessedDateTime};

use super::order::{Order, Sort};
use super::{Counted, Model};

/// All customers, sorted by id.
pub(crate) struct Lines {
    pub(crate) all: Vec<Line>,
    /// Indexed by [`Sort`]. Each order is made on first use.
    orders: [OnceLock<Order>; Sort::ALL.len()],
}

/// The seats of one customer.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) id: CustomerId,
    pub(crate) name: Box<str>,
    /// The name in lower case, for search and sorting.
    pub(crate) search: Box<str>,
    /// The processed date of the delivery that the name is from.
    named_at: ProcessedDateTime,
    pub(crate) usage: Seats,
    pub(crate) deployment: Seats,
    /// The seats a month ago.
    pub(crate) usage_before: Seats,
    pub(crate) deployment_before: Seats,
    /// Seats of the selected products that are sold and not assigned, and neither new nor excluded; `None` if
    /// unknown.
    pub(crate) idle: Option<u64>,
    /// Whether its first deliveries came within the last month, while those of others are older.
    pub(crate) is_new: bool,
    /// The newest processed date of all deliveries.
    pub(crate) newest: Option<Date>,
    /// The newest day of a late delivery; `None` if no delivery is late.
    pub(crate) late_since: Option<Date>,
    /// Seats qualified or sold in late deliveries. A customer that left has none in its last ones.
    pub(crate) late_whole: u64,
}

/// The seats of the rows that count.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Seats {
    /// Whether any delivery counts. If not, the seats are unknown, which is not zero.
    pub(crate) is_known: bool,
    /// The number of rows. Without rows there is no percent.
    pub(crate) rows: u64,
    pub(crate) part: u64,
    pub(crate) whole: u64,
}

impl Seats {
    /// `part` in percent of `whole`; `None` if no row counts.
    pub(crate) fn percent(&self) -> Option<f64> {
        (self.rows > 0).then(|| percent(self.part, self.whole))
    }
}

impl Line {
    /// The change of use within the month, in points; `None` if either percent is unknown.
    pub(crate) fn change(&self) -> Option<f64> {
        let (now, before) = (self.usage.percent()?, self.usage_before.percent()?);
        Some(now - before)
    }

    /// The seats of a metric now.
    pub(crate) fn seats(&self, metric: Metric) -> &Seats {
        match metric {
            Metric::Usage => &self.usage,
            Metric::Deployment => &self.deployment,
        }
    }

    /// The seats of a metric a month ago.
    pub(crate) fn seats_before(&self, metric: Metric) -> &Seats {
        match metric {
            Metric::Usage => &self.usage_before,
            Metric::Deployment => &self.deployment_before,
        }
    }

    /// The number of seats that are not active, or not deployed.
    pub(crate) fn unused(&self, metric: Metric) -> u64 {
        let seats = self.seats(metric);
        seats.whole.saturating_sub(seats.part)
    }

    fn of(seats: &CustomerSeats<'_>) -> Self {
        Self {
            id: seats.customer.id,
            name: seats.customer.name.into(),
            search: seats.customer.name.to_lowercase().into(),
            named_at: seats.customer.processed,
            usage: Seats::default(),
            deployment: Seats::default(),
            usage_before: Seats::default(),
            deployment_before: Seats::default(),
            idle: None,
            is_new: false,
            newest: None,
            late_since: None,
            late_whole: 0,
        }
    }
}

impl Lines {
    /// The approximate memory of one customer, in bytes, with its places in all orders.
    pub(super) const BYTES: usize = size_of::<Line>() + 96 + Order::BYTES;

    pub(super) async fn make(
        model: &Model,
        selection: Selection,
    ) -> Result<Counted<Self>, Unanswered> {
        let Model { reading, axes, .. } = model;
        let axes = *axes;
        let standing = model.standing().await?;
        let month_before = |metric| Axes {
            as_of: standing.month_before(metric).or(axes.as_of),
            ..axes
        };
        let both = async |of_usage, of_deployment| {
            let usage = reading.snapshot(Kind::Usage, of_usage);
            let deployment = reading.snapshot(Kind::Deployment, of_deployment);
            Ok::<_, Unanswered>(<[_; 2]>::from(try_join(usage, deployment).await?))
        };
        let now = both(axes, axes).await?;
        let before = [Metric::Usage, Metric::Deployment].map(month_before);
        let before = both(before[0], before[1]).await?;
        // Deployment has no workloads, so only the product selects its rows.
        let of_products = Selection {
            workload: None,
            ..selection.clone()
        };
        let customers = now.iter().map(|it| it.customers().len()).max().unwrap_or(0);
        let memory = reading.reserve(customers * Self::BYTES)?;
        let selections = [selection, of_products.clone()];
        let made = reading.work(0, move || lines(&now, &before, &selections));
        let (mut all, idle) = try_join(made, idle(reading, axes, of_products)).await?;
        for (id, seats) in idle {
            if let Ok(place) = all.binary_search_by_key(&id, |line| line.id)
                && all[place].deployment.is_known
            {
                all[place].idle = Some(seats);
            }
        }
        let lines = Self {
            all,
            orders: Default::default(),
        };
        Ok(Counted::new(lines, memory))
    }

    /// The places of all customers in `all`, in this order. Unknown values come last in both directions. The
    /// first call for each `sort` sorts all customers.
    pub(crate) fn in_order(&self, sort: Sort, is_descending: bool) -> impl Iterator<Item = u32> {
        let order = self.orders[sort as usize].get_or_init(|| Order::of(&self.all, sort));
        order.places(is_descending)
    }

    /// Finds a customer; `None` if it is not among them.
    pub(crate) fn get(&self, id: CustomerId) -> Option<&Line> {
        let place = self.all.binary_search_by_key(&id, |line| line.id);
        place.ok().map(|place| &self.all[place])
    }
}

/// The idle seats of each customer. Empty if the policy cannot be read: the other figures stay available.
async fn idle(
    reading: &Reading,
    axes: Axes,
    of_products: Selection,
) -> Result<Vec<(CustomerId, u64)>, Unanswered> {
    match reading.idle_by_customer(axes, of_products).await {
        Err(err) if !err.is_busy() => Ok(Vec::new()),
        found => found,
    }
}

/// All customers, sorted by id. `selections` are those of usage and of deployment.
fn lines(
    now: &[Arc<Snapshot>; 2],
    before: &[Arc<Snapshot>; 2],
    selections: &[Selection; 2],
) -> Vec<Line> {
    let place = |lines: &[Line], id| lines.binary_search_by_key(&id, |line| line.id).ok();
    let mut lines: Vec<Line> = Vec::new();
    for (kind, snapshot) in now.iter().enumerate() {
        let seats = seats_by_customer(snapshot, &selections[kind]);
        let others = seats
            .iter()
            .filter(|it| place(&lines, it.customer.id).is_none());
        let others: Vec<Line> = others.map(Line::of).collect();
        lines.extend(others);
        lines.sort_by_key(|line| line.id);
        for seats in seats {
            let Some(place) = place(&lines, seats.customer.id) else {
                continue;
            };
            let line = &mut lines[place];
            if line.named_at < seats.customer.processed {
                line.name = seats.customer.name.into();
                line.search = line.name.to_lowercase().into();
                line.named_at = seats.customer.processed;
            }
            *[&mut line.usage, &mut line.deployment][kind] = sums(&seats);
            line.newest = line.newest.max(Some(seats.newest));
            line.late_since = line.late_since.max(seats.late_since);
            line.late_whole += seats.late_whole;
        }
    }
    // Without any customer a month before, nothing tells new ones from others.
    let is_new = before.iter().any(|it| it.customers().len() > 0);
    for line in &mut lines {
        line.is_new = is_new;
    }
    for (kind, snapshot) in before.iter().enumerate() {
        for seats in seats_by_customer(snapshot, &selections[kind]) {
            // Customers of the month before are also known now.
            let Some(place) = place(&lines, seats.customer.id) else {
                continue;
            };
            let line = &mut lines[place];
            line.is_new = false;
            *[&mut line.usage_before, &mut line.deployment_before][kind] = sums(&seats);
        }
    }
    // A selection keeps only customers with matching rows. Only usage has workloads.
    let has_rows = |line: &Line| {
        let usage = line.usage.rows + line.usage_before.rows;
        let deployment = line.deployment.rows + line.deployment_before.rows;
        match (&selections[0].workload, &selections[0].product) {
            (Some(_), _) => usage > 0,
            (None, Some(_)) => usage + deployment > 0,
            (None, None) => true,
        }
    };
    lines.retain(has_rows);
    lines
}

fn sums(seats: &CustomerSeats<'_>) -> Seats {
    Seats {
        is_known: seats.deliveries > 0,
        rows: seats.rows,
        part: seats.part,
        whole: seats.whole,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A customer with the given active and qualified, deployed and sold seats, now and before.
    pub(crate) fn line(
        usage: [u64; 2],
        usage_before: [u64; 2],
        deployment: [u64; 2],
        deployment_before: [u64; 2],
    ) -> Line {
        let seats = |[part, whole]: [u64; 2]| Seats {
            is_known: true,
            rows: 1,
            part,
            whole,
        };
        Line {
            id: "0a000000-0000-4000-8000-000000000001".parse().unwrap(),
            name: "Northwind".into(),
            search: "northwind".into(),
            named_at: ProcessedDateTime::from_microsecond(0).unwrap(),
            usage: seats(usage),
            deployment: seats(deployment),
            usage_before: seats(usage_before),
            deployment_before: seats(deployment_before),
            idle: None,
            is_new: false,
            newest: None,
            late_since: None,
            late_whole: 0,
        }
    }

    #[test]
    fn a_change_needs_both_percents() {
        let mut line = line([60, 100], [70, 100], [0, 0], [0, 0]);
        assert_eq!(line.change(), Some(-10.0));
        line.usage_before.rows = 0;
        assert_eq!(line.change(), None);
    }
}

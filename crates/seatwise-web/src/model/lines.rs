//! What is known of each customer, in one line: now and a month ago.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use seatwise_server::{Reading, Unanswered};
use seatwise_store::{Axes, CustomerSeats, Kind, Reserved, Snapshot, percent, seats_by_customer};
use seatwise_types::own::Selection;
use seatwise_types::{CustomerId, ProcessedDateTime};

use super::Standing;

/// About how many bytes a customer takes.
const LINE_BYTES: usize = size_of::<Line>() + 192;

/// All customers, in the order of their ids.
pub(crate) struct Lines {
    pub(crate) all: Vec<Line>,
    /// The day that is compared with; none if there is no data.
    pub(crate) since: Option<Date>,
    _memory: Reserved,
}

/// What the rows of a customer say.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) id: CustomerId,
    pub(crate) name: String,
    /// The name in lower case, for searches and for the order.
    pub(crate) search: Box<str>,
    /// The processed date of the name.
    named_at: ProcessedDateTime,
    pub(crate) usage: Seats,
    pub(crate) deployment: Seats,
    /// A month before.
    pub(crate) usage_before: Seats,
    pub(crate) deployment_before: Seats,
    /// The newest processed date of all of its deliveries.
    pub(crate) newest: Option<Date>,
    /// The newest day of a delivery that is too old to count; none if all count.
    pub(crate) late_since: Option<Date>,
}

/// Seats of rows that count.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Seats {
    /// Whether a delivery counts. Otherwise nothing is known, which is not zero.
    pub(crate) is_known: bool,
    /// How many rows there are; without any, there is no percent.
    pub(crate) rows: u64,
    pub(crate) part: u64,
    pub(crate) whole: u64,
}

impl Seats {
    /// The part of the whole; none if no row counts.
    pub(crate) fn percent(&self) -> Option<f64> {
        (self.rows > 0).then(|| percent(self.part, self.whole))
    }
}

impl Line {
    /// By how many points the percent of use changed in the month; none if one of the two is unknown.
    pub(crate) fn change(&self) -> Option<f64> {
        let (now, before) = (self.usage.percent()?, self.usage_before.percent()?);
        Some(now - before)
    }

    fn of(seats: &CustomerSeats<'_>) -> Self {
        Self {
            id: seats.customer.id,
            name: seats.customer.name.to_owned(),
            search: seats.customer.name.to_lowercase().into(),
            named_at: seats.customer.processed,
            usage: Seats::default(),
            deployment: Seats::default(),
            usage_before: Seats::default(),
            deployment_before: Seats::default(),
            newest: None,
            late_since: None,
        }
    }
}

impl Lines {
    pub(crate) async fn make(
        reading: &Reading,
        axes: Axes,
        standing: Arc<Standing>,
        selection: Selection,
    ) -> Result<Self, Unanswered> {
        let since = standing.month_ago();
        let before = Axes {
            as_of: since,
            ..axes
        };
        let read = |kind, axes| reading.snapshot(kind, axes);
        let now = [
            read(Kind::Usage, axes).await?,
            read(Kind::Deployment, axes).await?,
        ];
        let before = match since {
            None => None,
            Some(_) => Some([
                read(Kind::Usage, before).await?,
                read(Kind::Deployment, before).await?,
            ]),
        };
        let customers = now.iter().map(|it| it.customers().len()).max().unwrap_or(0);
        let memory = reading.reserve(customers * LINE_BYTES)?;
        let all = reading
            .work(customers * LINE_BYTES, move || {
                lines(&now, before.as_ref(), &selection)
            })
            .await?;
        Ok(Self {
            all,
            since,
            _memory: memory,
        })
    }

    /// A customer.
    pub(crate) fn get(&self, id: CustomerId) -> Option<&Line> {
        let place = self.all.binary_search_by_key(&id, |line| line.id);
        place.ok().map(|place| &self.all[place])
    }
}

fn lines(
    now: &[Arc<Snapshot>; 2],
    before: Option<&[Arc<Snapshot>; 2]>,
    selection: &Selection,
) -> Vec<Line> {
    // Deployment has no workloads: its rows are those of the products that are asked for.
    let of_products = Selection {
        workload: None,
        ..selection.clone()
    };
    let selections = [selection, &of_products];
    let mut lines: BTreeMap<CustomerId, Line> = BTreeMap::new();
    for (kind, snapshot) in now.iter().enumerate() {
        for seats in seats_by_customer(snapshot, selections[kind]) {
            let line = lines
                .entry(seats.customer.id)
                .or_insert_with(|| Line::of(&seats));
            if line.named_at < seats.customer.processed {
                line.name = seats.customer.name.to_owned();
                line.search = line.name.to_lowercase().into();
                line.named_at = seats.customer.processed;
            }
            *[&mut line.usage, &mut line.deployment][kind] = sums(&seats);
            line.newest = line.newest.max(Some(seats.newest));
            line.late_since = line.late_since.max(seats.late_since);
        }
    }
    for (kind, snapshot) in before.into_iter().flatten().enumerate() {
        for seats in seats_by_customer(snapshot, selections[kind]) {
            // What was known a month before is known now.
            let Some(line) = lines.get_mut(&seats.customer.id) else {
                continue;
            };
            *[&mut line.usage_before, &mut line.deployment_before][kind] = sums(&seats);
        }
    }
    // Of some rows, only the customers that have such rows. Those of a workload are rows of usage.
    let has_rows = |line: &Line| {
        let usage = line.usage.rows + line.usage_before.rows;
        let deployment = line.deployment.rows + line.deployment_before.rows;
        match (&selection.workload, &selection.product) {
            (Some(_), _) => usage > 0,
            (None, Some(_)) => usage + deployment > 0,
            (None, None) => true,
        }
    };
    lines.into_values().filter(has_rows).collect()
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

    /// A customer with these seats: active of qualified and deployed of sold, now and before.
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
            name: "Northwind".to_owned(),
            search: "northwind".into(),
            named_at: ProcessedDateTime::from_microsecond(0).unwrap(),
            usage: seats(usage),
            deployment: seats(deployment),
            usage_before: seats(usage_before),
            deployment_before: seats(deployment_before),
            newest: None,
            late_since: None,
        }
    }

    #[test]
    fn a_change_needs_both_ends() {
        let mut line = line([60, 100], [70, 100], [0, 0], [0, 0]);
        assert_eq!(line.change(), Some(-10.0));
        line.usage_before.rows = 0;
        assert_eq!(line.change(), None);
    }
}

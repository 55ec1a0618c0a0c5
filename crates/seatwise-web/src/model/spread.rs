//! How the customers of a workload or product are distributed over the percents.

use std::cmp::Reverse;

use seatwise_server::Unanswered;
use seatwise_types::extensions::{Metric, Selection};

use super::lines::{Line, Lines};
use super::{Counted, Model};

/// The number of customers in each of the two lists.
const LISTED: usize = 10;

/// How customers are distributed.
pub(crate) struct Spread {
    /// The number of customers, including those without a percent.
    pub(crate) customers: usize,
    /// The number of customers with a percent.
    pub(crate) known: u64,
    /// The number of customers in each range of ten percent; the last one counts 100 % and more.
    pub(crate) counts: [u64; 11],
    /// The active or deployed seats of all customers.
    pub(crate) part: u64,
    /// The qualified or sold seats of all customers.
    pub(crate) whole: u64,
    /// The customers with the most unused seats.
    pub(crate) laggards: Vec<Line>,
    /// The customers with the highest percent; of equal ones, those with more seats first.
    pub(crate) leaders: Vec<Line>,
}

impl Spread {
    pub(super) async fn make(
        model: &Model,
        selection: Selection,
        metric: Metric,
    ) -> Result<Counted<Self>, Unanswered> {
        let lines = model.lines(selection).await?;
        let bytes = lines.all.len() * size_of::<(f64, &Line)>();
        let made = model.reading.work(bytes, move || Self::of(&lines, metric));
        let made = made.await?;
        let bytes = size_of::<Self>() + 2 * LISTED * Lines::BYTES;
        Ok(Counted::new(made, model.reading.reserve(bytes)?))
    }

    fn of(lines: &Lines, metric: Metric) -> Self {
        let known = lines.all.iter().filter_map(|line| {
            let percent = line.seats(metric).percent()?;
            Some((percent, line))
        });
        let mut known: Vec<(f64, &Line)> = known.collect();
        let mut counts = [0; 11];
        for (percent, _) in &known {
            counts[((percent / 10.0) as usize).min(10)] += 1;
        }
        let seats = lines.all.iter().map(|line| line.seats(metric));
        let (part, whole) = seats.fold((0, 0), |sum, it| (sum.0 + it.part, sum.1 + it.whole));
        let first = |known: &[(f64, &Line)]| {
            let first = known.iter().take(LISTED);
            first.map(|(_, line)| (*line).clone()).collect()
        };
        known.sort_unstable_by(|(a, line), (b, other)| {
            let whole = |line: &Line| line.seats(metric).whole;
            let order = b.total_cmp(a);
            order.then_with(|| (whole(other), line.id).cmp(&(whole(line), other.id)))
        });
        let leaders = first(&known);
        known.sort_unstable_by_key(|(_, line)| (Reverse(line.unused(metric)), line.id));
        let mut laggards: Vec<Line> = first(&known);
        laggards.retain(|line| line.unused(metric) > 0);
        Self {
            customers: lines.all.len(),
            known: known.len() as u64,
            counts,
            part,
            whole,
            laggards,
            leaders,
        }
    }
}

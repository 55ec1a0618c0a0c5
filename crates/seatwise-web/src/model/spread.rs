//! How the customers of a workload or product are spread over the percents.

use std::cmp::Reverse;

use seatwise_server::Unanswered;
use seatwise_types::extensions::Selection;

use super::lines::{Line, Lines, Seats};
use super::{Counted, Model};

/// How many customers are listed at each end.
const LISTED: usize = 10;

/// What is spread.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Measure {
    /// Active of qualified seats.
    Use,
    /// Deployed seats of those sold.
    Deployment,
}

impl Measure {
    /// The seats of a customer now.
    pub(crate) fn now(self, line: &Line) -> &Seats {
        match self {
            Self::Use => &line.usage,
            Self::Deployment => &line.deployment,
        }
    }

    /// The seats of a customer a month before.
    pub(crate) fn before(self, line: &Line) -> &Seats {
        match self {
            Self::Use => &line.usage_before,
            Self::Deployment => &line.deployment_before,
        }
    }

    /// How many seats of a customer are not used.
    fn unused(self, line: &Line) -> u64 {
        let seats = self.now(line);
        seats.whole.saturating_sub(seats.part)
    }
}

/// How customers are spread.
pub(crate) struct Spread {
    /// How many customers there are, also those whose percent is not known.
    pub(crate) customers: usize,
    /// Of how many of them the percent is known.
    pub(crate) known: u64,
    /// How many have a percent in each ten, and in a hundred and more.
    pub(crate) counts: [u64; 11],
    /// Seats active or deployed of all of them.
    pub(crate) part: u64,
    /// Seats qualified or sold of all of them.
    pub(crate) whole: u64,
    /// Those with most seats that are not used.
    pub(crate) laggards: Vec<Line>,
    /// Those that use most; of those that use as much, the ones with most seats first.
    pub(crate) leaders: Vec<Line>,
}

impl Spread {
    pub(super) async fn make(
        model: &Model,
        selection: Selection,
        measure: Measure,
    ) -> Result<Counted<Self>, Unanswered> {
        let lines = model.lines(selection).await?;
        let bytes = lines.all.len() * size_of::<(f64, &Line)>();
        let made = model.reading.work(bytes, move || Self::of(&lines, measure));
        let made = made.await?;
        let bytes = size_of::<Self>() + 2 * LISTED * Lines::BYTES;
        Ok(Counted::new(made, model.reading.reserve(bytes)?))
    }

    fn of(lines: &Lines, measure: Measure) -> Self {
        let known = lines.all.iter().filter_map(|line| {
            let percent = measure.now(line).percent()?;
            Some((percent, line))
        });
        let mut known: Vec<(f64, &Line)> = known.collect();
        let mut counts = [0; 11];
        for (percent, _) in &known {
            counts[((percent / 10.0) as usize).min(10)] += 1;
        }
        let seats = lines.all.iter().map(|line| measure.now(line));
        let (part, whole) = seats.fold((0, 0), |sum, it| (sum.0 + it.part, sum.1 + it.whole));
        let first = |known: &[(f64, &Line)]| {
            let first = known.iter().take(LISTED);
            first.map(|(_, line)| (*line).clone()).collect()
        };
        known.sort_unstable_by(|(a, line), (b, other)| {
            let whole = |line| measure.now(line).whole;
            let order = b.total_cmp(a);
            order.then_with(|| (whole(other), line.id).cmp(&(whole(line), other.id)))
        });
        let leaders = first(&known);
        known.sort_unstable_by_key(|(_, line)| (Reverse(measure.unused(line)), line.id));
        let mut laggards: Vec<Line> = first(&known);
        laggards.retain(|line| measure.unused(line) > 0);
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

//! The orders of the list of customers. Each is made once.

use jiff::civil::date;

use super::lines::Line;
use super::risk;

/// What customers are sorted by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sort {
    Name,
    Sold,
    Deployed,
    Assigned,
    Idle,
    Qualified,
    Active,
    Use,
    Change,
    Stake,
    Day,
}

impl Sort {
    /// All orders with their words in addresses, in the order of declaration.
    pub(crate) const ALL: [(Self, &str); 11] = [
        (Self::Name, "name"),
        (Self::Sold, "sold"),
        (Self::Deployed, "deployed"),
        (Self::Assigned, "assigned"),
        (Self::Idle, "idle"),
        (Self::Qualified, "qualified"),
        (Self::Active, "active"),
        (Self::Use, "use"),
        (Self::Change, "change"),
        (Self::Stake, "stake"),
        (Self::Day, "day"),
    ];

    /// The word in addresses.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The value to compare; `None` if it is unknown. Names are compared as text, so all have the same value
    /// here.
    fn value(self, line: &Line) -> Option<f64> {
        let (usage, deployment) = (&line.usage, &line.deployment);
        match self {
            Self::Name => Some(0.0),
            Self::Sold => deployment.is_known.then_some(deployment.whole as f64),
            Self::Deployed => deployment.is_known.then_some(deployment.part as f64),
            Self::Assigned => deployment.percent(),
            Self::Idle => line.idle.map(|seats| seats as f64),
            Self::Qualified => usage.is_known.then_some(usage.whole as f64),
            Self::Active => usage.is_known.then_some(usage.part as f64),
            Self::Use => usage.percent(),
            Self::Change => line.change(),
            Self::Stake => Some(risk::stake(line) as f64),
            Self::Day => {
                let days = line.newest.map(|day| day.duration_since(date(1970, 1, 1)));
                days.map(|days| days.as_hours() as f64)
            }
        }
    }
}

/// The places of all customers in one order.
pub(super) struct Order {
    /// By value, ascending; equal values by id.
    known: Box<[u32]>,
    /// Customers whose value is unknown, by id.
    unknown: Box<[u32]>,
}

impl Order {
    /// The memory of all orders for each customer, in bytes.
    pub(super) const BYTES: usize = Sort::ALL.len() * size_of::<u32>();

    /// Sorts the customers of `lines`, which are sorted by id.
    pub(super) fn of(lines: &[Line], sort: Sort) -> Self {
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for (place, line) in (0_u32..).zip(lines) {
            match sort.value(line) {
                Some(value) => known.push((value, place)),
                None => unknown.push(place),
            }
        }
        let name = |place: u32| &lines[place as usize].search;
        known.sort_unstable_by(|a, b| {
            let order = match sort {
                Sort::Name => name(a.1).cmp(name(b.1)),
                _ => a.0.total_cmp(&b.0),
            };
            order.then_with(|| a.1.cmp(&b.1))
        });
        Self {
            known: known.into_iter().map(|(_, place)| place).collect(),
            unknown: unknown.into(),
        }
    }

    /// The places in this order. Unknown values come last in both directions.
    pub(super) fn places(&self, is_descending: bool) -> impl Iterator<Item = u32> {
        let (forwards, backwards) = match is_descending {
            true => (&[][..], &self.known[..]),
            false => (&self.known[..], &[][..]),
        };
        let known = forwards.iter().chain(backwards.iter().rev());
        known.chain(&self.unknown).copied()
    }
}

//! The orders that customers are listed in, each made once.

use jiff::civil::date;

use super::lines::Line;

/// By what customers are put in order.
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
    Day,
}

impl Sort {
    /// Each with its word in the address, in the order of their declaration.
    pub(crate) const ALL: [(Self, &str); 10] = [
        (Self::Name, "name"),
        (Self::Sold, "sold"),
        (Self::Deployed, "deployed"),
        (Self::Assigned, "assigned"),
        (Self::Idle, "idle"),
        (Self::Qualified, "qualified"),
        (Self::Active, "active"),
        (Self::Use, "use"),
        (Self::Change, "change"),
        (Self::Day, "day"),
    ];

    /// The word in the address.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// What is compared; none of what is not known. Names are compared as such.
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
            Self::Day => {
                let days = line.newest.map(|day| day.duration_since(date(1970, 1, 1)));
                days.map(|days| days.as_hours() as f64)
            }
        }
    }
}

/// The places of all customers in one order.
pub(super) struct Order {
    /// From the smallest value to the largest; of equal ones in the order of ids.
    known: Box<[u32]>,
    /// Those whose value is not known, in the order of their ids.
    unknown: Box<[u32]>,
}

impl Order {
    /// How many bytes of memory all orders take for each customer.
    pub(super) const BYTES: usize = Sort::ALL.len() * size_of::<u32>();

    /// Of customers in the order of their ids.
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

    /// The places; those that are not known come last in either order.
    pub(super) fn places(&self, is_descending: bool) -> impl Iterator<Item = u32> {
        let (forwards, backwards) = match is_descending {
            true => (&[][..], &self.known[..]),
            false => (&self.known[..], &[][..]),
        };
        let known = forwards.iter().chain(backwards.iter().rev());
        known.chain(&self.unknown).copied()
    }
}

//! The two axes of time: the day that a question is about, and what was known.
//!
//! Both are filters on rows, applied before the newest delivery is determined. Merging files
//! changes neither column, so it changes no answer.

use std::fmt;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, TimestampRound, Unit};

/// A point on both axes; by default the newest on each.
///
/// The answer to a question with both axes never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Axes {
    /// Ignores deliveries with a later processed date; `None` ignores none.
    pub as_of: Option<Date>,
    /// Ignores deliveries recorded later; `None` ignores none.
    pub known_at: Option<KnownAt>,
}

/// A settled instant: nothing will be recorded at or before it any more.
///
/// [`Store::settle`](crate::table::store::Store::settle) makes it, and it is valid for one partner.
/// Instants on this axis are whole milliseconds, the precision that the log of a table guarantees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KnownAt(Timestamp);

impl KnownAt {
    /// Takes an instant that is settled, or the last recorded instant of a version of a table, and
    /// truncates it to the millisecond.
    pub(crate) fn settled(at: Timestamp) -> Self {
        Self(whole_millisecond(at))
    }

    /// The instant, truncated to the millisecond.
    pub fn timestamp(self) -> Timestamp {
        self.0
    }
}

impl Axes {
    /// Whether a delivery recorded at this instant is known.
    pub(crate) fn knows(&self, recorded_at: Timestamp) -> bool {
        self.known_at
            .is_none_or(|known_at| recorded_at <= known_at.0)
    }
}

/// Writes the condition in SQL.
impl fmt::Display for Axes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut and = "";
        if let Some(as_of) = self.as_of {
            write!(f, "processed_date <= date '{as_of}'")?;
            and = " and ";
        }
        if let Some(KnownAt(at)) = self.known_at {
            let next = at + SignedDuration::from_millis(1);
            let next = next.as_microsecond();
            write!(f, "{and}cast(recorded_at as bigint) < {next}")?;
            and = " and ";
        }
        if and.is_empty() {
            f.write_str("true")?;
        }
        Ok(())
    }
}

/// Truncates an instant to the millisecond.
pub(crate) fn whole_millisecond(at: Timestamp) -> Timestamp {
    let floor = TimestampRound::new()
        .smallest(Unit::Millisecond)
        .mode(jiff::RoundMode::Floor);
    at.round(floor).unwrap_or(at)
}

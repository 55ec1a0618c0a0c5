//! The two axes of time: for which days a question is asked, and what was known.
//!
//! Both are filters on rows, before it is decided which delivery is the newest. Merging files
//! changes neither column, so it changes no answer.

use std::fmt;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, TimestampRound, Unit};

/// How far a question looks on each axis; by default as far as there is anything.
///
/// The answer to a question with both of them never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Axes {
    /// Deliveries with a later processed date do not exist.
    pub as_of: Option<Date>,
    /// What was recorded later does not exist.
    pub known_at: Option<KnownAt>,
}

/// An instant up to which nothing more is recorded: what was known then is settled.
///
/// Made by [`Store::settle`](crate::table::store::Store::settle), and for the partner it was made
/// for. Instants on this axis are whole milliseconds, which is as fine as the log of a table is sure
/// to keep them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KnownAt(Timestamp);

impl KnownAt {
    /// Such an instant, cut to the millisecond: one that was settled, or when something was recorded
    /// last in a version of a table.
    pub(crate) fn settled(at: Timestamp) -> Self {
        Self(whole_millisecond(at))
    }

    /// The instant, cut to the millisecond.
    pub fn timestamp(self) -> Timestamp {
        self.0
    }
}

impl Axes {
    /// Whether what was recorded at an instant was known.
    pub(crate) fn knows(&self, recorded_at: Timestamp) -> bool {
        self.known_at
            .is_none_or(|known_at| recorded_at <= known_at.0)
    }
}

/// The condition in SQL.
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

/// An instant without what is finer than a millisecond.
pub(crate) fn whole_millisecond(at: Timestamp) -> Timestamp {
    let floor = TimestampRound::new()
        .smallest(Unit::Millisecond)
        .mode(jiff::RoundMode::Floor);
    at.round(floor).unwrap_or(at)
}

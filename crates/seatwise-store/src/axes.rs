//! The two axes of time: for which days a question is asked, and what was known.
//!
//! Both are filters on rows, before it is decided which delivery is the newest. Merging files
//! changes neither column, so it changes no answer.

use std::fmt;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, TimestampRound, Unit};
use seatwise_types::PartnerId;
use seatwise_types::own::Selection;

use crate::clock::{Future, agree};
use crate::facts::selects;
use crate::table::{DataFile, Table};
use crate::{Kind, Store, StoreError};

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
/// Made by [`Store::settle`], and for the partner it was made for. Instants on this axis are whole
/// milliseconds, which is as fine as the log of a table is sure to keep them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KnownAt(Timestamp);

impl KnownAt {
    /// When something was recorded last in a version of a table: whatever is committed after it is
    /// recorded later.
    pub(crate) fn of_a_version(recorded_at: Timestamp) -> Self {
        Self(whole_millisecond(recorded_at))
    }

    /// The instant, cut to the millisecond.
    pub fn timestamp(self) -> Timestamp {
        self.0
    }
}

impl Axes {
    /// Whether some rows of a file may be seen.
    pub(crate) fn may_see(&self, file: &DataFile) -> bool {
        let min = &file.stats.min_values;
        self.as_of.is_none_or(|as_of| min.processed_date <= as_of)
            && self.knows(whole_millisecond(min.recorded_at))
    }

    /// The files of a table that may hold rows which are seen, from a day on, of the service and
    /// channel of a selection.
    pub(crate) fn files_from<'a>(
        &self,
        first: Date,
        table: &'a Table,
        selection: &Selection,
    ) -> Vec<&'a DataFile> {
        let may_hold = |file: &&DataFile| {
            let single = file.stats.single();
            single.is_none_or(|feed| selects(selection, feed))
                && self.may_see(file)
                && file.stats.max_values.processed_date >= first
        };
        table.files.iter().filter(may_hold).collect()
    }

    /// A day that is surely seen in a file, as late as its statistics can tell.
    pub(crate) fn surely_sees(&self, file: &DataFile) -> Option<Date> {
        let (min, max) = (&file.stats.min_values, &file.stats.max_values);
        if !self.knows(whole_millisecond(max.recorded_at)) {
            return None;
        }
        let days = [max.processed_date, min.processed_date];
        let sees = |day: &Date| self.as_of.is_none_or(|as_of| *day <= as_of);
        days.into_iter().find(sees)
    }

    fn knows(&self, recorded_at: Timestamp) -> bool {
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

impl Store {
    /// Makes sure that nothing is recorded at or before an instant from now on, so that an
    /// answer as of then stays the same.
    ///
    /// If something was recorded later in one of the partner's tables, that is so already, for all
    /// of them. Otherwise this waits for its turn among the partner's writers, and notes the instant
    /// in the partner's folder: the next writer records after it.
    ///
    /// # Errors
    /// If the instant is after `now` and after everything recorded or noted, or more than a day after
    /// `now` in any case; if `now` cannot be right ([`Store::check_clock`]) and would have to be
    /// noted; if the folder cannot be read or written to.
    pub async fn settle(
        &self,
        partner: PartnerId,
        known_at: Timestamp,
        now: Timestamp,
    ) -> Result<KnownAt, StoreError> {
        let known_at = whole_millisecond(known_at);
        let settled_up_to = self.settled_up_to(partner).await?;
        // What lies further in the future is wrong, and is mended one day.
        let can_be_told = known_at <= Future::of(now).recorded;
        if can_be_told && Some(known_at) <= settled_up_to {
            return Ok(KnownAt(known_at));
        }
        if known_at > now {
            return Err(StoreError::NotYet { known_at, now });
        }
        agree(settled_up_to, now)?;
        let lock = self.lock(partner, now).await?;
        self.blocking("write to", move |store| {
            store.note_settled(partner, known_at, &lock)
        })
        .await?;
        Ok(KnownAt(known_at))
    }

    /// The latest instant at which nothing more is recorded in any of a partner's tables: that of the
    /// last commit to one of them, or a later one that was noted. Who writes next records after it,
    /// and asks for it when it is its turn.
    pub(crate) async fn settled_up_to(
        &self,
        partner: PartnerId,
    ) -> Result<Option<Timestamp>, StoreError> {
        let mut last = self.settled(partner)?;
        for kind in Kind::ALL {
            let table = self.table(partner, kind).await?;
            last = last.max(table.as_ref().and_then(Table::last_recorded));
        }
        Ok(last)
    }
}

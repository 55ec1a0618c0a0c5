//! The sums of all customers' deliveries, with the days for which they count.
//!
//! A delivery counts from its day until the day of the same customer's next delivery of that
//! service and channel, or for ever if it is the newest. For all customers together it is enough to
//! know how many seats count from one day until another, and since when that is known. A figure as
//! of a day, known at an instant, is the sum of the entries that were recorded by that instant and
//! whose range of days includes the day, without late deliveries.
//!
//! Entries never change: if a new delivery replaces a previous one, an entry with negative counts
//! removes it. Entries with the same key are added up. See `docs/decisions/035-ledger.md`.
//!
//! A ledger is derived from a table and can be rebuilt from it. It records the version of the table
//! that it covers ([`Covers`]), and is updated with the rows added since.

mod chain;
mod deliveries;
mod file;
mod gather;
mod keep;
mod names;
mod newest;
mod restated;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use foldhash::fast::RandomState;
use jiff::Timestamp;
use seatwise_types::CustomerId;
use serde::{Deserialize, Serialize};

use self::names::GroupNames;
use self::newest::Newest;
use self::restated::{Restated, UnitOfFeed};
use crate::model::axes::Axes;
use crate::model::days::days;
use crate::model::limits::LATE_AFTER_DAYS;
use crate::model::texts::Texts;
use crate::table::covers::Covers;
use crate::table::delta::Table;

pub(crate) use self::deliveries::NewestAt;
pub(crate) use self::names::{FeedNumber, Group, GroupNumber};

/// The end of the newest delivery of a customer.
pub(crate) const FOREVER: i32 = i32::MAX;

/// The limit of entries. Beyond it, entries recorded so far are added up over their recorded
/// instants: a partner that sends each customer in a separate commit would otherwise have as many
/// entries as rows. An entry takes 56 bytes of memory.
const MOST_ENTRIES: usize = 2 << 20;

/// The figures of one table over both axes of time.
#[derive(Clone)]
pub(crate) struct Ledger {
    covers: Covers,
    /// The ledger cannot tell what was known before this instant, in milliseconds since 1970.
    exact_from: i64,
    names: GroupNames,
    /// Sorted by key; each key occurs once.
    entries: Vec<(EntryKey, Counts)>,
    /// The days of each service and channel.
    days: Vec<Days>,
    restated: Restated,
    /// The newest delivery of each customer.
    newest: HashMap<(FeedNumber, CustomerId), Newest, RandomState>,
}

/// The days of a service and channel, in days since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Days {
    /// The days with deliveries, each with the instant at which its first delivery was recorded, in
    /// milliseconds since 1970.
    delivered: BTreeMap<i32, i64>,
    /// The days with restated deliveries.
    restated: BTreeSet<i32>,
}

/// The key of an entry. Entries with the same key are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct EntryKey {
    pub(crate) group: GroupNumber,
    /// The day of the deliveries, in days since 1970.
    pub(crate) since: i32,
    /// The first day on which they no longer count, or [`FOREVER`].
    pub(crate) until: i32,
    /// The processed instant of the rows, in microseconds since 1970.
    pub(crate) processed: i64,
    /// When it was recorded, in milliseconds since 1970.
    pub(crate) recorded: i64,
}

/// Added seats; negative if removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Counts {
    pub(crate) part: i64,
    pub(crate) whole: i64,
    /// The number of rows.
    pub(crate) rows: i64,
}

/// Entries to add to a ledger.
struct Changes {
    entries: HashMap<EntryKey, Counts, RandomState>,
    /// As in the ledger.
    exact_from: i64,
    /// Restated deliveries: the replaced version, and the new one.
    restated: Vec<(UnitOfFeed, [i64; 2])>,
    /// Whether the deliveries of a customer were not recorded in the order of their numbers.
    is_unordered: bool,
}

impl Changes {
    fn from(exact_from: i64) -> Self {
        Self {
            entries: HashMap::default(),
            exact_from,
            restated: Vec::new(),
            is_unordered: false,
        }
    }
}

impl Counts {
    /// Adds other counts.
    pub(crate) fn add(&mut self, other: Self) {
        self.part += other.part;
        self.whole += other.whole;
        self.rows += other.rows;
    }
}

/// A point on the axes, as numbers.
struct Seen {
    as_of: i32,
    known_at: i64,
}

impl Seen {
    fn at(axes: Axes) -> Self {
        let known_at = axes.known_at.map(|at| at.timestamp().as_millisecond());
        Self {
            as_of: axes.as_of.map_or(FOREVER - 1, days),
            known_at: known_at.unwrap_or(i64::MAX),
        }
    }
}

impl Ledger {
    /// An empty ledger.
    fn new(covers: Covers) -> Self {
        Self {
            covers,
            exact_from: i64::MIN,
            names: GroupNames::default(),
            entries: Vec::new(),
            days: Vec::new(),
            restated: Restated::default(),
            newest: HashMap::default(),
        }
    }

    /// When the last delivery was recorded; `None` if there is none.
    pub(crate) fn recorded_at(&self) -> Option<Timestamp> {
        self.covers.recorded_at
    }

    /// Whether the ledger covers exactly this version of a table.
    pub(crate) fn is_of(&self, table: &Table) -> bool {
        self.covers.version == table.version() && self.covers.has_all_of(table)
    }

    /// The days with restated deliveries, over all services and channels.
    pub(crate) fn restated_days(&self) -> BTreeSet<i32> {
        let days = self.days.iter().flat_map(|days| &days.restated);
        days.copied().collect()
    }

    /// Whether the ledger can tell what was known at an instant; always true without one.
    pub(crate) fn is_exact_at(&self, axes: Axes) -> bool {
        Seen::at(axes).known_at >= self.exact_from
    }

    /// Services and channels, by number.
    pub(crate) fn feeds(&self) -> impl Iterator<Item = (FeedNumber, (&str, &str))> {
        self.names.feeds()
    }

    /// The texts of a group of rows.
    pub(crate) fn group(&self, number: GroupNumber) -> Group<'_> {
        self.names.group(number)
    }

    /// The service and channel of a group.
    pub(crate) fn feed_of(&self, group: GroupNumber) -> FeedNumber {
        self.names.feed_of(group)
    }

    /// All texts, by column and number.
    pub(crate) fn texts(&self) -> &Texts {
        self.names.texts()
    }

    /// The numbers of a group's texts, by column; 0 is absent.
    pub(crate) fn text_numbers(&self, group: GroupNumber) -> [u32; 8] {
        self.names.text_numbers(group)
    }

    /// The days with deliveries of a service and channel, at a point on the axes; newest first.
    pub(crate) fn days(&self, feed: FeedNumber, axes: Axes) -> impl Iterator<Item = i32> + use<'_> {
        let Seen { as_of, known_at } = Seen::at(axes);
        let days = self.days[feed.0 as usize].delivered.range(..=as_of).rev();
        days.filter(move |(_, recorded)| **recorded <= known_at)
            .map(|(day, _)| *day)
    }

    /// All entries recorded by an instant.
    pub(crate) fn known(&self, axes: Axes) -> impl Iterator<Item = &(EntryKey, Counts)> {
        let known_at = Seen::at(axes).known_at;
        self.entries
            .iter()
            .filter(move |(key, _)| key.recorded <= known_at)
    }

    /// The entries that count at a point on the axes. The sum over a group and processed instant is
    /// its current count.
    pub(crate) fn counting(&self, axes: Axes) -> impl Iterator<Item = &(EntryKey, Counts)> {
        let as_of = Seen::at(axes).as_of;
        let newest = self
            .names
            .feeds()
            .map(|(feed, _)| self.days(feed, axes).next());
        let oldest: Vec<Option<i32>> = newest
            .map(|day| day.map(|day| day - i32::from(LATE_AFTER_DAYS)))
            .collect();
        self.known(axes).filter(move |(key, _)| {
            let feed = self.names.feed_of(key.group);
            (key.since..key.until).contains(&as_of) && oldest[feed.0 as usize] <= Some(key.since)
        })
    }

    /// The number of entries, days and newest deliveries that differ between two ledgers.
    fn differences(&self, other: &Self) -> usize {
        let exact_from = self.exact_from.max(other.exact_from);
        let [own, others] = [self, other].map(|ledger| ledger.statements(exact_from));
        own.symmetric_difference(&others).count()
    }

    /// The content of the ledger, with the history of recording from an instant on.
    fn statements(&self, exact_from: i64) -> HashSet<Statement<'_>> {
        let feeds: Vec<_> = self.feeds().map(|(_, texts)| texts).collect();
        let mut sums: HashMap<_, Counts> = HashMap::new();
        for (key, counts) in &self.entries {
            let days = (key.since, key.until);
            let instants = (key.processed, key.recorded.max(exact_from));
            let of = (self.group(key.group), days, instants);
            sums.entry(of).or_default().add(*counts);
        }
        let sums = sums.into_iter();
        let sums = sums.filter(|(_, counts)| *counts != Counts::default());
        let mut all: HashSet<_> = sums
            .map(|(of, counts)| Statement::Sum(of, counts))
            .collect();
        for (feed, days) in feeds.iter().zip(&self.days) {
            let delivered = days.delivered.iter();
            all.extend(delivered.map(|(day, first)| Statement::Day(*feed, *day, *first)));
            let restated = days.restated.iter();
            all.extend(restated.map(|day| Statement::Restated(*feed, *day)));
        }
        all.extend(self.restated.versions().map(|((feed, day, id), version)| {
            Statement::Version(feeds[feed.0 as usize], day, id, version)
        }));
        all.extend(
            self.newest.iter().map(|((feed, id), newest)| {
                Statement::Newest(feeds[feed.0 as usize], *id, *newest)
            }),
        );
        all
    }

    /// Adds changes. Returns false if that makes too many entries, so that the ledger is not
    /// useful.
    fn take(&mut self, changes: Changes) -> bool {
        let Changes {
            entries,
            restated,
            is_unordered,
            ..
        } = changes;
        for (unit, versions) in restated {
            let (feed, day, _) = unit;
            self.days[feed.0 as usize].restated.insert(day);
            for version in versions {
                self.restated.add(unit, version);
            }
        }
        let mut all = std::mem::take(&mut self.entries);
        all.extend(entries);
        self.entries = added_up(all);
        if is_unordered || self.entries.len() > MOST_ENTRIES {
            self.forget_instants();
        }
        self.entries.len() <= MOST_ENTRIES
    }

    /// Adds up entries over the instants at which they were recorded.
    fn forget_instants(&mut self) {
        let last = self.covers.recorded_at.map(Timestamp::as_millisecond);
        self.exact_from = self.exact_from.max(last.unwrap_or(i64::MIN));
        let exact_from = self.exact_from;
        for (key, _) in &mut self.entries {
            key.recorded = key.recorded.max(exact_from);
        }
        self.entries = added_up(std::mem::take(&mut self.entries));
    }
}

/// A statement of a ledger, without its internal numbers.
#[derive(PartialEq, Eq, Hash)]
enum Statement<'a> {
    /// The sum of a group: its range of days, the processed instant and the recorded instant.
    Sum((Group<'a>, (i32, i32), (i64, i64)), Counts),
    /// A day with deliveries of a service and channel, and when the first was recorded.
    Day((&'a str, &'a str), i32, i64),
    /// A day with restated deliveries of a service and channel.
    Restated((&'a str, &'a str), i32),
    /// One of several versions of a customer's delivery of a day.
    Version((&'a str, &'a str), i32, CustomerId, i64),
    /// The newest delivery of a customer.
    Newest((&'a str, &'a str), CustomerId, Newest),
}

/// Sorts entries and merges equal keys; removes those with a sum of zero.
fn added_up(mut entries: Vec<(EntryKey, Counts)>) -> Vec<(EntryKey, Counts)> {
    // Usually a few new entries follow many sorted ones, which this sort exploits.
    entries.sort_by_key(|(key, _)| *key);
    entries.dedup_by(|(next, counts), (key, sum)| {
        let is_same = next == key;
        if is_same {
            sum.add(*counts);
        }
        is_same
    });
    entries.retain(|(_, counts)| *counts != Counts::default());
    entries.shrink_to_fit();
    entries
}

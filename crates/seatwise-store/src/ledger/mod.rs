//! What the deliveries of all customers add to a partner's figures, added up once.
//!
//! A delivery of a day counts from that day until the day of the same customer's next delivery of that
//! service and channel, or for ever if it is the newest. So for all customers together it is enough to
//! know how many seats count from one day until another, and since when that is known. A figure as of a
//! day, known at an instant, is the sum of the entries that were recorded by then and whose days have
//! the day between them, of deliveries that are not late.
//!
//! An entry is never changed: what a new delivery takes from the one before is an entry with negative
//! counts. Entries with the same key are added up. See `docs/decisions/035-ledger.md`.
//!
//! A ledger is made of a table and can be made again from it, so nothing is lost with it. It knows
//! which version of the table it covers ([`Covers`]) and follows the table by what was added.

mod chain;
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

use self::names::Names;
use self::newest::Newest;
use self::restated::{Restated, UnitOfFeed};
use crate::model::axes::Axes;
use crate::model::days::days;
use crate::model::limits::LATE_AFTER_DAYS;
use crate::model::texts::Texts;
use crate::table::covers::Covers;
use crate::table::delta::Table;

pub(crate) use self::names::{FeedNumber, Group, GroupNumber};
pub(crate) use self::newest::NewestAt;

/// The day until which the newest delivery of a customer counts.
pub(crate) const FOREVER: i32 = i32::MAX;

/// With more entries than this, those that were recorded so far are added up over the instants at which
/// they were recorded: a partner that sends each customer in a commit of its own would have as many
/// entries as rows otherwise. An entry takes 56 bytes of memory.
const MOST_ENTRIES: usize = 2 << 20;

/// The figures of one table over both axes of time.
#[derive(Clone)]
pub(crate) struct Ledger {
    covers: Covers,
    /// Before this instant, in milliseconds since 1970, the ledger does not tell what was known.
    exact_from: i64,
    names: Names,
    /// In the order of their keys, each key once.
    entries: Vec<(Key, Counts)>,
    /// The days of each service and channel.
    days: Vec<Days>,
    restated: Restated,
    /// The newest delivery of each customer.
    newest: HashMap<(FeedNumber, CustomerId), Newest, RandomState>,
}

/// The days of a service and channel, in days since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Days {
    /// Those of deliveries, and when the first of each was recorded, in milliseconds since 1970.
    delivered: BTreeMap<i32, i64>,
    /// Those of deliveries with several versions.
    restated: BTreeSet<i32>,
}

/// Two entries with the same key are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) group: GroupNumber,
    /// The day of the deliveries, in days since 1970.
    pub(crate) since: i32,
    /// The day on which they do not count any more, or [`FOREVER`].
    pub(crate) until: i32,
    /// The processed instant of the rows, in microseconds since 1970.
    pub(crate) processed: i64,
    /// When it was recorded, in milliseconds since 1970.
    pub(crate) recorded: i64,
}

/// Seats that are added, or taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Counts {
    pub(crate) part: i64,
    pub(crate) whole: i64,
    /// How many rows they are of.
    pub(crate) rows: i64,
}

/// Entries that are to be added to a ledger.
struct Changes {
    entries: HashMap<Key, Counts, RandomState>,
    /// As that of the ledger.
    exact_from: i64,
    /// Deliveries that were restated: the version that was replaced, and the new one.
    restated: Vec<(UnitOfFeed, [i64; 2])>,
    /// Deliveries of a customer were not recorded in the order of their numbers.
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
    /// Adds others.
    pub(crate) fn add(&mut self, other: Self) {
        self.part += other.part;
        self.whole += other.whole;
        self.rows += other.rows;
    }
}

/// What counts as of a day, known at an instant.
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
    /// Of nothing.
    fn new(covers: Covers) -> Self {
        Self {
            covers,
            exact_from: i64::MIN,
            names: Names::default(),
            entries: Vec::new(),
            days: Vec::new(),
            restated: Restated::default(),
            newest: HashMap::default(),
        }
    }

    /// When something was recorded last; none if nothing was.
    pub(crate) fn recorded_at(&self) -> Option<Timestamp> {
        self.covers.recorded_at
    }

    /// Whether the ledger is of just this version of a table.
    pub(crate) fn is_of(&self, table: &Table) -> bool {
        self.covers.version == table.version() && self.covers.has_all_of(table)
    }

    /// The days of deliveries with several versions, of all services and channels.
    pub(crate) fn restated_days(&self) -> BTreeSet<i32> {
        let days = self.days.iter().flat_map(|days| &days.restated);
        days.copied().collect()
    }

    /// Whether the ledger tells what was known at an instant; without one, what is known now.
    pub(crate) fn tells(&self, axes: Axes) -> bool {
        Seen::at(axes).known_at >= self.exact_from
    }

    /// Services and channels, by their numbers.
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

    /// All texts, by their columns and numbers.
    pub(crate) fn texts(&self) -> &Texts {
        self.names.texts()
    }

    /// The numbers of the texts of a group, by their columns; 0 is "absent".
    pub(crate) fn text_numbers(&self, group: GroupNumber) -> [u32; 8] {
        self.names.text_numbers(group)
    }

    /// The days of deliveries of a service and channel, up to a day, known at an instant; the newest
    /// first.
    pub(crate) fn days(&self, feed: FeedNumber, axes: Axes) -> impl Iterator<Item = i32> + use<'_> {
        let Seen { as_of, known_at } = Seen::at(axes);
        let days = self.days[feed.0 as usize].delivered.range(..=as_of).rev();
        days.filter(move |(_, recorded)| **recorded <= known_at)
            .map(|(day, _)| *day)
    }

    /// All entries that were recorded by an instant.
    pub(crate) fn known(&self, axes: Axes) -> impl Iterator<Item = &(Key, Counts)> {
        let known_at = Seen::at(axes).known_at;
        self.entries
            .iter()
            .filter(move |(key, _)| key.recorded <= known_at)
    }

    /// The entries that count as of a day, known at an instant. Those of one group and processed
    /// instant add up to what counts of it.
    pub(crate) fn counting(&self, axes: Axes) -> impl Iterator<Item = &(Key, Counts)> {
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

    /// How many entries, days and newest deliveries one of two ledgers has and the other has not, or has
    /// otherwise.
    fn differences(&self, other: &Self) -> usize {
        let exact_from = self.exact_from.max(other.exact_from);
        let [own, others] = [self, other].map(|ledger| ledger.statements(exact_from));
        own.symmetric_difference(&others).count()
    }

    /// All that the ledger says, with what was known from an instant on.
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

    /// Adds changes that were worked out from rows of a table. False if there would be too many entries,
    /// so that the ledger is of no use.
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

    /// Adds up over the instants at which entries were recorded so far.
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

/// Something that a ledger says, without the numbers that only it knows.
#[derive(PartialEq, Eq, Hash)]
enum Statement<'a> {
    /// Of a group, from a day until another, of a processed instant, recorded at an instant.
    Sum((Group<'a>, (i32, i32), (i64, i64)), Counts),
    /// Something was delivered of a service and channel about a day, first recorded at an instant.
    Day((&'a str, &'a str), i32, i64),
    /// A delivery of a service and channel about a day has several versions.
    Restated((&'a str, &'a str), i32),
    /// A customer's delivery about a day has several versions, of which this is one.
    Version((&'a str, &'a str), i32, CustomerId, i64),
    /// The newest delivery of a customer.
    Newest((&'a str, &'a str), CustomerId, Newest),
}

/// Entries in their order, each key once; what adds up to nothing goes.
fn added_up(mut entries: Vec<(Key, Counts)>) -> Vec<(Key, Counts)> {
    // Mostly there are a few new ones after many in their order, which this sort makes use of.
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

//! One sweep over the dates of a history, with the rows of customers.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use seatwise_types::{CustomerId, ProcessedDateTime};

use super::lines::{CountingRows, Lines};
use super::points::Line;
use super::question::{HistoryQuestion, Period};
use crate::ledger::{Counts, Ledger};
use crate::model::axes::Axes;
use crate::model::columns::{CHANNEL, CUSTOMER_NAME, SERVICE};
use crate::model::days::day;
use crate::model::limits::LATE_AFTER_DAYS;
use crate::model::texts::Texts;
use crate::query::question::QuestionError;
use crate::table::engine::Reserved;

/// The days of the deliveries of all customers, in their order, by service and channel.
pub(super) struct FeedDays(HashMap<(String, String), Vec<i32>>);

impl FeedDays {
    /// Those that were known at a point on the axes.
    pub(super) fn of(ledger: &Ledger, axes: Axes) -> Self {
        let feeds = ledger.feeds().map(|(number, (service, channel))| {
            let mut days: Vec<i32> = ledger.days(number, axes).collect();
            days.reverse();
            ((service.to_owned(), channel.to_owned()), days)
        });
        Self(feeds.collect())
    }

    pub(super) fn of_feed(&self, (service, channel): (&str, &str)) -> Vec<i32> {
        let days = self.0.get(&(service.to_owned(), channel.to_owned()));
        days.cloned().unwrap_or_default()
    }
}

/// The sum of rows of one delivery.
pub(super) struct DeliverySum {
    /// Numbers in [`Texts`]; 0 is absent or irrelevant.
    pub(super) text: [u32; 8],
    pub(super) customer: CustomerId,
    pub(super) day: i32,
    pub(super) processed: ProcessedDateTime,
    /// `None` if the delivery is empty.
    pub(super) counts: Option<(u64, u64)>,
}

/// The service and channel of a sum.
pub(super) fn feed_of<'a>(texts: &'a Texts, sum: &DeliverySum) -> (&'a str, &'a str) {
    let [service, channel, ..] = sum.text;
    (texts.text(SERVICE, service), texts.text(CHANNEL, channel))
}

/// The days of some sums, which are in their order.
pub(super) fn days_of(sums: &[DeliverySum]) -> Vec<i32> {
    let mut days: Vec<i32> = sums.iter().map(|sum| sum.day).collect();
    days.dedup();
    days
}

/// Sweeps over the dates of one service and channel, and keeps the contribution of each customer.
pub(super) struct Sweep<'a> {
    texts: &'a Texts,
    /// Those on which something was delivered of any customer, in their order.
    days: Vec<i32>,
    /// Sorted by day.
    deliveries: Vec<&'a [DeliverySum]>,
    /// How many of them are included.
    arrived: usize,
    /// How many of them are too old to count.
    passed: usize,
    /// The index of each customer's delivery that counts.
    current: HashMap<CustomerId, usize, RandomState>,
    counting: CountingRows<'a>,
    /// For the state of the sweep.
    memory: &'a mut Reserved,
}

/// The approximate memory of a customer that counts, in bytes.
const CUSTOMER_BYTES: usize = 128;

impl<'a> Sweep<'a> {
    pub(super) fn new(
        texts: &'a Texts,
        question: &'a HistoryQuestion,
        days: Vec<i32>,
        sums: &'a [DeliverySum],
        memory: &'a mut Reserved,
    ) -> Self {
        let of_one_delivery =
            |a: &DeliverySum, b: &DeliverySum| (a.day, a.customer) == (b.day, b.customer);
        Self {
            texts,
            days,
            deliveries: sums.chunk_by(of_one_delivery).collect(),
            arrived: 0,
            passed: 0,
            current: HashMap::default(),
            counting: CountingRows::new(texts, question),
            memory,
        }
    }

    pub(super) fn lines(mut self, periods: &[Period]) -> Result<Vec<Line>, QuestionError> {
        let mut lines = Lines::new(periods.len());
        for period in periods {
            let is_delivered = self.go_to(period);
            self.memory.resize(
                self.deliveries.capacity() * size_of::<&[DeliverySum]>()
                    + self.current.len() * CUSTOMER_BYTES
                    + self.counting.bytes(),
            )?;
            lines.note(&self.counting, is_delivered)?;
        }
        let feed = feed_of(self.texts, &self.deliveries[0][0]);
        Ok(lines.into_lines(feed, &self.customer_names()))
    }

    /// Moves to the last day of a period. Returns whether the period has a delivery of any customer:
    /// otherwise the figures are those of an earlier date.
    fn go_to(&mut self, period: &Period) -> bool {
        while let Some(delivery) = self.deliveries.get(self.arrived).copied()
            && day(delivery[0].day) <= period.last
        {
            if let Some(before) = self.current.insert(delivery[0].customer, self.arrived) {
                self.add(before, -1);
            }
            self.add(self.arrived, 1);
            self.arrived += 1;
        }
        let before = self.days.partition_point(|it| day(*it) <= period.last);
        let Some(newest) = before.checked_sub(1).map(|newest| self.days[newest]) else {
            return false;
        };
        let oldest = newest - i32::from(LATE_AFTER_DAYS);
        while let Some([first, ..]) = self.deliveries.get(self.passed)
            && first.day < oldest
        {
            if self.current.get(&first.customer) == Some(&self.passed) {
                self.current.remove(&first.customer);
                self.add(self.passed, -1);
            }
            self.passed += 1;
        }
        day(newest) >= period.first
    }

    /// Adds the sums of a delivery, or removes them.
    fn add(&mut self, delivery: usize, sign: i64) {
        for sum in self.deliveries[delivery] {
            let Some((part, whole)) = sum.counts else {
                continue;
            };
            let counts = Counts {
                part: sign * part.cast_signed(),
                whole: sign * whole.cast_signed(),
                rows: sign,
            };
            self.counting
                .add(&sum.text, Some(sum.customer), sum.processed, counts);
        }
    }

    /// The newest name of each customer; of equally new names, the last in alphabetical order.
    fn customer_names(&self) -> HashMap<CustomerId, (ProcessedDateTime, &'a str), RandomState> {
        let mut names = HashMap::default();
        for sum in self.deliveries.iter().copied().flatten() {
            let name = self.texts.text(CUSTOMER_NAME, sum.text[CUSTOMER_NAME]);
            let name = (sum.processed, name);
            let newest = names.entry(sum.customer).or_insert(name);
            *newest = name.max(*newest);
        }
        names
    }
}

//! The figures of all customers over time, from the ledger's spans of days.

use jiff::civil::Date;
use seatwise_types::ProcessedDateTime;

use super::lines::{CountingRows, Lines};
use super::points::{Line, check_points};
use super::question::{HistoryQuestion, Period};
use crate::ledger::{Counts, EntryKey, FOREVER, FeedNumber, Ledger};
use crate::model::days::{day, days};
use crate::model::limits::LATE_AFTER_DAYS;
use crate::model::selection::selects;
use crate::query::question::QuestionError;
use crate::table::engine::Reserved;

/// The lines of a history of all customers.
///
/// # Errors
/// If there are too many points, or not enough memory.
pub(super) fn lines(
    ledger: &Ledger,
    question: &HistoryQuestion,
    periods: &[Period],
    memory: &mut Reserved,
) -> Result<Vec<Line>, QuestionError> {
    let axes = question.axes();
    let feeds: Vec<(FeedNumber, (&str, &str))> = ledger.feeds().collect();
    let mut spans: Vec<Vec<Span<'_>>> = feeds.iter().map(|_| Vec::new()).collect();
    for (key, counts) in ledger.known(axes) {
        let feed = ledger.feed_of(key.group).0 as usize;
        if selects(&question.selection, feeds[feed].1) {
            spans[feed].push(Span {
                key,
                counts: *counts,
                end: key.until,
            });
        }
    }
    memory.resize(2 * size_of::<Span<'_>>() * spans.iter().map(Vec::len).sum::<usize>())?;
    let mut lines = Vec::new();
    let mut in_order: Vec<usize> = (0..feeds.len()).collect();
    in_order.sort_unstable_by_key(|feed| feeds[*feed].1);
    for feed in in_order {
        let (number, texts) = feeds[feed];
        let mut days: Vec<i32> = ledger.days(number, axes).collect();
        days.reverse();
        let spans = std::mem::take(&mut spans[feed]);
        let sweep = Sweep::new(ledger, question, days, spans);
        lines.extend(sweep.lines(periods, texts, memory)?);
        check_points(lines.len(), periods.len())?;
    }
    Ok(lines)
}

/// Rows that count from the day of their key until `end`.
#[derive(Clone, Copy)]
struct Span<'a> {
    key: &'a EntryKey,
    counts: Counts,
    /// The first day on which they no longer count.
    end: i32,
}

/// Sweeps over the dates of one service and channel.
struct Sweep<'a> {
    ledger: &'a Ledger,
    /// The days with deliveries, in order.
    days: Vec<i32>,
    /// Sorted by the first day on which they count.
    arriving: Vec<Span<'a>>,
    /// Sorted by the first day on which they no longer count.
    leaving: Vec<Span<'a>>,
    counting: CountingRows<'a>,
}

impl<'a> Sweep<'a> {
    fn new(
        ledger: &'a Ledger,
        question: &'a HistoryQuestion,
        days: Vec<i32>,
        mut spans: Vec<Span<'a>>,
    ) -> Self {
        for span in &mut spans {
            // A delivery is late from the first day that is more than 35 days newer.
            let late = span.key.since + i32::from(LATE_AFTER_DAYS) + 1;
            let late = days.get(days.partition_point(|day| *day < late));
            span.end = span.end.min(late.copied().unwrap_or(FOREVER));
        }
        let mut leaving = spans.clone();
        spans.sort_unstable_by_key(|span| span.key.since);
        leaving.sort_unstable_by_key(|span| span.end);
        Self {
            ledger,
            days,
            arriving: spans,
            leaving,
            counting: CountingRows::new(ledger.texts(), question),
        }
    }

    fn lines(
        mut self,
        periods: &[Period],
        texts: (&str, &str),
        memory: &mut Reserved,
    ) -> Result<Vec<Line>, QuestionError> {
        let mut lines = Lines::new(periods.len());
        let kept = memory.bytes();
        let (mut arrived, mut left) = (0, 0);
        for period in periods {
            let date = days(period.last);
            while let Some(span) = self.arriving.get(arrived).filter(|it| it.key.since <= date) {
                add(self.ledger, &mut self.counting, span, 1);
                arrived += 1;
            }
            while let Some(span) = self.leaving.get(left).filter(|it| it.end <= date) {
                add(self.ledger, &mut self.counting, span, -1);
                left += 1;
            }
            memory.resize(kept + self.counting.bytes())?;
            lines.note(&self.counting, self.is_delivered(period.first, period.last))?;
        }
        Ok(lines.into_lines(texts, &Default::default()))
    }

    /// Whether there is a delivery for one of these days.
    fn is_delivered(&self, first: Date, last: Date) -> bool {
        let next = self.days.partition_point(|it| day(*it) < first);
        self.days.get(next).is_some_and(|it| day(*it) <= last)
    }
}

fn add<'a>(ledger: &'a Ledger, counting: &mut CountingRows<'a>, span: &Span<'a>, sign: i64) {
    // The ledger comes from valid rows, so this is an instant.
    let Ok(processed) = ProcessedDateTime::from_microsecond(span.key.processed) else {
        return;
    };
    let counts = Counts {
        part: sign * span.counts.part,
        whole: sign * span.counts.whole,
        rows: sign * span.counts.rows,
    };
    counting.add(
        &ledger.text_numbers(span.key.group),
        None,
        processed,
        counts,
    );
}

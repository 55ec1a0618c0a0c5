//! Explanations of figures: the rows that they consist of, and what is left out.

mod earlier;
mod explanation;
mod feed;
mod reasons;

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use jiff::ToSpan as _;
use jiff::civil::Date;
use seatwise_types::PartnerId;
use seatwise_types::extensions::Selection;

use self::earlier::{Earlier, MOST_ROWS, Reading};
use self::feed::{EarlierDeliveries, Feed, LEFT_OUT_BYTES};
use crate::ledger::Ledger;
use crate::model::axes::{Axes, KnownAt, whole_millisecond};
use crate::model::days::day;
use crate::model::kind::Kind;
use crate::model::limits::LATE_AFTER_DAYS;
use crate::query::question::{Answer, QuestionError, check_rows};
use crate::query::snapshot::Snapshot;
use crate::table::damage::damaged;
use crate::table::delivery_numbers::DeliveryNumbers;
use crate::table::engine::Reserved;
use crate::table::store::Store;

pub use self::explanation::Explanation;

/// A question for an explanation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExplainQuestion {
    /// The table.
    pub kind: Kind,
    /// The day, and the instant at which it is known.
    pub axes: Axes,
    /// The figure, or a part of it.
    pub selection: Selection,
    /// The range of the listed deliveries and rows. Sums and reasons always cover all.
    pub page: Range<usize>,
}

impl Store {
    /// Explains the figure of a service and channel, or the part of it that a selection includes.
    /// `None` if the service and channel, or the customer there, never had a delivery.
    ///
    /// Late customers are left out of the figure of all customers. The figure of a single customer
    /// includes its rows, late or not.
    ///
    /// The snapshot must have the same partner, kind and axes.
    ///
    /// # Errors
    /// If there are too many rows, or the table cannot be read.
    pub async fn explain(
        &self,
        partner: PartnerId,
        question: &ExplainQuestion,
        snapshot: Arc<Snapshot>,
    ) -> Result<Option<Answer<Explanation>>, QuestionError> {
        let ExplainQuestion {
            kind,
            axes,
            ref selection,
            ref page,
        } = *question;
        // Unknown codes are kept as received, so one code can have two spellings.
        let Some(first) = snapshot.selected_deliveries(selection).next() else {
            return Ok(None);
        };
        let (feed, names) = (first.delivery.feed, first.feed());
        // The table may have a later version than the snapshot.
        let known_at = axes
            .known_at
            .or(snapshot.recorded_at().map(KnownAt::settled));
        let axes = Axes { known_at, ..axes };
        let oldest = oldest_predecessor(&snapshot, selection);
        let snapshot = &snapshot;
        self.with_newest(partner, kind, move |table| async move {
            // The ledger has the deliveries before the newest ones.
            let ledger = self.ledger(&table).await?;
            let is_newest = |ledger: &Ledger| {
                let known_at = known_at.map(KnownAt::timestamp);
                axes.as_of.is_none() && ledger.recorded_at().map(whole_millisecond) <= known_at
            };
            let ledger = ledger.filter(|ledger| is_newest(ledger));
            let known = ledger.map(|ledger| Earlier {
                before: DeliveryNumbers::of(ledger.deliveries_before(names, selection.customer)),
                restated: ledger.newest_restated(names, selection.customer),
            });
            let (engine, snapshot) = (Arc::clone(self.engine()), Arc::clone(snapshot));
            let (selection, page) = (selection.clone(), page.clone());
            let work = async move {
                let version = table.version_known_at(known_at.map(KnownAt::timestamp));
                let version = version
                    .map_err(|err| damaged(partner, kind, "read its log", &table.folder, err))?;
                let mut memory = engine.reservation("an explanation");
                let feed = Feed::new(&snapshot, feed, &selection);
                let of = (kind, &selection, &page);
                let mut explanation = feed.explain(of, version, &mut memory)?;
                let reading = Reading {
                    engine: &engine,
                    table: &table,
                    axes,
                    customer: selection.customer,
                };
                let earlier = known.ok_or(oldest);
                let before = before(&reading, &feed, &selection, earlier, &mut memory).await?;
                explanation.left_out.extend(before.into_left_out());
                explanation
                    .left_out
                    .extend(feed.of_other_channels(&selection));
                Ok(Answer {
                    value: explanation,
                    recorded_at: known_at.map(KnownAt::timestamp),
                    memory,
                })
            };
            self.question("explain a figure of", work).await
        })
        .await
    }
}

/// The oldest day of a selected delivery before the newest one: a delivery that counts may be 35 days
/// older than the newest, and its predecessor another 35 days.
fn oldest_predecessor(snapshot: &Snapshot, selection: &Selection) -> Date {
    let newest = snapshot.selected_deliveries(selection);
    let newest = newest.map(|it| it.delivery.day).max();
    let both = 2 * i64::from(LATE_AFTER_DAYS);
    day(newest.unwrap_or(0)).saturating_sub(both.days())
}

/// What earlier deliveries say about a figure: those of the ledger, or else all from a day on.
async fn before(
    reading: &Reading<'_>,
    feed: &Feed<'_>,
    selection: &Selection,
    earlier: Result<Earlier, Date>,
    memory: &mut Reserved,
) -> Result<EarlierDeliveries, QuestionError> {
    let mut before = EarlierDeliveries::default();
    let mut note = |batch: &RecordBatch, may_be_vanished| {
        before.rows += batch.num_rows();
        let noted = before.left_out.len();
        let of = (reading.table.kind, selection);
        feed.before(of, batch, may_be_vanished, &mut before)?;
        Ok(memory.grow((before.left_out.len() - noted) * LEFT_OUT_BYTES)?)
    };
    match earlier {
        Ok(known) => reading.earlier(&known, selection, &mut note).await?,
        Err(oldest) => reading.around(oldest, selection, &mut note).await?,
    }
    check_rows(before.rows, MOST_ROWS, "rows to read", "one customer")?;
    Ok(before)
}

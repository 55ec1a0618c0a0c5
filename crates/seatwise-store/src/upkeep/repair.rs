//! Repair of a partner's tables after a wrong clock.
//!
//! It corrects two things. Deliveries recorded in the future get a recording time from now on, in
//! the same order: answers as known before today stay the same. Deliveries with a processed date in
//! the future are removed: with a correct clock, no import accepts such rows, and as the newest of
//! all they make all other customers late.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::{Array as _, AsArray, RecordBatch, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::{Date32Type, Int64Type, TimestampMicrosecondType};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{col, lit};
use deltalake::kernel::Add;
use foldhash::fast::RandomState;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use seatwise_types::PartnerId;
use serde::Serialize;

use crate::model::days::{day, days};
use crate::model::error::{Cause, StoreError};
use crate::model::kind::Kind;
use crate::table::clock::{Future, agree, recorded_at};
use crate::table::damage::damaged;
use crate::table::delta::{DataFile, Table};
use crate::table::engine::collect;
use crate::table::merge::in_order;
use crate::table::session::rows;
use crate::table::stats::FileStats;
use crate::table::store::Store;

/// The number of removed deliveries of a table that are listed.
const NAMED: usize = 10;

/// What was repaired for a partner, or would be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Repaired {
    /// The tables with errors.
    pub tables: Vec<RepairedTable>,
    /// The change of `settled-at`; `None` if it stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<SettledAgain>,
}

/// What was repaired in one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RepairedTable {
    /// The table.
    pub kind: Kind,
    /// Deliveries that were recorded in the future and get a new recording time; `None` if there
    /// are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<MovedDeliveries>,
    /// Deliveries with a processed date in the future, which are removed; `None` if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removed: Option<RemovedDeliveries>,
    /// Data files removed from the disk, including those of earlier versions.
    pub files_removed: u64,
}

/// Deliveries that were recorded in the future.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MovedDeliveries {
    /// The number of deliveries.
    pub deliveries: u64,
    /// The previous recording time of the first of them.
    pub from_first: Timestamp,
    /// The previous recording time of the last of them.
    pub from_last: Timestamp,
    /// The new recording time of the first of them.
    pub to_first: Timestamp,
    /// The new recording time of the last of them.
    pub to_last: Timestamp,
}

/// Deliveries that were removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RemovedDeliveries {
    /// The number of deliveries, including restated ones.
    pub deliveries: u64,
    /// Their rows.
    pub rows: u64,
    /// The units of the first ten of them.
    pub first: Vec<RemovedUnit>,
}

/// The unit of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RemovedUnit {
    /// The customer's tenant id.
    pub customer_id: String,
    /// The code of the service.
    pub service_code: String,
    /// The channel.
    pub channel: String,
    /// The day in UTC.
    pub processed_date: Date,
}

/// A change of `settled-at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SettledAgain {
    /// The previous instant; `None` if it was missing or unreadable.
    pub from: Option<Timestamp>,
    /// The new instant.
    pub to: Timestamp,
}

impl Repaired {
    /// Whether there was nothing to repair.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.settled_at.is_none()
    }
}

impl Store {
    /// Makes the tables of a partner consistent with a correct clock. With `dry_run` it only
    /// returns what it would do.
    ///
    /// Deliveries recorded more than a day after `now` get recording times from `now` on, each one
    /// millisecond after the previous one. Deliveries with a processed date that no import accepts
    /// at `now` are removed. An instant in `settled-at` that lies in the future, or is unreadable,
    /// becomes `now`; so does one older than 400 days without later records, so that imports can
    /// continue. Earlier versions of a changed table are no longer readable.
    ///
    /// # Errors
    /// If a table cannot be read or written. Call again to repair the rest. If the folder is on a
    /// file system without locks, where others may be writing.
    #[expect(
        clippy::too_many_lines,
        reason = "the order of the steps under one lock is what repairs"
    )]
    pub async fn repair(
        &self,
        partner: PartnerId,
        now: Timestamp,
        dry_run: bool,
    ) -> Result<Repaired, StoreError> {
        let lock = self.lock_as_is(partner, now).await?;
        if !dry_run {
            lock.excludes_others(&self.partner_folder(partner))?;
        }
        let future = Future::of(now);
        let mut tables = Vec::new();
        for kind in Kind::ALL {
            if let Some(table) = self.table(partner, kind).await? {
                let wrong = Wrong::find(self, &table, &future).await.map_err(|err| {
                    damaged(partner, kind, "read its deliveries", &table.folder, err)
                })?;
                tables.push((table, wrong));
            }
        }
        // Answers given before now must not change, so moved deliveries come after them.
        let settled = self.noted_settled(partner);
        let is_lost = !matches!(&settled, Ok(at) if *at <= Some(future.recorded));
        let noted = settled.as_ref().ok().copied().flatten();
        let last = tables
            .iter()
            .filter_map(|(_, wrong)| wrong.last_right)
            .max();
        let last = last.max(if is_lost { Some(now) } else { noted });
        let moves = Moves::new(
            tables.iter().flat_map(|(_, wrong)| &wrong.recorded),
            last,
            now,
        );

        let is_wrong = tables.iter().any(|(_, wrong)| !wrong.files.is_empty());
        let is_long_ago = matches!(agree(last, now), Err(StoreError::ClockAhead { .. }));
        let mut repaired = Repaired::default();
        if is_lost || is_long_ago && !is_wrong {
            repaired.settled_at = Some(SettledAgain {
                from: noted,
                to: now,
            });
            if !dry_run {
                self.settle_again(partner, now, &lock)?;
            }
        }
        for (table, wrong) in &tables {
            let mut mended = wrong.receipt(table.kind, &moves);
            if !dry_run {
                // Instants used in answers stay settled, even if the rows that settled them are
                // removed.
                if let Some(last) = wrong.last_right.filter(|_| !wrong.files.is_empty()) {
                    self.note_settled(partner, last, &lock)?;
                }
                let fail = |err| damaged(partner, table.kind, "mend it", &table.folder, err);
                let adds = wrong
                    .rewrite(self, table, &future, &moves)
                    .await
                    .map_err(fail)?;
                let Some(vacuumed) = self.replace_permanently(table, &wrong.files, adds).await?
                else {
                    let (table, attempts) = (table.kind, 1);
                    return Err(StoreError::Contended {
                        partner,
                        table,
                        attempts,
                    });
                };
                mended.files_removed = vacuumed.removed.count;
            }
            if !wrong.files.is_empty() {
                repaired.tables.push(mended);
            }
        }
        Ok(repaired)
    }
}

/// What lies in the future in a table.
#[derive(Default)]
struct Wrong {
    /// The indexes of the affected files.
    files: Vec<usize>,
    /// The last recording time that is not in the future.
    last_right: Option<Timestamp>,
    /// The recording times in the future of deliveries that stay, in microseconds.
    recorded: BTreeSet<i64>,
    /// The number of deliveries with these recording times.
    moved: u64,
    removed: RemovedDeliveries,
}

impl Wrong {
    async fn find(store: &Store, table: &Table, future: &Future) -> Result<Self, Cause> {
        let mut wrong = Self::default();
        for (place, file) in table.files.iter().enumerate() {
            let max = &file.stats.max_values;
            if max.recorded_at <= future.recorded && max.processed_date <= future.processed {
                wrong.last_right = wrong.last_right.max(Some(max.recorded_at));
                continue;
            }
            wrong.files.push(place);
            wrong.look_into(store, table, file, future).await?;
        }
        Ok(wrong)
    }

    /// Examines the deliveries of a file.
    async fn look_into(
        &mut self,
        store: &Store,
        table: &Table,
        file: &DataFile,
        future: &Future,
    ) -> Result<(), Cause> {
        let columns = [
            "delivery_id",
            "recorded_at",
            "processed_date",
            "customer_tenant_id",
            "service_code",
            "channel",
        ];
        let read = rows(store.session(), table, &[file]).await?;
        let batches = collect(in_order(read)?.select_columns(&columns)?).await?;
        let mut seen: HashSet<i64, RandomState> = HashSet::default();
        for batch in &batches {
            let ids = batch.column(0).as_primitive::<Int64Type>();
            let recorded = batch.column(1).as_primitive::<TimestampMicrosecondType>();
            let processed = batch.column(2).as_primitive::<Date32Type>();
            let text = |column: usize, row| batch.column(column).as_string_view().value(row);
            for row in 0..batch.num_rows() {
                let is_first = seen.insert(ids.value(row));
                let recorded_at = Timestamp::from_microsecond(recorded.value(row))?;
                let is_right = recorded_at <= future.recorded;
                if is_right {
                    self.last_right = self.last_right.max(Some(recorded_at));
                }
                let processed_date = day(processed.value(row));
                if processed_date > future.processed {
                    self.removed.rows += 1;
                    self.removed.deliveries += u64::from(is_first);
                    if is_first && self.removed.first.len() < NAMED {
                        self.removed.first.push(RemovedUnit {
                            customer_id: text(3, row).to_owned(),
                            service_code: text(4, row).to_owned(),
                            channel: text(5, row).to_owned(),
                            processed_date,
                        });
                    }
                } else if !is_right {
                    self.recorded.insert(recorded.value(row));
                    self.moved += u64::from(is_first);
                }
            }
        }
        Ok(())
    }

    fn receipt(&self, kind: Kind, moves: &Moves) -> RepairedTable {
        let ends = self.recorded.first().zip(self.recorded.last());
        let moved = ends.map(|(first, last)| MovedDeliveries {
            deliveries: self.moved,
            from_first: instant(*first),
            from_last: instant(*last),
            to_first: instant(moves.to(*first)),
            to_last: instant(moves.to(*last)),
        });
        RepairedTable {
            kind,
            moved,
            removed: Some(self.removed.clone()).filter(|removed| removed.deliveries > 0),
            files_removed: 0,
        }
    }

    /// Writes corrected files to replace the affected ones. No version names them yet.
    async fn rewrite(
        &self,
        store: &Store,
        table: &Table,
        future: &Future,
        moves: &Moves,
    ) -> Result<Vec<Add>, Cause> {
        let last_day = lit(ScalarValue::Date32(Some(days(future.processed))));
        let mut adds = Vec::new();
        for place in &self.files {
            let read = rows(store.session(), table, &[&table.files[*place]]).await?;
            let staying = read.filter(col("processed_date").lt_eq(last_day.clone()))?;
            let batches = collect(in_order(staying)?).await?;
            let moved = batches.iter().map(|batch| moves.apply(batch));
            let batches = moved.collect::<Result<Vec<_>, Cause>>()?;
            if let Some(stats) = FileStats::of(&batches)? {
                adds.push(table.put_rows(batches, &stats).await?);
            }
        }
        Ok(adds)
    }
}

/// The new instant for each instant in the future, in microseconds.
struct Moves(HashMap<i64, i64, RandomState>);

impl Moves {
    /// New instants from now on and after the last correct one, in the same order.
    fn new<'a>(
        from: impl Iterator<Item = &'a i64>,
        last_right: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        let from: BTreeSet<i64> = from.copied().collect();
        let mut to = recorded_at(last_right, now);
        let mut moves = HashMap::default();
        for at in from {
            moves.insert(at, to.as_microsecond());
            to += SignedDuration::from_millis(1);
        }
        Self(moves)
    }

    fn to(&self, at: i64) -> i64 {
        self.0.get(&at).copied().unwrap_or(at)
    }

    fn apply(&self, batch: &RecordBatch) -> Result<RecordBatch, Cause> {
        let place = batch.schema().index_of("recorded_at")?;
        let recorded = batch
            .column(place)
            .as_primitive::<TimestampMicrosecondType>();
        let moved: TimestampMicrosecondArray = recorded.unary(|at| self.to(at));
        let mut columns = batch.columns().to_vec();
        columns[place] = Arc::new(moved.with_data_type(recorded.data_type().clone()));
        Ok(RecordBatch::try_new(batch.schema(), columns)?)
    }
}

/// An instant in a table, which is always in range.
fn instant(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(microseconds).unwrap_or(Timestamp::MAX)
}

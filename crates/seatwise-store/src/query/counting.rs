//! Which deliveries count at a moment.

use std::ops::RangeInclusive;

use datafusion::arrow::array::AsArray as _;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::prelude::SessionContext;
use seatwise_types::CustomerId;

use crate::ledger::{Ledger, NewestAt};
use crate::model::axes::Axes;
use crate::model::days::{day, days};
use crate::model::error::StoreError;
use crate::model::limits::DELIVERY_BITS;
use crate::query::moment::Moment;
use crate::table::customer_range::CustomerRange;
use crate::table::delivery_numbers::DeliveryNumbers;
use crate::table::delta::{DataFile, Table};
use crate::table::engine::Engine;
use crate::table::session::each_batch;

const ACTION: &str = "look for the rows that count";

/// How to find the deliveries that count.
pub(super) enum Counting {
    /// The ledger has them, or says where to look for the others.
    Ledger(NewestAt, Axes),
    /// A query over all rows.
    Query(Moment),
}

impl Counting {
    /// Uses the ledger if it covers the table and the moment.
    pub(super) fn at(moment: Moment, ledger: Option<&Ledger>, table: &Table) -> Self {
        match (moment, ledger) {
            // A ledger of a later version may have other newest deliveries.
            (Moment::At(axes), Some(ledger)) if ledger.is_of(table) => {
                Self::Ledger(ledger.newest_at(axes), axes)
            }
            _ => Self::Query(moment),
        }
    }

    /// The newest delivery of each customer, service and channel, late or not.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub(super) async fn deliveries(
        self,
        engine: &Engine,
        table: &Table,
    ) -> Result<DeliveryNumbers, StoreError> {
        match self {
            Self::Ledger(newest, axes) => look_for(engine, table, newest, axes).await,
            Self::Query(moment) => {
                let of_moment = match moment {
                    Moment::At(axes) => axes.to_string(),
                    Moment::Day(day) => format!("processed_date = date '{day}'"),
                };
                let files = files_of(&table.files, moment);
                newest_of(engine.session(), table, files, &of_moment).await
            }
        }
    }
}

/// A delivery's rank consists of its day, then its number. The largest rank is the newest delivery;
/// on the same day, the one recorded last.
const ONE_DAY: i64 = 1 << DELIVERY_BITS;

fn of_rank(rank: i64) -> (i32, i64) {
    (rank.div_euclid(ONE_DAY) as i32, rank.rem_euclid(ONE_DAY))
}

/// Each customer's newest delivery of each service and channel, among the rows of these files that
/// meet a condition.
///
/// # Errors
/// If the table cannot be read.
pub(super) async fn newest_of(
    session: &SessionContext,
    table: &Table,
    files: Vec<&DataFile>,
    condition: &str,
) -> Result<DeliveryNumbers, StoreError> {
    let sql = format!(
        "select max(cast(cast(processed_date as int) as bigint) * {ONE_DAY} + delivery_id)
         from facts where {condition} group by service_code, channel, customer_tenant_id"
    );
    let mut ranks: Vec<i64> = Vec::new();
    each_batch(session, table, files, &sql, ACTION, |batch| {
        let found = batch.column(0).as_primitive::<Int64Type>();
        ranks.extend(found.iter().flatten());
        Ok(())
    })
    .await?;
    Ok(DeliveryNumbers::of(ranks.into_iter().map(of_rank)))
}

/// A query with the column `number`: for each service, channel, customer and day, the last version
/// that meets a condition.
pub(crate) fn newest_versions(condition: &str) -> String {
    format!(
        "select max(delivery_id) as number from facts where {condition}
         group by service_code, channel, customer_tenant_id, processed_date"
    )
}

/// Looks for deliveries that the ledger does not have, from the newest day backwards: usually all
/// customers have a delivery within a few days.
async fn look_for(
    engine: &Engine,
    table: &Table,
    newest: NewestAt,
    axes: Axes,
) -> Result<DeliveryNumbers, StoreError> {
    let NewestAt {
        mut known,
        mut missing,
        days,
        feeds,
    } = newest;
    let (mut rest, mut at_once) = (&days[..], 1);
    while let (false, [newest, ..]) = (missing.is_empty(), rest) {
        let (some, others) = rest.split_at(at_once.min(rest.len()));
        let span = some.last().copied().unwrap_or(*newest)..=*newest;
        let range = CustomerRange::of(missing.iter().map(|(_, id)| *id));
        let files = table.files.iter();
        let files = files.filter(|file| {
            axes.may_see(file) && may_have_days(file, &span) && range.may_be_in(file)
        });
        let (first, last, of_customers) = (day(*span.start()), day(*span.end()), range.condition());
        let sql = format!(
            "select service_code, channel, customer_tenant_id,
                 max(cast(cast(processed_date as int) as bigint) * {ONE_DAY} + delivery_id)
             from facts
             where {axes} and processed_date between date '{first}' and date '{last}'
                 and {of_customers}
             group by service_code, channel, customer_tenant_id"
        );
        each_batch(engine.session(), table, files, &sql, ACTION, |batch| {
            let text = |column: usize| batch.column(column).as_string_view();
            let (services, channels, customers) = (text(0), text(1), text(2));
            let ranks = batch.column(3).as_primitive::<Int64Type>();
            for row in 0..batch.num_rows() {
                let feed = (
                    services.value(row).to_owned(),
                    channels.value(row).to_owned(),
                );
                let feed = feeds.get(&feed).copied();
                let id: Option<CustomerId> = customers.value(row).parse().ok();
                if feed.zip(id).is_some_and(|of| missing.remove(&of)) {
                    known.push(of_rank(ranks.value(row)));
                }
            }
            Ok(())
        })
        .await?;
        (rest, at_once) = (others, at_once * 6);
    }
    Ok(DeliveryNumbers::of(known))
}

fn may_have_days(file: &DataFile, span: &RangeInclusive<i32>) -> bool {
    let (min, max) = (&file.stats.min_values, &file.stats.max_values);
    days(min.processed_date) <= *span.end() && *span.start() <= days(max.processed_date)
}

/// The files that can hold rows that count.
fn files_of(files: &[DataFile], moment: Moment) -> Vec<&DataFile> {
    let can_hold = |file: &&DataFile| {
        let (min, max) = (&file.stats.min_values, &file.stats.max_values);
        match moment {
            Moment::At(axes) => axes.may_see(file),
            Moment::Day(day) => (min.processed_date..=max.processed_date).contains(&day),
        }
    };
    files.iter().filter(can_hold).collect()
}

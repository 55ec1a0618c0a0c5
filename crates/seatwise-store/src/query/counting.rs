//! Which deliveries count at a moment.

use datafusion::arrow::array::AsArray as _;
use datafusion::arrow::datatypes::Int64Type;

use crate::ledger::Ledger;
use crate::model::error::StoreError;
use crate::model::limits::DELIVERY_BITS;
use crate::query::snapshot::Moment;
use crate::table::delta::{DataFile, Table};
use crate::table::engine::Engine;
use crate::table::numbered::Deliveries;
use crate::table::session::each_batch;

/// The newest delivery of each customer, service and channel at a moment, late or not. Where the ledger
/// does not know it, a query finds out: see [`figures`](crate::query::figures) for the rank of a
/// delivery.
///
/// # Errors
/// If the table cannot be read.
pub(super) async fn counting(
    engine: &Engine,
    table: &Table,
    moment: Moment,
    ledger: Option<&Ledger>,
) -> Result<Deliveries, StoreError> {
    if let Some(ledger) = ledger.filter(|ledger| moment == Moment::NEWEST && ledger.is_of(table)) {
        return Ok(Deliveries::of(ledger.newest_deliveries()));
    }
    let one_day = 1_i64 << DELIVERY_BITS;
    let of_moment = match moment {
        Moment::At(axes) => axes.to_string(),
        Moment::Day(day) => format!("processed_date = date '{day}'"),
    };
    let sql = format!(
        "select max(cast(cast(processed_date as int) as bigint) * {one_day} + delivery_id)
         from facts where {of_moment} group by service_code, channel, customer_tenant_id"
    );
    let mut ranks: Vec<i64> = Vec::new();
    let files = files_of(&table.files, moment);
    let action = "look for the rows that count";
    each_batch(engine.session(), table, files, &sql, action, |batch| {
        let found = batch.column(0).as_primitive::<Int64Type>();
        ranks.extend(found.iter().flatten());
        Ok(())
    })
    .await?;
    let of_rank = |rank: i64| ((rank.div_euclid(one_day)) as i32, rank.rem_euclid(one_day));
    Ok(Deliveries::of(ranks.into_iter().map(of_rank)))
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

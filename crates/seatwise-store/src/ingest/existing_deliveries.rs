//! The stored deliveries that new ones are compared with.

use std::collections::HashMap;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Int32Type, Int64Type};
use datafusion::common::DataFusionError;
use datafusion::logical_expr::{cast, col};
use datafusion::prelude::SessionContext;
use foldhash::fast::RandomState;
use futures::TryStreamExt as _;
use seatwise_types::CustomerId;

use crate::ingest::batch::Batch;
use crate::model::content_hash::ContentHash;
use crate::model::fact::Unit;
use crate::model::texts::Texts;
use crate::table::delta::Table;
use crate::table::session::rows;

/// The newest version of each unit; `None` if there is none.
pub(crate) type Known = HashMap<Unit, Option<Version>, RandomState>;

/// A version of a unit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Version {
    pub(crate) delivery_id: i64,
    pub(crate) hash: ContentHash,
    /// When it was recorded, in microseconds since 1970.
    pub(crate) recorded_at: i64,
}

/// All versions of each unit.
pub(crate) type Versions = HashMap<Unit, Vec<Version>, RandomState>;

/// Reads all stored versions of each unit of a batch.
pub(crate) async fn versions(
    session: &SessionContext,
    table: &Table,
    batch: &Batch,
    texts: &Texts,
) -> Result<Versions, DataFusionError> {
    let mut versions: Versions = batch.iter().map(|(it, _)| (it.unit, Vec::new())).collect();
    each_version(session, table, batch, texts, |unit, version| {
        if let Some(versions) = versions.get_mut(&unit) {
            versions.push(version);
        }
    })
    .await?;
    Ok(versions)
}

/// Reads the newest stored version of each unit of a batch. Other units are not kept, so the memory
/// depends only on the batch.
pub(crate) async fn known(
    session: &SessionContext,
    table: &Table,
    batch: &Batch,
    texts: &Texts,
) -> Result<Known, DataFusionError> {
    let mut known: Known = batch.iter().map(|(it, _)| (it.unit, None)).collect();
    each_version(session, table, batch, texts, |unit, version| {
        if let Some(newest) = known.get_mut(&unit)
            && newest.is_none_or(|newest| newest.delivery_id < version.delivery_id)
        {
            *newest = Some(version);
        }
    })
    .await?;
    Ok(known)
}

/// Reads the versions in the areas of a batch.
async fn each_version(
    session: &SessionContext,
    table: &Table,
    batch: &Batch,
    texts: &Texts,
    mut take: impl FnMut(Unit, Version),
) -> Result<(), DataFusionError> {
    let files = batch.areas.files_of(table);
    let Some(within) = batch.areas.condition().filter(|_| !files.is_empty()) else {
        return Ok(());
    };
    let names = [
        "service_code",
        "channel",
        "customer_tenant_id",
        "content_hash",
        "delivery_id",
    ];
    let mut columns: Vec<_> = names.map(col).into();
    columns.push(cast(col("processed_date"), DataType::Int32).alias("day"));
    columns.push(cast(col("recorded_at"), DataType::Int64).alias("recorded"));
    let mut batches = rows(session, table, &files)
        .await?
        .filter(within)?
        .select(columns)?
        .execute_stream()
        .await?;
    while let Some(found) = batches.try_next().await? {
        each(&found, texts, &mut take);
    }
    Ok(())
}

fn each(batch: &RecordBatch, texts: &Texts, take: &mut impl FnMut(Unit, Version)) {
    let [services, channels, customers, hashes] =
        [0, 1, 2, 3].map(|column| batch.column(column).as_string_view());
    let deliveries = batch.column(4).as_primitive::<Int64Type>();
    let days = batch.column(5).as_primitive::<Int32Type>();
    let recorded = batch.column(6).as_primitive::<Int64Type>();
    let mut last = None;
    for row in 0..batch.num_rows() {
        // The rows of a delivery are consecutive.
        let delivery_id = deliveries.value(row);
        if last.replace(delivery_id) == Some(delivery_id) {
            continue;
        }
        // A service or channel that no new row has cannot be in one of their units.
        let (Some(service), Some(channel)) = (
            texts.find(0, services.value(row)),
            texts.find(1, channels.value(row)),
        ) else {
            continue;
        };
        let (Ok(customer), Some(hash)) = (
            customers.value(row).parse::<CustomerId>(),
            ContentHash::parse(hashes.value(row)),
        ) else {
            continue;
        };
        let customer = customer.as_uuid().as_u64_pair();
        let unit = Unit {
            service,
            channel,
            customer,
            day: days.value(row),
        };
        let version = Version {
            delivery_id,
            hash,
            recorded_at: recorded.value(row),
        };
        take(unit, version);
    }
}

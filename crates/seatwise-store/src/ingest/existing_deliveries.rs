//! The stored deliveries that new ones are compared with.

use std::collections::HashMap;
use std::io;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Date32Type, Int64Type, TimestampMicrosecondType};
use datafusion::prelude::SessionContext;
use foldhash::fast::RandomState;
use seatwise_types::CustomerId;

use crate::ingest::batch::Batch;
use crate::ingest::losses;
use crate::model::content_hash::ContentHash;
use crate::model::error::{Cause, StoreError};
use crate::model::fact::Unit;
use crate::model::texts::Texts;
use crate::table::delta::{DataFile, Table};
use crate::table::session::each_selected;
use crate::table::stored_row::{numbers, text};

/// The number of deliveries up to which a batch is small: the rows of what it restates are read
/// together with the versions, which saves a query.
const SMALL_BATCH: usize = 64;

/// The largest number of rows that are kept for it, about 500 bytes each.
const ROWS_KEPT: usize = 16 << 10;

/// The newest version of each unit; `None` if there is none.
pub(crate) type Known = HashMap<Unit, Option<Version>, RandomState>;

/// What is stored of the units of a batch.
pub(crate) struct Existing {
    pub(crate) known: Known,
    /// Rows with the [columns of losses](losses::columns), all rows of the known versions among
    /// them. `None` if there are many.
    pub(crate) rows: Option<Vec<RecordBatch>>,
}

impl Existing {
    /// If nothing is stored.
    pub(crate) fn nothing(batch: &Batch) -> Self {
        Self {
            known: batch.iter().map(|(it, _)| (it.unit, None)).collect(),
            rows: Some(Vec::new()),
        }
    }

    fn keep(&mut self, more: &RecordBatch) {
        let Some(rows) = &mut self.rows else { return };
        rows.push(more.clone());
        if rows.iter().map(RecordBatch::num_rows).sum::<usize>() > ROWS_KEPT {
            self.rows = None;
        }
    }
}

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
) -> Result<Versions, StoreError> {
    let mut versions: Versions = batch.iter().map(|(it, _)| (it.unit, Vec::new())).collect();
    let files = batch.areas.files_of(table);
    each_batch(session, table, files, batch, &VERSION, |stored| {
        each_version(stored, texts, |unit, version| {
            if let Some(versions) = versions.get_mut(&unit) {
                versions.push(version);
            }
        })?;
        Ok(())
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
) -> Result<Existing, StoreError> {
    let mut existing = Existing::nothing(batch);
    let mut columns = VERSION.to_vec();
    if batch.len() > SMALL_BATCH {
        existing.rows = None;
    } else {
        let of_losses = losses::columns(table.kind).into_iter();
        columns.extend(of_losses.filter(|name| !VERSION.contains(name)));
    }
    let mut files = batch.areas.files_of(table);
    files.sort_by_key(|file| *file.numbers().end());
    // A unit that is restated again and again has a version in each of many files. The newest files
    // are read first, until no other file can have a newer version.
    let mut together = 1;
    while let Some(newest) = files.last()
        && existing.known.values().any(|version| {
            version.is_none_or(|version| version.delivery_id < *newest.numbers().end())
        })
    {
        let newest = files.split_off(files.len().saturating_sub(together));
        each_batch(session, table, newest, batch, &columns, |stored| {
            each_version(stored, texts, |unit, version| {
                if let Some(newest) = existing.known.get_mut(&unit)
                    && newest.is_none_or(|newest| newest.delivery_id < version.delivery_id)
                {
                    *newest = Some(version);
                }
            })?;
            existing.keep(stored);
            Ok(())
        })
        .await?;
        together *= 4;
    }
    Ok(existing)
}

/// The columns that tell which version a row belongs to.
const VERSION: [&str; 7] = [
    "service_code",
    "channel",
    "customer_tenant_id",
    "content_hash",
    "delivery_id",
    "processed_date",
    "recorded_at",
];

/// Passes these columns of the rows in the areas of a batch from these files to `take`.
async fn each_batch(
    session: &SessionContext,
    table: &Table,
    files: Vec<&DataFile>,
    batch: &Batch,
    columns: &[&str],
    take: impl FnMut(&RecordBatch) -> Result<(), Cause>,
) -> Result<(), StoreError> {
    let Some(within) = batch.areas.condition() else {
        return Ok(());
    };
    let action = "read its deliveries";
    each_selected(session, table, files, columns, within, action, take).await
}

/// Passes the versions in rows with the columns of [`VERSION`] to `take`.
fn each_version(
    batch: &RecordBatch,
    texts: &Texts,
    mut take: impl FnMut(Unit, Version),
) -> io::Result<()> {
    let (services, channels) = (text(batch, "service_code")?, text(batch, "channel")?);
    let customers = text(batch, "customer_tenant_id")?;
    let hashes = text(batch, "content_hash")?;
    let deliveries = numbers::<Int64Type>(batch, "delivery_id")?;
    let days = numbers::<Date32Type>(batch, "processed_date")?;
    let recorded = numbers::<TimestampMicrosecondType>(batch, "recorded_at")?;
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
    Ok(())
}

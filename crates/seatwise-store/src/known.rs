//! The deliveries that a table has already, as far as new ones may be compared with them.

use std::collections::HashMap;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Int32Type, Int64Type};
use datafusion::common::DataFusionError;
use datafusion::logical_expr::{cast, col, lit};
use datafusion::prelude::SessionContext;
use foldhash::fast::RandomState;
use futures::TryStreamExt as _;
use seatwise_types::CustomerId;

use crate::delivery::ContentHash;
use crate::session::rows;
use crate::staging::{Texts, Unit};
use crate::table::{DataFile, Table};
use crate::write::{customer, day};

/// What a table says about the newest version of each unit.
pub(crate) type Known = HashMap<Unit, Version, RandomState>;

/// A version of a unit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Version {
    delivery_id: i64,
    pub(crate) hash: ContentHash,
}

/// The smallest and largest customer and day among new rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) customers: ((u64, u64), (u64, u64)),
    pub(crate) days: (i32, i32),
}

impl Bounds {
    /// The bounds of `bounds`, if any, and of one more unit.
    pub(crate) fn with(bounds: Option<Self>, unit: &Unit) -> Self {
        let Unit { customer, day, .. } = *unit;
        match bounds {
            None => Self {
                customers: (customer, customer),
                days: (day, day),
            },
            Some(Self {
                customers: (first, last),
                days: (from, to),
            }) => Self {
                customers: (first.min(customer), last.max(customer)),
                days: (from.min(day), to.max(day)),
            },
        }
    }
}

/// Reads the newest version of each unit within the bounds.
pub(crate) async fn known(
    session: &SessionContext,
    table: &Table,
    bounds: Bounds,
    texts: &Texts,
) -> Result<Known, DataFusionError> {
    let (first, last) = bounds.customers;
    let (first, last) = (customer(first).to_string(), customer(last).to_string());
    let (from, to) = bounds.days;
    let (from_date, to_date) = (day(from), day(to));
    let may_hold = |file: &&DataFile| {
        let (min, max) = (&file.stats.min_values, &file.stats.max_values);
        min.processed_date <= to_date
            && max.processed_date >= from_date
            && min.customer_tenant_id <= last
            && max.customer_tenant_id >= first
    };
    let files: Vec<&DataFile> = table.files.iter().filter(may_hold).collect();
    let mut known = Known::default();
    if files.is_empty() {
        return Ok(known);
    }
    let names = [
        "service_code",
        "channel",
        "customer_tenant_id",
        "content_hash",
        "delivery_id",
    ];
    let mut columns: Vec<_> = names.map(col).into();
    columns.push(cast(col("processed_date"), DataType::Int32).alias("day"));
    let mut batches = rows(session, table, &files)
        .await?
        .filter(col("customer_tenant_id").between(lit(first), lit(last)))?
        .filter(col("processed_date").between(date(from), date(to)))?
        .select(columns)?
        .distinct()?
        .execute_stream()
        .await?;
    while let Some(batch) = batches.try_next().await? {
        take(&mut known, &batch, texts);
    }
    Ok(known)
}

fn date(days: i32) -> datafusion::logical_expr::Expr {
    lit(datafusion::common::ScalarValue::Date32(Some(days)))
}

fn take(known: &mut Known, batch: &RecordBatch, texts: &Texts) {
    let [services, channels, customers, hashes] =
        [0, 1, 2, 3].map(|column| batch.column(column).as_string_view());
    let deliveries = batch.column(4).as_primitive::<Int64Type>();
    let days = batch.column(5).as_primitive::<Int32Type>();
    for row in 0..batch.num_rows() {
        // A service or channel that the new rows do not have cannot be in one of their units.
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
            delivery_id: deliveries.value(row),
            hash,
        };
        known
            .entry(unit)
            .and_modify(|newest| {
                if newest.delivery_id < version.delivery_id {
                    *newest = version;
                }
            })
            .or_insert(version);
    }
}

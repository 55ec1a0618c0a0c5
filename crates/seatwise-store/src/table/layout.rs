//! The columns of a table, the properties of new tables, and how commits are made.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use deltalake::kernel::transaction::CommitProperties;
use deltalake::kernel::{DataType as DeltaType, PrimitiveType, StructField, Transaction};
use jiff::Timestamp;

use crate::model::columns;
use crate::model::kind::Kind;

/// The layout that this version writes: folders, columns and the meaning of both.
///
/// Layout 2 has content hashes that cover the unit, and checksums of logs and data files. Folders
/// of layout 1 are readable, and are raised to layout 2 by the next write.
pub(crate) const LAYOUT: u32 = 2;

/// Columns whose smallest and largest values are in the log for each file. They locate the newest
/// figures, a customer's figures and a month without opening other files.
const SKIPPING: &str =
    "processed_date,service_code,channel,customer_tenant_id,recorded_at,delivery_id";

/// The number of commits between checkpoints of the log.
const CHECKPOINT_INTERVAL: u32 = 16;

/// The property with the layout of a table.
pub(crate) const LAYOUT_PROPERTY: &str = "seatwise.layout";

/// The columns in the types that Arrow reads.
pub(crate) fn schema(kind: Kind) -> SchemaRef {
    schema_with_text(kind, &DataType::Utf8View)
}

/// The same columns with another representation of text.
pub(crate) fn schema_with_text(kind: Kind, text: &DataType) -> SchemaRef {
    let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let mut fields = vec![
        Field::new("processed_date", DataType::Date32, true),
        Field::new("customer_tenant_id", text.clone(), true),
    ];
    fields.extend(
        columns::texts(kind)
            .iter()
            .map(|name| Field::new(*name, text.clone(), true)),
    );
    fields.push(Field::new("processed_date_time", instant.clone(), true));
    fields.extend(
        kind.counts()
            .map(|name| Field::new(name, DataType::Int64, true)),
    );
    fields.extend([
        Field::new("position", DataType::Int32, true),
        Field::new("delivery_id", DataType::Int64, true),
        Field::new("content_hash", text.clone(), true),
        Field::new("recorded_at", instant, true),
    ]);
    Arc::new(Schema::new(fields))
}

/// The columns in Delta's types.
pub(crate) fn delta_columns(kind: Kind) -> Vec<StructField> {
    schema(kind)
        .fields()
        .iter()
        .map(|field| {
            let primitive = match field.data_type() {
                DataType::Date32 => PrimitiveType::Date,
                DataType::Int32 => PrimitiveType::Integer,
                DataType::Int64 => PrimitiveType::Long,
                DataType::Timestamp(..) => PrimitiveType::Timestamp,
                _ => PrimitiveType::String,
            };
            StructField::nullable(field.name(), DeltaType::Primitive(primitive))
        })
        .collect()
}

/// The properties of a new table.
pub(crate) fn delta_properties() -> Vec<(String, Option<String>)> {
    // Delta must not truncate the log: each entry says what was recorded when.
    [
        ("delta.checkpointInterval", CHECKPOINT_INTERVAL.to_string()),
        ("delta.dataSkippingStatsColumns", SKIPPING.to_owned()),
        ("delta.enableExpiredLogCleanup", "false".to_owned()),
        (LAYOUT_PROPERTY, LAYOUT.to_string()),
    ]
    .map(|(key, value)| (key.to_owned(), Some(value)))
    .into()
}

/// The application of `txn` actions whose version is a settled instant, in milliseconds since 1970.
pub(crate) const SETTLED_APPLICATION: &str = "seatwise-settled";

/// How the Delta library commits: once, and without removing log entries. The commit settles an
/// instant, if there is one.
///
/// What is stored depends on existing rows, so after a conflict the caller must calculate the commit
/// again. Where the answer to a first attempt was lost, a second one would commit twice.
pub(crate) fn commit_properties(settled: Option<Timestamp>) -> CommitProperties {
    let settled = settled.map(|at| Transaction::new(SETTLED_APPLICATION, at.as_millisecond()));
    CommitProperties::default()
        .with_max_retries(0)
        .with_cleanup_expired_logs(Some(false))
        .with_application_transactions(settled.into_iter().collect())
}

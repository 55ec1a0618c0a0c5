//! What a data folder holds.

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::Int64Type;
use jiff::Timestamp;
use jiff::civil::Date;
use seatwise_types::PartnerId;
use serde::Serialize;

use crate::session::rows;
use crate::table::{Table, damaged};
use crate::{Kind, Store, StoreError};

/// What is stored of one kind for one partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TableStatus {
    /// `usage` or `deployment`.
    pub kind: &'static str,
    /// Customers with at least one delivery, current or not.
    pub customers: u64,
    /// Deliveries, restated ones among them.
    pub deliveries: u64,
    /// Rows, those of restated deliveries among them.
    pub rows: u64,
    /// When something was recorded last; none if the table is empty.
    pub last_recorded_at: Option<Timestamp>,
    /// The newest processed date of each service and channel.
    pub newest: Vec<NewestDelivery>,
    /// Live data files.
    pub files: u64,
    /// The size of the live data files in bytes.
    pub bytes: u64,
    /// The version of the Delta table.
    pub version: u64,
}

/// The newest processed date of a service and channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewestDelivery {
    /// The service.
    pub service_code: String,
    /// The channel.
    pub channel: String,
    /// The newest day, UTC, for which a customer has figures.
    pub processed_date: Date,
}

/// What is stored for one partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PartnerStatus {
    /// Whose tables these are.
    pub partner: PartnerId,
    /// The tables that exist.
    pub tables: Vec<TableStatus>,
}

impl Store {
    /// What is stored, partner by partner; empty if nothing was imported.
    ///
    /// # Errors
    /// If a table cannot be read.
    pub async fn status(&self) -> Result<Vec<PartnerStatus>, StoreError> {
        let mut partners = Vec::new();
        for partner in self.partners()? {
            let mut tables = Vec::new();
            for kind in Kind::ALL {
                if let Some(table) = self.table(partner, kind).await? {
                    tables.push(self.table_status(&table).await?);
                }
            }
            partners.push(PartnerStatus { partner, tables });
        }
        Ok(partners)
    }

    async fn table_status(&self, table: &Table) -> Result<TableStatus, StoreError> {
        let counted = async {
            let session = datafusion::prelude::SessionContext::new_with_state(self.session().state());
            let facts = rows(&session, table, table.files.iter())?.into_view();
            session.register_table("facts", facts)?;
            let newest = session
                .sql(
                    "select service_code, channel, cast(max(processed_date) as varchar)
                     from facts group by service_code, channel order by service_code, channel",
                )
                .await?
                .collect()
                .await?;
            let counts = session
                .sql(
                    "select count(distinct customer_tenant_id), count(distinct delivery_id)
                     from facts",
                )
                .await?
                .collect()
                .await?;
            Ok::<_, datafusion::common::DataFusionError>((newest, counts))
        };
        let empty = table.files.is_empty();
        let (newest, counts) = if empty {
            Default::default()
        } else {
            counted.await.map_err(|err| {
                damaged(table.partner, table.kind, "count its rows", &table.path, err)
            })?
        };
        let count = |column: usize| {
            let batch = counts.iter().find(|batch| batch.num_rows() > 0);
            let count = batch.map(|batch| batch.column(column).as_primitive::<Int64Type>().value(0));
            count.unwrap_or(0).unsigned_abs()
        };
        let newest = newest.iter().flat_map(|batch| {
            let [service, channel, date] = [0, 1, 2].map(|column| {
                datafusion::arrow::compute::cast(
                    batch.column(column),
                    &datafusion::arrow::datatypes::DataType::Utf8,
                )
            });
            (0..batch.num_rows()).filter_map(move |row| {
                let text = |column: &Result<datafusion::arrow::array::ArrayRef, _>| {
                    let column = column.as_ref().ok()?;
                    Some(column.as_string::<i32>().value(row).to_owned())
                };
                Some(NewestDelivery {
                    service_code: text(&service)?,
                    channel: text(&channel)?,
                    processed_date: text(&date)?.parse().ok()?,
                })
            })
        });
        Ok(TableStatus {
            kind: table.kind.as_str(),
            customers: count(0),
            deliveries: count(1),
            rows: table.files.iter().map(|file| file.stats.num_records).sum(),
            last_recorded_at: table.last_recorded(),
            newest: newest.collect(),
            files: table.files.len() as u64,
            bytes: table.files.iter().map(|file| file.bytes).sum(),
            version: table.version(),
        })
    }
}

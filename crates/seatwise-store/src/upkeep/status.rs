//! The status of a data folder.

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{Int32Type, Int64Type};
use jiff::Timestamp;
use jiff::civil::Date;
use seatwise_types::PartnerId;
use serde::Serialize;

use crate::model::days::day;
use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::table::damage::damaged;
use crate::table::delta::Table;
use crate::table::session::query;
use crate::table::store::Store;

/// The stored data of one kind and partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TableStatus {
    /// The table: `usage`, `deployment`, `usage-month` or `deployment-month`.
    pub kind: &'static str,
    /// Customers with at least one delivery, current or not.
    pub customers: u64,
    /// Deliveries, including restated ones.
    pub deliveries: u64,
    /// Rows, including those of restated deliveries.
    pub rows: u64,
    /// When the last delivery was recorded; `None` if the table is empty.
    pub last_recorded_at: Option<Timestamp>,
    /// The newest processed date of each service and channel.
    pub newest: Vec<NewestDelivery>,
    /// Live data files.
    pub files: u64,
    /// Their size in bytes.
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
    /// The newest day, in UTC, with figures of any customer.
    pub processed_date: Date,
}

/// The stored data of one partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PartnerStatus {
    /// The partner.
    pub partner: PartnerId,
    /// The existing tables.
    pub tables: Vec<TableStatus>,
}

impl Store {
    /// The stored data by partner; empty if nothing was imported.
    ///
    /// # Errors
    /// If a table cannot be read.
    pub async fn status(&self) -> Result<Vec<PartnerStatus>, StoreError> {
        let mut partners = Vec::new();
        for partner in self.partners()? {
            let mut tables = Vec::new();
            for kind in Kind::ALL {
                tables.extend(self.table_status(partner, kind).await?);
            }
            partners.push(PartnerStatus { partner, tables });
        }
        Ok(partners)
    }

    /// The stored data of one kind and partner; `None` if there is no such table.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub async fn table_status(
        &self,
        partner: PartnerId,
        kind: Kind,
    ) -> Result<Option<TableStatus>, StoreError> {
        match self.table(partner, kind).await? {
            Some(table) => self.status_of(&table).await.map(Some),
            None => Ok(None),
        }
    }

    async fn status_of(&self, table: &Table) -> Result<TableStatus, StoreError> {
        let counted = async |sql: &str| {
            query(self.session(), table, table.files.iter(), sql)
                .await
                .map_err(|err| {
                    damaged(
                        table.partner,
                        table.kind,
                        "count its rows",
                        &table.folder,
                        err,
                    )
                })
        };
        let newest = counted(
            "select service_code, channel, cast(max(processed_date) as int)
             from facts group by service_code, channel order by service_code, channel",
        )
        .await?;
        let counts = counted(
            "select count(distinct customer_tenant_id), count(distinct delivery_id) from facts",
        )
        .await?;
        let count = |column: usize| {
            let batch = counts.iter().find(|batch| batch.num_rows() > 0);
            let count =
                batch.map(|batch| batch.column(column).as_primitive::<Int64Type>().value(0));
            count.unwrap_or(0).unsigned_abs()
        };
        let newest = newest.iter().flat_map(|batch| {
            let [services, channels] = [0, 1].map(|column| batch.column(column).as_string_view());
            let days = batch.column(2).as_primitive::<Int32Type>();
            (0..batch.num_rows()).map(|row| NewestDelivery {
                service_code: services.value(row).to_owned(),
                channel: channels.value(row).to_owned(),
                processed_date: day(days.value(row)),
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

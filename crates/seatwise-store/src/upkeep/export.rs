//! Flat tables for other tools: their rows. `flat_file` writes them.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Date32Array, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::DataFusionError;
use datafusion::prelude::DataFrame;
use jiff::Timestamp;
use seatwise_types::PartnerId;

use crate::ingest::import::of_export::{CUSTOMERS, MONTH};
use crate::model::axes::{Axes, KnownAt};
use crate::model::days::days;
use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::query::counting::newest_versions;
use crate::query::moment::Moment;
use crate::query::snapshot::KnownCustomer;
use crate::table::damage::damaged;
use crate::table::delta::{DataFile, Table};
use crate::table::domains::Domains;
use crate::table::session::{plan, with_facts};
use crate::table::store::Store;
use crate::upkeep::flat_file::{ExportFormat, Exported, FlatFile};
use crate::upkeep::portions::portions;

/// The memory for sorting rows, in bytes. Beyond it, sorting uses the disk.
const MEMORY: usize = 1 << 30;

/// The number of rows to sort at once. With their texts they take a third of the memory.
const ROWS_AT_ONCE: u64 = 512 << 10;

/// The columns of a table with texts, and their names in an export; those of workloads come first.
const WORKLOAD: [(&str, &str); 2] = [
    ("workload_code", "workloadCode"),
    ("workload_name", "workloadName"),
];
const TEXTS: [(&str, &str); 7] = [
    ("service_code", "serviceCode"),
    ("service_name", "serviceName"),
    ("channel", "channel"),
    ("customer_tenant_id", "customerTenantId"),
    ("customer_name", "customerName"),
    ("product_id", "productId"),
    ("product_name", "productName"),
];

/// Removes the files of an earlier export that this one did not replace, such as those of another
/// format: an import of the folder would read them as new.
fn remove_earlier(folder: &Path, exported: &[Exported]) -> io::Result<()> {
    let names = Kind::ALL.map(Kind::as_str);
    for name in names.into_iter().chain(["customers"]) {
        for end in ["parquet", "csv"] {
            let file = format!("{name}.{end}");
            if exported.iter().all(|it| it.file != file) {
                match fs::remove_file(folder.join(file)) {
                    Err(err) if err.kind() != io::ErrorKind::NotFound => return Err(err),
                    _ => {}
                }
            }
        }
    }
    Ok(())
}

impl Store {
    /// Writes a partner's data into a folder as flat tables: `usage`, `deployment`, the monthly
    /// ones and `customers`, each in one file, which replaces an earlier one when it is complete
    /// and synced.
    ///
    /// The first two have the columns of an import, and a row for each row of each delivery that
    /// counts, for all days visible at the point on the axes of time, with the domain of its
    /// customer on that day. An empty delivery is one row without product, workload and counts, as
    /// an import reads it. So an import of the folder gives the same answers as of every day. It
    /// skips the other files: monthly ones have a `month` in place of a date, and `customers` has
    /// ids, newest names and newest known domains. Rows are sorted by date and customer. Memory is
    /// bounded. Nothing is written if nothing is stored.
    ///
    /// Files of an export that was killed at least an hour before `now` are removed.
    ///
    /// # Errors
    /// If a table cannot be read, or the folder is not writable.
    pub async fn export(
        &self,
        partner: PartnerId,
        axes: Axes,
        to: &Path,
        format: ExportFormat,
        now: Timestamp,
    ) -> Result<Vec<Exported>, StoreError> {
        self.export_in_portions(partner, axes, to, format, now, ROWS_AT_ONCE)
            .await
    }

    async fn export_in_portions(
        &self,
        partner: PartnerId,
        axes: Axes,
        to: &Path,
        format: ExportFormat,
        now: Timestamp,
        rows_at_once: u64,
    ) -> Result<Vec<Exported>, StoreError> {
        let to = &std::path::absolute(to).map_err(|err| StoreError::io("find", to, err))?;
        self.files()
            .create_folder(to)
            .map_err(|err| StoreError::io("create", to, err))?;
        self.files().remove_unfinished(to, now);
        let domains = self.domains(partner).await?;
        let mut exported = Vec::new();
        for kind in Kind::ALL {
            let table = self.table(partner, kind).await?;
            if let Some(table) = table.filter(|table| !table.files.is_empty()) {
                let failed = |err| damaged(partner, kind, "export its rows", &table.folder, err);
                let facts = self.facts_that_stand(&table, axes, &domains, rows_at_once);
                let facts = facts.await.map_err(|err| failed(err.into()))?;
                let file = FlatFile::new(self.files(), to, kind.as_str(), format);
                exported.push(file.write(facts).await.map_err(failed)?);
            }
        }
        if !exported.is_empty() {
            let customers = self.names_of_customers(partner, axes).await?;
            let failed = |err| StoreError::from_cause("write to", to, err);
            let customers = self.session().read_batch(customers);
            let customers = customers.map_err(|err| failed(err.into()))?;
            let file = FlatFile::new(self.files(), to, "customers", format);
            exported.push(file.write(vec![customers]).await.map_err(failed)?);
        }
        remove_earlier(to, &exported).map_err(|err| StoreError::io("remove from", to, err))?;
        Ok(exported)
    }

    /// The rows of the newest version of each unit, in consecutive portions: sorting all rows of a
    /// large table at once would exceed the memory.
    async fn facts_that_stand(
        &self,
        table: &Table,
        axes: Axes,
        domains: &Domains,
        rows_at_once: u64,
    ) -> Result<Vec<DataFrame>, DataFusionError> {
        let mut files: Vec<&DataFile> = table.files.iter().collect();
        if files.iter().any(|file| axes.may_see(file)) {
            files.retain(|file| axes.may_see(file));
        }
        let session = with_facts(self.session(), table, &files, Some(MEMORY)).await?;
        session.register_batch("domains", spans_of_domains(domains, axes)?)?;
        let [part, whole] = table.kind.counts();
        let workload = if table.kind.has_workload() {
            &WORKLOAD[..]
        } else {
            &[]
        };
        let texts = workload.iter().chain(&TEXTS);
        let texts: Vec<String> = texts.map(|(column, name)| text(column, name)).collect();
        let texts = texts.join(", ");
        let [part_name, whole_name] = match table.kind {
            Kind::Usage | Kind::UsageMonth => ["licensesActive", "licensesQualified"],
            Kind::Deployment | Kind::DeploymentMonth => ["licensesDeployed", "licensesSold"],
        };
        // Monthly figures have no processed date, so that an import cannot read them as figures of
        // 28 days.
        let date = if table.kind.is_of_months() {
            text("substr(cast(processed_date as varchar), 1, 7)", MONTH)
        } else {
            r#"processed_date_time as "processedDateTime""#.to_owned()
        };
        let domain = match table.kind.is_of_months() {
            true => "",
            false => r#", domain as "customerDomain""#,
        };
        let mut facts = Vec::new();
        for portion in portions(&session, rows_at_once).await? {
            let newest = newest_versions(&format!("{axes} and {portion}"));
            let sql = format!(
                r#"with newest as ({newest})
                 select {date}, {texts},
                     {part} as "{part_name}", {whole} as "{whole_name}"{domain}
                 from facts left join domains
                     on of_customer = customer_tenant_id
                     and since <= processed_date and processed_date < until
                 where {portion} and delivery_id in (select number from newest)
                 order by processed_date, "customerTenantId", "serviceCode", "channel", position"#
            );
            facts.push(plan(&session, &sql).await?);
        }
        Ok(facts)
    }

    async fn names_of_customers(
        &self,
        partner: PartnerId,
        axes: Axes,
    ) -> Result<RecordBatch, StoreError> {
        let mut snapshots = Vec::new();
        for kind in Kind::ALL {
            let snapshot = self.read_snapshot(partner, kind, Moment::At(axes), None, None);
            snapshots.push(snapshot.await?);
        }
        let customers = KnownCustomer::of_all(&snapshots);
        let domains = self.domains(partner).await?;
        let known_at = axes.known_at.map(KnownAt::timestamp);
        let domains = customers
            .keys()
            .map(|id| domains.of(*id, axes.as_of, known_at));
        let domains: StringArray = domains.collect();
        let ids = StringArray::from_iter_values(customers.keys().map(ToString::to_string));
        let names = StringArray::from_iter_values(customers.values().map(|known| known.name));
        let text = |name, may_be_missing| Field::new(name, DataType::Utf8, may_be_missing);
        let schema = Schema::new(vec![
            text(CUSTOMERS[0], false),
            text(CUSTOMERS[1], false),
            text(CUSTOMERS[2], true),
        ]);
        let columns: [ArrayRef; 3] = [Arc::new(ids), Arc::new(names), Arc::new(domains)];
        RecordBatch::try_new(Arc::new(schema), columns.into())
            .map_err(|err| StoreError::from_cause("read", self.root(), err.into()))
    }
}

/// A column with this name for a text in SQL. Each text is copied: the engine's views share the
/// memory of whole files, and a sort would count it again for each batch.
fn text(sql: &str, name: &str) -> String {
    format!(r#"arrow_cast({sql}, 'Utf8') as "{name}""#)
}

/// The domains of each customer by ranges of days, as known at the instant.
fn spans_of_domains(domains: &Domains, axes: Axes) -> Result<RecordBatch, ArrowError> {
    let spans = domains.spans(axes.known_at.map(KnownAt::timestamp));
    let text = |name| Field::new(name, DataType::Utf8, false);
    let day = |name| Field::new(name, DataType::Date32, false);
    let schema = Schema::new(vec![
        text("of_customer"),
        day("since"),
        day("until"),
        text("domain"),
    ]);
    let customers = spans.iter().map(|span| span.customer.to_string());
    let columns: [ArrayRef; 4] = [
        Arc::new(StringArray::from_iter_values(customers)),
        Arc::new(Date32Array::from_iter_values(
            spans.iter().map(|span| days(span.since)),
        )),
        Arc::new(Date32Array::from_iter_values(
            spans.iter().map(|span| days(span.until)),
        )),
        Arc::new(StringArray::from_iter_values(
            spans.iter().map(|span| span.domain),
        )),
    ];
    RecordBatch::try_new(Arc::new(schema), columns.into())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::ingest::import::{ImportOptions, Input, import};

    #[tokio::test]
    async fn an_export_in_portions_has_the_bytes_of_one_that_sorts_all_rows_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::create(&folder.path().join("data")).expect("a data folder");
        let partner = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse();
        let partner = partner.expect("a GUID");
        let now = "2026-06-01T00:00:00Z".parse().expect("an instant");
        for version in [1, 2] {
            let mut text = "processedDateTime,serviceCode,channel,customerTenantId,customerName,\
                            productName,licensesDeployed,licensesSold\n"
                .to_owned();
            for (day, customer, product) in (0..4 * 5 * 2).map(|it| (it / 10, it % 5, it % 2)) {
                let id = format!("{customer}d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04");
                let row = format!("o365,reseller,{id},C{customer},E{product},{version},9");
                writeln!(text, "2026-05-0{},{row}", day + 1).expect("text");
            }
            let file = folder.path().join("rows.csv");
            fs::write(&file, text).expect("a file");
            let mut options = ImportOptions::new(partner);
            options.replace = true;
            let imported = import(
                &store,
                &options,
                vec![Input::File(file)],
                now,
                Arc::default(),
            );
            imported.await.expect("an import");
        }

        let mut exports = Vec::new();
        for at_once in [u64::MAX, 25, 3, 1] {
            let to = folder.path().join(at_once.to_string());
            let format = ExportFormat::Csv;
            let exported =
                store.export_in_portions(partner, Axes::default(), &to, format, now, at_once);
            let exported = exported.await.expect("an export");
            assert_eq!(exported[0].rows, 40);
            exports.push(fs::read_to_string(to.join("deployment.csv")).expect("a file"));
        }
        assert!(exports[0].contains(",2,9"), "{}", exports[0]);
        assert!(exports.iter().all(|export| *export == exports[0]));
    }
}

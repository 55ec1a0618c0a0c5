//! Data files as a table of the query engine.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{DataFusionError, Result, Statistics};
use datafusion::datasource::TableType;
use datafusion::datasource::file_format::FileFormat as _;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;

use crate::table::delta::{DataFile, Table};
use crate::table::layout::schema;

/// The approximate memory of a row, in bytes.
const ROW_BYTES: usize = 256;

/// Data files of one table, read as plain Parquet.
///
/// The engine's `ListingTable` lists the files when it plans, and treats a missing file as empty.
/// Here the log has the files and their sizes, so a missing file is an error when it is opened.
#[derive(Debug)]
pub(crate) struct Scan {
    schema: SchemaRef,
    storage: ObjectStoreUrl,
    files: Vec<PartitionedFile>,
    statistics: Statistics,
}

impl Scan {
    /// These files of a table, which the caller has verified.
    ///
    /// # Errors
    /// If the folder of the table has no absolute path.
    pub(crate) fn of(table: &Table, files: &[&DataFile]) -> Result<Self> {
        let schema = schema(table.kind);
        let scanned = files.iter().map(|file| {
            let mut scanned = PartitionedFile::new("", file.bytes);
            scanned.object_meta.location = table.folder.join(&file.name).object_path()?;
            Ok(scanned)
        });
        let scanned: Result<Vec<_>, object_store::path::Error> = scanned.collect();
        let rows: u64 = files.iter().map(|file| file.stats.num_records).sum();
        let rows = usize::try_from(rows).unwrap_or(usize::MAX);
        let mut statistics = Statistics::new_unknown(&schema);
        // Inexact values suffice for planning: a join keeps its smaller side in memory. The engine
        // would use exact ones as answers, but another tool may have written them.
        statistics.num_rows = Precision::Inexact(rows);
        statistics.total_byte_size = Precision::Inexact(rows.saturating_mul(ROW_BYTES));
        let storage = match table.folder.for_queries() {
            Some((url, _)) => ObjectStoreUrl::parse(url)?,
            None => ObjectStoreUrl::local_filesystem(),
        };
        Ok(Self {
            storage,
            files: scanned.map_err(|err| DataFusionError::External(err.into()))?,
            schema,
            statistics,
        })
    }
}

#[async_trait]
impl TableProvider for Scan {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let format = ParquetFormat::default();
        let columns = TableSchema::from(self.schema());
        let groups = FileGroup::new(self.files.clone());
        let mut groups = groups.split_files(state.config().target_partitions());
        if groups.is_empty() {
            // A plan without partitions is an error.
            groups.push(FileGroup::default());
        }
        let source = format.file_source(columns);
        let scan = FileScanConfigBuilder::new(self.storage.clone(), source)
            .with_file_groups(groups)
            .with_statistics(self.statistics.clone())
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        format.create_physical_plan(state, scan).await
    }

    /// The reader uses filters to skip data; the engine still applies each.
    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }
}

//! The engine: one DataFusion session, and the files of a table as something it can read.

use std::sync::Arc;

use datafusion::common::DataFusionError;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use url::Url;

use crate::layout::schema;
use crate::table::{DataFile, Table};

/// A session with nothing registered in it.
pub(crate) fn session() -> SessionContext {
    let mut config = SessionConfig::new().with_information_schema(false);
    let parquet = &mut config.options_mut().execution.parquet;
    parquet.pushdown_filters = true;
    parquet.schema_force_view_types = true;
    SessionContext::new_with_config(config)
}

/// These files of the table as a data frame; the caller has chosen them by their statistics.
///
/// They are read as plain Parquet, not through the Delta library's own scan: the table version is
/// pinned by the list of files, the plan is a third faster, and it is one that other engines of
/// the family can ship.
pub(crate) fn rows<'a>(
    session: &SessionContext,
    table: &Table,
    files: impl Iterator<Item = &'a DataFile>,
) -> Result<DataFrame, DataFusionError> {
    let urls = files
        .map(|file| {
            let path = table.path.join(&file.name);
            let url = Url::from_file_path(&path).map_err(|()| {
                DataFusionError::Execution(format!("`{}` is no path of a file", path.display()))
            })?;
            ListingTableUrl::try_new(url, None)
        })
        .collect::<Result<Vec<_>, _>>()?;
    if urls.is_empty() {
        return session.read_empty();
    }
    let options = ListingOptions::new(Arc::new(ParquetFormat::default()));
    let config = ListingTableConfig::new_with_multi_paths(urls)
        .with_listing_options(options)
        .with_schema(schema(table.kind));
    session.read_table(Arc::new(ListingTable::try_new(config)?))
}

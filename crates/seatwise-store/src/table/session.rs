//! The DataFusion session, and access to the files of a table.

use std::sync::Arc;

use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::MemoryCatalogProviderList;
use datafusion::common::DataFusionError;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::Expr;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use futures::future::BoxFuture;
use futures::{FutureExt as _, TryStreamExt as _};

use crate::model::error::{Cause, StoreError};
use crate::table::damage::damaged;
use crate::table::delta::{DataFile, Table};
use crate::table::engine::collect;
use crate::table::scan::Scan;
use crate::table::storage::Location;

/// A session without registered tables, which reads files of a store at this location.
pub(crate) fn session(root: &Location) -> SessionContext {
    let mut config = SessionConfig::new().with_information_schema(false);
    let parquet = &mut config.options_mut().execution.parquet;
    parquet.pushdown_filters = true;
    parquet.schema_force_view_types = true;
    let session = SessionContext::new_with_config(config);
    if let Some((url, objects)) = root.for_queries() {
        session.register_object_store(&url, objects);
    }
    session
}

/// These files of the table as a data frame; the caller selects them by statistics. Each file is
/// verified first: by its checksum or, for files of other tools without one, by its rows.
///
/// They are read as plain Parquet, without the Delta library's scan: the list of files fixes the
/// table version, the plan is a third faster, and related engines can execute it too.
///
/// # Errors
/// If a file is missing, changed or unreadable, or has an invalid row. A file that is removed later
/// is an error of the query.
pub(crate) async fn rows(
    session: &SessionContext,
    table: &Table,
    files: &[&DataFile],
) -> Result<DataFrame, DataFusionError> {
    table
        .check(files)
        .await
        .map_err(DataFusionError::External)?;
    session.read_table(Arc::new(Scan::of(table, files)?))
}

/// Plans a query in SQL.
///
/// This is a function that returns a future, and not an async one, for the size of the binary: the
/// body of an async function is compiled again in each crate that awaits it, and with this one
/// comes the whole parser of SQL.
#[expect(clippy::disallowed_methods, reason = "this is the function to use")]
pub(crate) fn plan<'a>(
    session: &'a SessionContext,
    sql: &'a str,
) -> BoxFuture<'a, Result<DataFrame, DataFusionError>> {
    session.sql(sql).boxed()
}

/// The rows of a query over these files, named `facts` in it; empty without files.
pub(crate) async fn query<'a>(
    session: &SessionContext,
    table: &Table,
    files: impl IntoIterator<Item = &'a DataFile>,
    sql: &str,
) -> Result<Vec<RecordBatch>, DataFusionError> {
    let files: Vec<&DataFile> = files.into_iter().collect();
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let session = with_facts(session, table, &files, None).await?;
    collect(plan(&session, sql).await?).await
}

/// Passes the rows of a query over these files, named `facts` in it, to `take` batch by batch, with
/// one batch in memory at a time. `action` names what failed in errors; store errors of `take` are
/// returned unchanged.
pub(crate) async fn each_batch<'a>(
    session: &SessionContext,
    table: &Table,
    files: impl IntoIterator<Item = &'a DataFile>,
    sql: &str,
    action: &'static str,
    take: impl FnMut(&RecordBatch) -> Result<(), Cause>,
) -> Result<(), StoreError> {
    let failed = |err: Cause| damaged(table.partner, table.kind, action, &table.folder, err);
    let files: Vec<&DataFile> = files.into_iter().collect();
    if files.is_empty() {
        return Ok(());
    }
    let each = async {
        let session = with_facts(session, table, &files, None).await?;
        take_each(plan(&session, sql).await?, take).await
    };
    each.await.map_err(failed)
}

/// Passes these columns of the rows that a filter selects to `take` batch by batch, as
/// [`each_batch`] does.
pub(crate) async fn each_selected(
    session: &SessionContext,
    table: &Table,
    files: Vec<&DataFile>,
    columns: &[&str],
    filter: Expr,
    action: &'static str,
    take: impl FnMut(&RecordBatch) -> Result<(), Cause>,
) -> Result<(), StoreError> {
    if files.is_empty() {
        return Ok(());
    }
    let each = async {
        let picked = rows(session, table, &files).await?.filter(filter)?;
        take_each(picked.select_columns(columns)?, take).await
    };
    let failed = |err: Cause| damaged(table.partner, table.kind, action, &table.folder, err);
    each.await.map_err(failed)
}

async fn take_each(
    rows: DataFrame,
    mut take: impl FnMut(&RecordBatch) -> Result<(), Cause>,
) -> Result<(), Cause> {
    let mut batches = rows.execute_stream().await?;
    while let Some(batch) = batches.try_next().await? {
        take(&batch)?;
    }
    Ok(())
}

/// A session with these files as the table `facts`. With a memory limit in bytes, sorts use
/// temporary files beyond it.
pub(crate) async fn with_facts(
    session: &SessionContext,
    table: &Table,
    files: &[&DataFile],
    memory: Option<usize>,
) -> Result<SessionContext, DataFusionError> {
    // Queries run concurrently, so each has a separate catalog.
    let state = session.state();
    let config = state
        .config()
        .clone()
        .with_create_default_catalog_and_schema(true);
    let mut state = SessionStateBuilder::new_from_existing(state)
        .with_config(config)
        .with_catalog_list(Arc::new(MemoryCatalogProviderList::new()));
    if let Some(bytes) = memory {
        // Fair, so that each of the parallel sorts goes to the disk early enough for the others.
        let pool = Arc::new(FairSpillPool::new(bytes));
        let storage = Arc::clone(&session.runtime_env().object_store_registry);
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(pool)
            .with_object_store_registry(storage);
        state = state.with_runtime_env(runtime.build_arc()?);
    }
    let session = SessionContext::new_with_state(state.build());
    session.register_table("facts", rows(&session, table, files).await?.into_view())?;
    Ok(session)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::sync::Arc;

    use datafusion::physical_plan::displayable;

    use super::{plan, with_facts};
    use crate::ingest::import::{ImportOptions, Input, Progress, import};
    use crate::model::kind::Kind;
    use crate::table::store::Store;

    #[tokio::test]
    async fn of_all_rows_and_the_numbers_of_some_the_numbers_are_kept_in_memory() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::create(&folder.path().join("data")).expect("a data folder");
        let partner = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse();
        let partner = partner.expect("a GUID");
        let mut text = "processedDateTime,serviceCode,channel,customerTenantId,customerName,\
                        productName,licensesDeployed,licensesSold\n"
            .to_owned();
        for day in 1..=9 {
            let customer = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";
            writeln!(text, "2026-05-0{day},o365,reseller,{customer},C,E3,1,2").expect("text");
        }
        let file = folder.path().join("rows.csv");
        std::fs::write(&file, text).expect("a file");
        let now = "2026-06-01T00:00:00Z".parse().expect("an instant");
        let (options, inputs) = (ImportOptions::new(partner), vec![Input::File(file)]);
        let imported = import(&store, &options, inputs, now, Arc::new(Progress::default()));
        imported.await.expect("an import");
        let table = store.table(partner, Kind::Deployment).await;
        let table = table.expect("a table").expect("a table");
        let files: Vec<_> = table.files.iter().collect();
        let session = with_facts(store.session(), &table, &files, None).await;
        let session = session.expect("a session");
        let newest = "select max(delivery_id) as number from facts group by processed_date";
        let query = format!("select * from facts where delivery_id in ({newest})");
        let query = plan(&session, &query).await.expect("a query");
        let plan = query.create_physical_plan().await.expect("a plan");
        let plan = displayable(plan.as_ref()).indent(false).to_string();
        // The left side of a join is kept in memory.
        assert!(plan.contains("join_type=RightSemi"), "{plan}");
    }
}

//! One partner's table of one kind: its files at a version, and commits to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::DataFusionError;
use deltalake::kernel::transaction::{CommitBuilder, CommitProperties, TransactionError};
use deltalake::kernel::{Action, Add, LogicalFileView};
use deltalake::logstore::LogStoreRef;
use deltalake::operations::create::CreateBuilder;
use deltalake::protocol::DeltaOperation;
use deltalake::protocol::checkpoints::create_checkpoint;
use deltalake::table::state::DeltaTableState;
use deltalake::{DeltaTable, DeltaTableBuilder, DeltaTableError};
use jiff::Timestamp;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStoreExt as _, PutPayload};
use seatwise_types::PartnerId;
use tokio::task::spawn_blocking;
use url::Url;
use uuid::Uuid;

use crate::disk::DurableFiles;
use crate::error::{Cause, io_kind};
use crate::folder::LAYOUT;
use crate::layout::{LAYOUT_PROPERTY, delta_columns, delta_properties};
use crate::log::{has_version, log_has_entries};
use crate::stats::FileStats;
use crate::write::encode;
use crate::{Kind, StoreError};

/// A table at one version. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Table {
    pub(crate) partner: PartnerId,
    pub(crate) kind: Kind,
    /// The folder of the table, absolute.
    pub(crate) path: PathBuf,
    /// The live files at this version.
    pub(crate) files: Arc<Vec<DataFile>>,
    log_store: LogStoreRef,
    state: DeltaTableState,
}

/// A live data file and what the log says about its rows.
#[derive(Clone)]
pub(crate) struct DataFile {
    /// The name, relative to the folder of the table.
    pub(crate) name: String,
    /// Its size in bytes.
    pub(crate) bytes: u64,
    pub(crate) stats: FileStats,
    view: LogicalFileView,
}

/// How a commit ended.
pub(crate) enum Committed {
    /// It is in the log, on the disk; this is the table after it.
    Done(Box<Table>),
    /// Somebody else committed first: nothing was changed.
    Conflict,
}

impl Table {
    /// Opens the newest version; none if there is no table yet.
    pub(crate) async fn open(
        store: &DurableFiles,
        path: &Path,
        partner: PartnerId,
        kind: Kind,
    ) -> Result<Option<Self>, StoreError> {
        if !log_has_entries(path, partner, kind)? {
            return Ok(None);
        }
        let log_store =
            log_store(store, path).map_err(|err| damaged(partner, kind, "open it", path, err))?;
        let state = DeltaTableState::try_new(&log_store, None)
            .await
            .map_err(|err| damaged(partner, kind, "read its log", path, err))?;
        Self::new(partner, kind, path.to_owned(), log_store, state).map(Some)
    }

    /// Creates the table with its columns and properties, at version 0. If another process creates
    /// it at the same time, one of the two wins and both get the same table.
    pub(crate) async fn create(
        store: &DurableFiles,
        path: &Path,
        partner: PartnerId,
        kind: Kind,
    ) -> Result<Self, StoreError> {
        let fail = |err| damaged(partner, kind, "create it", path, err);
        let log_store = log_store(store, path).map_err(fail)?;
        let created = CreateBuilder::new()
            .with_log_store(log_store)
            .with_table_name(kind.as_str())
            .with_columns(delta_columns(kind))
            .with_configuration(delta_properties())
            .with_raise_if_key_not_exists(false)
            .await;
        match (created, Self::open(store, path, partner, kind).await?) {
            (_, Some(table)) => Ok(table),
            (Err(err), None) => Err(fail(err)),
            (Ok(_), None) => Err(fail(DeltaTableError::generic("it is gone again"))),
        }
    }

    /// The newest version: the same table if nothing was committed since.
    pub(crate) async fn newest(&self) -> Result<Self, StoreError> {
        let mut state = self.state.clone();
        state
            .update(&self.log_store, None)
            .await
            .map_err(|err| damaged(self.partner, self.kind, "read its log", &self.path, err))?;
        if state.version() == self.version() {
            return Ok(self.clone());
        }
        self.with(state)
    }

    /// The table at an earlier version; none if its log entry or one of its files is gone, which
    /// happens to versions that are older than what compacting keeps.
    pub(crate) async fn at(&self, version: u64) -> Result<Option<Self>, StoreError> {
        if !has_version(&self.path, version) {
            return Ok(None);
        }
        let state = DeltaTableState::try_new(&self.log_store, Some(version))
            .await
            .map_err(|err| damaged(self.partner, self.kind, "read its log", &self.path, err))?;
        let table = self.with(state)?;
        let is_there = |file: &DataFile| self.path.join(&file.name).exists();
        Ok(table.files.iter().all(is_there).then_some(table))
    }

    /// The same table with what its log says at another version.
    fn with(&self, state: DeltaTableState) -> Result<Self, StoreError> {
        let (path, log_store) = (self.path.clone(), Arc::clone(&self.log_store));
        Self::new(self.partner, self.kind, path, log_store, state)
    }

    fn new(
        partner: PartnerId,
        kind: Kind,
        path: PathBuf,
        log_store: LogStoreRef,
        state: DeltaTableState,
    ) -> Result<Self, StoreError> {
        let configuration = state.metadata().configuration();
        let layout = configuration
            .get(LAYOUT_PROPERTY)
            .and_then(|text| text.parse().ok());
        if let Some(found) = layout.filter(|found| *found > LAYOUT) {
            return Err(StoreError::Newer {
                path,
                found,
                known: LAYOUT,
            });
        }
        let unsupported = |feature: String| StoreError::Unsupported {
            partner,
            table: kind,
            feature,
        };
        match configuration
            .get("delta.columnMapping.mode")
            .map(String::as_str)
        {
            None | Some("none") => {}
            Some(mode) => return Err(unsupported(format!("column mapping by {mode}"))),
        }
        let files = state
            .log_data()
            .iter()
            .map(|view| {
                let name = view.path().into_owned();
                if view.deletion_vector_descriptor().is_some() {
                    return Err(unsupported(format!("deletion vectors (file `{name}`)")));
                }
                let stats = view
                    .stats()
                    .and_then(|json| serde_json::from_str(&json).ok());
                let stats = stats
                    .ok_or_else(|| unsupported(format!("files without statistics (`{name}`)")))?;
                Ok(DataFile {
                    name,
                    bytes: view.size().unsigned_abs(),
                    stats,
                    view,
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            partner,
            kind,
            path,
            files: Arc::new(files),
            log_store,
            state,
        })
    }

    /// The version of the table: 0 after it was created, one more with each commit.
    pub(crate) fn version(&self) -> u64 {
        self.state.version()
    }

    /// Writes a file with these rows that no version names yet, and gives the entry that would name
    /// it.
    pub(crate) async fn put_rows(
        &self,
        batches: Vec<RecordBatch>,
        stats: &FileStats,
    ) -> Result<Add, Cause> {
        // Half a million rows take a while, in which this thread may answer others.
        let content = spawn_blocking(move || encode(&batches)).await??;
        #[expect(
            clippy::disallowed_methods,
            reason = "two processes must not give one name"
        )]
        let name = format!("part-{}.parquet", Uuid::new_v4());
        let size = content.len() as i64;
        let objects = self.log_store.object_store(None);
        objects
            .put(&ObjectPath::from(name.as_str()), PutPayload::from(content))
            .await?;
        Ok(Add {
            path: name,
            size,
            modification_time: stats.max_values.recorded_at.as_millisecond(),
            data_change: true,
            stats: serde_json::to_string(stats).ok(),
            ..Add::default()
        })
    }

    /// Removes files that no version names. What cannot be removed is in nobody's way.
    pub(crate) async fn discard(&self, names: &[String]) {
        for name in names {
            let objects = self.log_store.object_store(None);
            objects.delete(&ObjectPath::from(name.as_str())).await.ok();
        }
    }

    /// The largest number that a delivery has so far; 0 if there is none.
    pub(crate) fn last_delivery(&self) -> i64 {
        self.files
            .iter()
            .map(|file| file.stats.max_values.delivery_id)
            .max()
            .unwrap_or(0)
    }

    /// When something was recorded last. The log may keep it to the millisecond only.
    pub(crate) fn last_recorded(&self) -> Option<Timestamp> {
        self.files
            .iter()
            .map(|file| file.stats.max_values.recorded_at)
            .max()
    }

    /// Adds deliveries. The log entry is on the disk when this returns `Done`.
    pub(crate) async fn append(&self, adds: Vec<Add>) -> Result<Committed, StoreError> {
        let operation = DeltaOperation::Write {
            mode: deltalake::protocol::SaveMode::Append,
            partition_by: None,
            predicate: None,
        };
        self.commit(adds.into_iter().map(Action::Add).collect(), operation)
            .await
    }

    /// Puts other files in the place of `old`, with the same rows or, if some are to be lost, with
    /// the others.
    pub(crate) async fn replace(
        &self,
        old: &[&DataFile],
        adds: Vec<Add>,
        loses_rows: bool,
    ) -> Result<Committed, StoreError> {
        let removes = old
            .iter()
            .map(|file| Action::Remove(file.view.remove_action(loses_rows)));
        // What stays was recorded before, and is not news.
        let adds = adds.into_iter().map(|add| {
            Action::Add(Add {
                data_change: false,
                ..add
            })
        });
        let operation = if loses_rows {
            DeltaOperation::Delete { predicate: None }
        } else {
            DeltaOperation::Optimize {
                predicate: None,
                target_size: 0,
            }
        };
        self.commit(removes.chain(adds).collect(), operation).await
    }

    /// Sums the log up to this version, so that earlier entries are not needed to read it.
    pub(crate) async fn checkpoint(&self) -> Result<(), StoreError> {
        let fail = |err| damaged(self.partner, self.kind, "sum up its log", &self.path, err);
        let mut table = DeltaTable::new(Arc::clone(&self.log_store));
        table.load_version(self.version()).await.map_err(fail)?;
        create_checkpoint(&table, None).await.map_err(fail)
    }

    async fn commit(
        &self,
        actions: Vec<Action>,
        operation: DeltaOperation,
    ) -> Result<Committed, StoreError> {
        // No retries in the library: what is stored depends on what is there already, so a commit
        // that comes second is worked out again by its caller.
        let properties = CommitProperties::default()
            .with_max_retries(0)
            .with_cleanup_expired_logs(Some(false));
        let fail = |err| damaged(self.partner, self.kind, "write to its log", &self.path, err);
        let prepared = CommitBuilder::from(properties)
            .with_actions(actions)
            .build(Some(&self.state), Arc::clone(&self.log_store), operation)
            .into_prepared_commit_future()
            .await
            .map_err(fail)?;
        let committed = match prepared.await {
            Ok(committed) => committed,
            Err(DeltaTableError::Transaction {
                source:
                    TransactionError::MaxCommitAttempts(_)
                    | TransactionError::VersionAlreadyExists(_)
                    | TransactionError::CommitConflict(_),
            }) => return Ok(Committed::Conflict),
            Err(err) => return Err(fail(err)),
        };
        let table = match committed.await {
            Ok(after) => {
                let (path, log_store) = (self.path.clone(), Arc::clone(&self.log_store));
                Self::new(self.partner, self.kind, path, log_store, after.snapshot())?
            }
            // The commit stands; only the checkpoint after it could not be written.
            Err(err) => {
                tracing::warn!(partner = %self.partner, table = %self.kind, error = %err,
                    "cannot write a checkpoint; the next commit tries again");
                self.newest().await?
            }
        };
        Ok(Committed::Done(Box::new(table)))
    }
}

fn log_store(store: &DurableFiles, path: &Path) -> Result<LogStoreRef, DeltaTableError> {
    let url = Url::from_directory_path(path)
        .map_err(|()| DeltaTableError::InvalidTableLocation(path.display().to_string()))?;
    DeltaTableBuilder::from_url(url.clone())?
        .with_storage_backend(Arc::new(store.clone()), url)
        .build_storage()
}

/// Whether the query engine had no memory left, or no room for what it puts to the disk.
fn is_out_of_memory(err: &(dyn std::error::Error + 'static)) -> bool {
    let Some(engine) = err.downcast_ref::<DataFusionError>() else {
        return false;
    };
    // It hides the second in an error of the disk, which names the setting.
    matches!(engine.find_root(), DataFusionError::ResourcesExhausted(_))
        || engine.to_string().contains("max_temp_directory_size")
}

/// A failure of the query engine or the Delta library: of memory or the disk if a cause says so, else
/// damage.
pub(crate) fn damaged(
    partner: PartnerId,
    table: Kind,
    action: &'static str,
    path: &Path,
    source: impl Into<Cause>,
) -> StoreError {
    use std::io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    let source = source.into();
    if is_out_of_memory(source.as_ref()) {
        return StoreError::Memory { source };
    }
    match io_kind(source.as_ref()) {
        Some(PermissionDenied | QuotaExceeded | ReadOnlyFilesystem | StorageFull) => {
            StoreError::from_cause(action, path, source)
        }
        _ => StoreError::Damaged {
            partner,
            table,
            action: action.to_owned(),
            source,
        },
    }
}

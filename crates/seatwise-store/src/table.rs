//! One partner's table of one kind: its files at a version, and commits to it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::AsArray as _;
use datafusion::arrow::compute::{max, max_string_view, min, min_string_view};
use datafusion::arrow::datatypes::{
    ArrowNumericType, Date32Type, Int64Type, TimestampMicrosecondType,
};
use datafusion::arrow::record_batch::RecordBatch;
use deltalake::kernel::transaction::{CommitBuilder, CommitProperties, TransactionError};
use deltalake::kernel::{Action, Add, LogicalFileView};
use deltalake::logstore::LogStoreRef;
use deltalake::operations::create::CreateBuilder;
use deltalake::protocol::DeltaOperation;
use deltalake::protocol::checkpoints::create_checkpoint;
use deltalake::table::state::DeltaTableState;
use deltalake::{DeltaTable, DeltaTableBuilder, DeltaTableError};
use jiff::Timestamp;
use jiff::civil::Date;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStoreExt as _, PutPayload};
use seatwise_types::PartnerId;
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use crate::axes::whole_millisecond;
use crate::disk::{DurableFiles, UNFINISHED};
use crate::error::{Cause, io_kind};
use crate::folder::LAYOUT;
use crate::layout::{LAYOUT_PROPERTY, delta_columns, delta_properties};
use crate::prune::timestamp;
use crate::write::day;
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

/// What the log says about the rows of a file, in Delta's own form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FileStats {
    pub(crate) num_records: u64,
    pub(crate) min_values: Bound,
    pub(crate) max_values: Bound,
}

/// The smallest or the largest value of each column that can skip a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Bound {
    pub(crate) processed_date: Date,
    pub(crate) service_code: String,
    pub(crate) channel: String,
    pub(crate) customer_tenant_id: String,
    pub(crate) delivery_id: i64,
    pub(crate) recorded_at: Timestamp,
}

impl FileStats {
    /// What can be said about the rows of these batches, which have the columns of a table; none if
    /// there are no rows, or one lacks what every row has.
    pub(crate) fn of(batches: &[RecordBatch]) -> Option<Self> {
        let each = batches.iter().filter(|batch| batch.num_rows() > 0);
        let stats = each.map(|batch| {
            Some(Self {
                num_records: batch.num_rows() as u64,
                min_values: Bound::of(batch, Extreme::Min)?,
                max_values: Bound::of(batch, Extreme::Max)?,
            })
        });
        let all: Vec<Self> = stats.collect::<Option<_>>()?;
        all.into_iter().reduce(|a, b| Self {
            num_records: a.num_records + b.num_records,
            min_values: a.min_values.extreme(b.min_values, Extreme::Min),
            max_values: a.max_values.extreme(b.max_values, Extreme::Max),
        })
    }

    /// The service and channel that all rows of the file have; none if they have several, which
    /// happens only when another tool rewrote the table.
    pub(crate) fn single(&self) -> Option<(&str, &str)> {
        let (min, max) = (&self.min_values, &self.max_values);
        (min.service_code == max.service_code && min.channel == max.channel)
            .then_some((min.service_code.as_str(), min.channel.as_str()))
    }
}

/// The smallest or the largest.
#[derive(Clone, Copy)]
enum Extreme {
    Min,
    Max,
}

impl Extreme {
    fn of<T: Ord>(self, a: T, b: T) -> T {
        match self {
            Self::Min => a.min(b),
            Self::Max => a.max(b),
        }
    }
}

impl Bound {
    fn of(batch: &RecordBatch, extreme: Extreme) -> Option<Self> {
        let text = |name| {
            let texts = batch.column_by_name(name)?.as_string_view_opt()?;
            let text = match extreme {
                Extreme::Min => min_string_view(texts),
                Extreme::Max => max_string_view(texts),
            };
            text.map(ToOwned::to_owned)
        };
        fn number<T: ArrowNumericType>(
            batch: &RecordBatch,
            name: &str,
            extreme: Extreme,
        ) -> Option<T::Native> {
            let numbers = batch.column_by_name(name)?.as_primitive_opt::<T>()?;
            match extreme {
                Extreme::Min => min(numbers),
                Extreme::Max => max(numbers),
            }
        }
        let recorded = number::<TimestampMicrosecondType>(batch, "recorded_at", extreme)?;
        Some(Self {
            processed_date: day(number::<Date32Type>(batch, "processed_date", extreme)?),
            service_code: text("service_code")?,
            channel: text("channel")?,
            customer_tenant_id: text("customer_tenant_id")?,
            delivery_id: number::<Int64Type>(batch, "delivery_id", extreme)?,
            recorded_at: Timestamp::from_microsecond(recorded).ok()?,
        })
    }

    fn extreme(self, other: Self, extreme: Extreme) -> Self {
        Self {
            processed_date: extreme.of(self.processed_date, other.processed_date),
            service_code: extreme.of(self.service_code, other.service_code),
            channel: extreme.of(self.channel, other.channel),
            customer_tenant_id: extreme.of(self.customer_tenant_id, other.customer_tenant_id),
            delivery_id: extreme.of(self.delivery_id, other.delivery_id),
            recorded_at: extreme.of(self.recorded_at, other.recorded_at),
        }
    }
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

    /// Writes a file that no version names yet, and gives the entry that would name it.
    pub(crate) async fn put_file(
        &self,
        content: Bytes,
        stats: &FileStats,
    ) -> Result<Add, object_store::Error> {
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

    /// The version after the last delivery that was recorded at or before an instant: 0 if there is
    /// none. Whatever is done to the table later, it stays the same.
    pub(crate) fn version_known_at(&self, known_at: Option<Timestamp>) -> io::Result<u64> {
        let Some(known_at) = known_at else {
            return Ok(0);
        };
        let (mut found, mut low, mut high) = (0, 1, self.version());
        while low <= high {
            let middle = low + (high - low) / 2;
            // The last one up to the middle that recorded something: others merged files.
            let mut versions = (low..=middle).rev();
            let recorded = versions.find_map(|version| {
                let recorded = self.recorded_in(version).transpose()?;
                Some(recorded.map(|at| (version, whole_millisecond(at))))
            });
            match recorded.transpose()? {
                Some((version, at)) if at > known_at => high = version - 1,
                Some((version, _)) => {
                    found = version;
                    low = middle + 1;
                }
                None => low = middle + 1,
            }
        }
        Ok(found)
    }

    /// When the deliveries of a commit were recorded; none if it has none.
    fn recorded_in(&self, version: u64) -> io::Result<Option<Timestamp>> {
        #[derive(Deserialize)]
        struct Entry {
            add: Option<Added>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Added {
            data_change: bool,
            stats: Option<String>,
        }
        let log = match std::fs::read_to_string(entry(&self.path, version)) {
            // Erasing removes entries that would tell of what was erased.
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
            log => log?,
        };
        for line in log.lines() {
            let entry: Entry = serde_json::from_str(line)?;
            let added = entry.add.filter(|added| added.data_change);
            if let Some(stats) = added.and_then(|added| added.stats) {
                let stats: FileStats = serde_json::from_str(&stats)?;
                return Ok(Some(stats.max_values.recorded_at));
            }
        }
        Ok(None)
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

    /// Puts other files with the same rows in the place of `old`.
    pub(crate) async fn replace(
        &self,
        old: &[&DataFile],
        adds: Vec<Add>,
    ) -> Result<Committed, StoreError> {
        let removes = old
            .iter()
            .map(|file| Action::Remove(file.view.remove_action(false)));
        let adds = adds.into_iter().map(|add| {
            Action::Add(Add {
                data_change: false,
                ..add
            })
        });
        let operation = DeltaOperation::Optimize {
            predicate: None,
            target_size: 0,
        };
        self.commit(removes.chain(adds).collect(), operation).await
    }

    /// Puts other files with fewer rows in the place of `old`.
    pub(crate) async fn erase(
        &self,
        old: &[&DataFile],
        adds: Vec<Add>,
    ) -> Result<Committed, StoreError> {
        let removes = old
            .iter()
            .map(|file| Action::Remove(file.view.remove_action(true)));
        // What stays was recorded before, and is not news.
        let adds = adds.into_iter().map(|add| {
            Action::Add(Add {
                data_change: false,
                ..add
            })
        });
        let operation = DeltaOperation::Delete { predicate: None };
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

/// Whether the log entry of this version exists.
pub(crate) fn has_version(table: &Path, version: u64) -> bool {
    entry(table, version).exists()
}

/// The log entry of a version.
fn entry(table: &Path, version: u64) -> PathBuf {
    table.join("_delta_log").join(format!("{version:020}.json"))
}

/// A file of the log: an entry, or a checkpoint.
pub(crate) struct LogEntry {
    pub(crate) version: u64,
    pub(crate) path: PathBuf,
    pub(crate) written: Timestamp,
}

/// All files of the log that belong to a version, in no order.
pub(crate) fn log_entries(table: &Path) -> Result<Vec<LogEntry>, StoreError> {
    let folder = table.join("_delta_log");
    let failed = |err| StoreError::io("list", &folder, err);
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let version = name.to_str().and_then(|name| name.split('.').next());
        let Some(version) = version.and_then(|number| number.parse().ok()) else {
            continue;
        };
        let written = entry.metadata().and_then(|file| file.modified());
        entries.push(LogEntry {
            version,
            path: entry.path(),
            written: timestamp(written.map_err(failed)?),
        });
    }
    Ok(entries)
}

/// Whether a file of this name, in the folder of a table, holds rows.
pub(crate) fn is_data_file(name: &str) -> bool {
    name.ends_with(".parquet") && !name.starts_with(UNFINISHED)
}

/// Whether there is a log. Data files without a log are not taken for an empty table.
fn log_has_entries(path: &Path, partner: PartnerId, kind: Kind) -> Result<bool, StoreError> {
    let holds = |folder: &Path, what: fn(&str) -> bool| match std::fs::read_dir(folder) {
        Ok(entries) => Ok(entries
            .flatten()
            .any(|entry| what(&entry.file_name().to_string_lossy()))),
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(err) => Err(StoreError::io("list", folder, err)),
    };
    if has_version(path, 0) || holds(&path.join("_delta_log"), |name| name.ends_with(".json"))? {
        return Ok(true);
    }
    if holds(path, |name| name.ends_with(".parquet"))? {
        let source = "it has data files and no log".into();
        let action = format!("find the log in `{}`", path.join("_delta_log").display());
        return Err(StoreError::Damaged {
            partner,
            table: kind,
            action,
            source,
        });
    }
    Ok(false)
}

fn log_store(store: &DurableFiles, path: &Path) -> Result<LogStoreRef, DeltaTableError> {
    let url = Url::from_directory_path(path)
        .map_err(|()| DeltaTableError::InvalidTableLocation(path.display().to_string()))?;
    DeltaTableBuilder::from_url(url.clone())?
        .with_storage_backend(Arc::new(store.clone()), url)
        .build_storage()
}

/// A failure of the Delta library: the disk's fault if a cause says so, else damage.
pub(crate) fn damaged(
    partner: PartnerId,
    table: Kind,
    action: &'static str,
    path: &Path,
    source: impl Into<Cause>,
) -> StoreError {
    use std::io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    let source = source.into();
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

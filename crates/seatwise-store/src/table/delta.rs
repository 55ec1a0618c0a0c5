//! A partner's table of one kind at a version, and how to open it.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use deltalake::DeltaTableError;
use deltalake::kernel::Add;
use deltalake::logstore::{LogStoreRef, StorageConfig, default_logstore};
use deltalake::operations::create::CreateBuilder;
use deltalake::table::state::DeltaTableState;
use jiff::Timestamp;
use object_store::path::Path as ObjectPath;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStoreExt as _, PutPayload};
use seatwise_types::PartnerId;
use tokio::sync::OnceCell;
use tokio::task::{JoinSet, spawn_blocking};
use uuid::Uuid;

use crate::model::content_hash::Contents;
use crate::model::error::{Cause, StoreError};
use crate::model::kind::Kind;
pub(crate) use crate::table::commit::Committed;
use crate::table::damage::damaged;
pub(crate) use crate::table::data_file::DataFile;
use crate::table::data_file::{CheckedFiles, Unusable};
use crate::table::encode::{Encoded, encode};
use crate::table::layout::{
    LAYOUT, LAYOUT_PROPERTY, commit_properties, delta_columns, delta_properties,
};
use crate::table::listed_file::ListedFile;
use crate::table::location::{CheckedLog, TableLocation};
use crate::table::log::{EntryStamp, has_version};
use crate::table::log_checksums::{ChecksumList, LogChecksums};
use crate::table::stats::FileStats;
use crate::table::storage::Location;

/// A table at one version. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Table {
    pub(crate) partner: PartnerId,
    pub(crate) kind: Kind,
    /// The folder of the table.
    pub(crate) folder: Location,
    /// The live files at this version.
    pub(crate) files: Arc<Vec<DataFile>>,
    pub(crate) checksums: ChecksumList,
    /// The list of checksums when this version was read.
    pub(crate) log: Arc<LogChecksums>,
    pub(crate) recorded: Arc<ListedFile>,
    pub(crate) checked: Arc<CheckedFiles>,
    pub(crate) log_store: LogStoreRef,
    pub(crate) state: DeltaTableState,
    /// The state of this version's log entry when it was read.
    pub(crate) entry: Option<EntryStamp>,
    /// The instant that the log up to this version settles, once it is read.
    pub(crate) settled: Arc<OnceCell<Option<Timestamp>>>,
}

impl Table {
    /// Opens the newest version; `None` if there is no table yet.
    ///
    /// # Errors
    /// If there was a table and it is missing, if a log file is missing or changed, or if the log
    /// cannot be read.
    pub(crate) async fn open(location: &TableLocation) -> Result<Option<Self>, StoreError> {
        loop {
            let Some(checked) = location.check_log(None).await? else {
                return Ok(None);
            };
            let log = Arc::clone(&checked.log);
            let err = match Self::read(location, checked).await {
                Ok(table) => return Ok(Some(table)),
                Err(err) => err,
            };
            // An erasure or a truncation may have removed log files between the two.
            match location.check_log(None).await? {
                Some(now) if now.log != log => {}
                _ => return Err(err),
            }
        }
    }

    /// Reads the newest version with a verified log.
    async fn read(location: &TableLocation, checked: CheckedLog) -> Result<Self, StoreError> {
        let TableLocation {
            partner,
            kind,
            ref folder,
            ..
        } = *location;
        let log_store =
            log_store(folder).map_err(|err| damaged(partner, kind, "open it", folder, err))?;
        let state = DeltaTableState::try_new(&log_store, None).await;
        let state = state.map_err(|err| damaged(partner, kind, "read its log", folder, err))?;
        let table = Unchecked {
            location: location.clone(),
            log: checked.log,
            log_store,
            state,
        };
        table.check(Some(checked.version))
    }

    /// Creates the table with its columns and properties, at version 0. If another process creates
    /// it concurrently, both get the same table.
    pub(crate) async fn create(location: &TableLocation) -> Result<Self, StoreError> {
        let (kind, folder) = (location.kind, &location.folder);
        let fail = |err: Cause| damaged(location.partner, kind, "create it", folder, err);
        let log_store = log_store(folder).map_err(fail)?;
        let created = CreateBuilder::new()
            .with_log_store(log_store)
            .with_table_name(kind.as_str())
            .with_columns(delta_columns(kind))
            .with_configuration(delta_properties())
            .with_raise_if_key_not_exists(false)
            .with_commit_properties(commit_properties(None))
            .await;
        match (created, Self::open(location).await?) {
            (_, Some(table)) => table.listed().await,
            (Err(err), None) => Err(fail(err.into())),
            (Ok(_), None) => Err(fail(DeltaTableError::generic("it is gone again").into())),
        }
    }

    /// The newest version; unchanged if nothing was committed since.
    pub(crate) async fn newest(&self) -> Result<Self, StoreError> {
        let Some(checked) = self.location().check_log(Some(self.version())).await? else {
            let path = (&self.folder).into();
            return Err(StoreError::Gone { path });
        };
        let mut state = self.state.clone();
        if let Err(err) = state.update(&self.log_store, None).await {
            // Read from the start, it may be another table by now.
            let opened = Box::pin(Self::open(&self.location())).await?;
            let failed = || damaged(self.partner, self.kind, "read its log", &self.folder, err);
            return opened.ok_or_else(failed);
        }
        if state.version() == self.version() {
            // Old entries may have been removed since.
            let (log, table) = (checked.log, self.clone());
            return Ok(Self { log, ..table });
        }
        self.unchecked(checked.log, state)
            .check(Some(checked.version))
    }

    /// The table at an earlier version; `None` if its log entry or one of its files was removed, as
    /// happens to versions beyond the retention time.
    pub(crate) async fn at(&self, version: u64) -> Result<Option<Self>, StoreError> {
        let fail = |err: Cause| damaged(self.partner, self.kind, "read its log", &self.folder, err);
        if !has_version(&self.folder, version).map_err(|err| fail(err.into()))? {
            return Ok(None);
        }
        let (log, folder) = (Arc::clone(&self.log), self.folder.clone());
        let checked = spawn_blocking(move || log.check_read(&folder, None, version)).await;
        checked
            .map_err(Cause::from)
            .and_then(|checked| Ok(checked?))
            .map_err(fail)?;
        let state = DeltaTableState::try_new(&self.log_store, Some(version)).await;
        let state = state.map_err(|err| fail(err.into()))?;
        let earlier = self.unchecked(Arc::clone(&self.log), state);
        let table = earlier.check(Some(version))?;
        for file in table.files.iter() {
            let is_there = self.folder.join(&file.name).exists();
            if !is_there.map_err(|err| fail(err.into()))? {
                return Ok(None);
            }
        }
        Ok(Some(table))
    }

    fn location(&self) -> TableLocation {
        TableLocation {
            partner: self.partner,
            kind: self.kind,
            folder: self.folder.clone(),
            checksums: self.checksums.clone(),
            recorded: Arc::clone(&self.recorded),
            checked: Arc::clone(&self.checked),
        }
    }

    /// The same table with the log's state at another version.
    pub(crate) fn unchecked(&self, log: Arc<LogChecksums>, state: DeltaTableState) -> Unchecked {
        Unchecked {
            location: self.location(),
            log,
            log_store: Arc::clone(&self.log_store),
            state,
        }
    }

    /// Verifies these data files, on all processors.
    ///
    /// # Errors
    /// As for [`CheckedFiles::check`].
    pub(crate) async fn check(&self, files: &[&DataFile]) -> Result<(), Cause> {
        let is_known = |file: &&DataFile| self.checked.knows(&self.folder, file);
        let files: Vec<&DataFile> = files.iter().copied().filter(|it| !is_known(it)).collect();
        if files.is_empty() {
            return Ok(());
        }
        let at_once = std::thread::available_parallelism().map_or(1, usize::from);
        let mut checks = JoinSet::new();
        for part in files.chunks(files.len().div_ceil(at_once)) {
            let part: Vec<DataFile> = part.iter().copied().cloned().collect();
            let (checked, folder) = (Arc::clone(&self.checked), self.folder.clone());
            let kind = self.kind;
            checks.spawn_blocking(move || {
                part.iter()
                    .try_for_each(|file| checked.check(&folder, kind, file))
            });
        }
        while let Some(check) = checks.join_next().await {
            check??;
        }
        Ok(())
    }

    /// Whether the log still has this version, unchanged: otherwise another folder replaced the
    /// table, or an erasure truncated the log.
    pub(crate) fn is_in_log(&self) -> bool {
        self.entry.is_some() && EntryStamp::of(&self.folder, self.version()) == self.entry
    }

    /// The unique id of the table.
    pub(crate) fn id(&self) -> &str {
        self.state.metadata().id()
    }

    /// The version of the table: 0 after its creation, plus one for each commit.
    pub(crate) fn version(&self) -> u64 {
        self.state.version()
    }

    /// Writes a file with these rows, which no version names yet, and returns the log entry to add
    /// it.
    pub(crate) async fn put_rows(
        &self,
        batches: Vec<RecordBatch>,
        stats: &FileStats,
    ) -> Result<Add, Cause> {
        // Half a million rows take a while. This thread stays free for other requests.
        let encoded = spawn_blocking(move || {
            let contents = Contents::of(&batches)?;
            Ok::<_, Cause>(Encoded::new(encode(batches)?, contents))
        })
        .await??;
        self.put(encoded, stats).await
    }

    /// As [`put_rows`](Self::put_rows), with rows that are already encoded.
    pub(crate) async fn put(&self, encoded: Encoded, stats: &FileStats) -> Result<Add, Cause> {
        let Encoded { content, tags } = encoded;
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
            tags: Some(tags),
            ..Add::default()
        })
    }

    /// Removes files that no version names. Files that cannot be removed do no harm.
    pub(crate) async fn discard(&self, names: &[String]) {
        for name in names {
            let objects = self.log_store.object_store(None);
            objects.delete(&ObjectPath::from(name.as_str())).await.ok();
        }
    }

    /// The largest delivery number; 0 if there is none.
    pub(crate) fn last_delivery(&self) -> i64 {
        self.files
            .iter()
            .map(|file| file.stats.max_values.delivery_id)
            .max()
            .unwrap_or(0)
    }

    /// When the last delivery was recorded. The log may have only milliseconds.
    pub(crate) fn last_recorded(&self) -> Option<Timestamp> {
        self.files
            .iter()
            .map(|file| file.stats.max_values.recorded_at)
            .max()
    }
}

/// A version whose log is read, but not yet compared with the checksums of its files.
pub(crate) struct Unchecked {
    location: TableLocation,
    log: Arc<LogChecksums>,
    log_store: LogStoreRef,
    state: DeltaTableState,
}

impl Unchecked {
    /// The table, if its log is unchanged. `read` is a version that was verified before.
    pub(crate) fn check(self, read: Option<u64>) -> Result<Table, StoreError> {
        let Self {
            location,
            log,
            log_store,
            state,
        } = self;
        let TableLocation {
            partner,
            kind,
            folder,
            checksums,
            recorded,
            checked,
        } = location;
        let version = state.version();
        log.check_read(&folder, read, version)
            .map_err(|err| damaged(partner, kind, "read its log", &folder, err))?;
        let configuration = state.metadata().configuration();
        let layout = configuration
            .get(LAYOUT_PROPERTY)
            .and_then(|text| text.parse().ok());
        if let Some(found) = layout.filter(|found| *found > LAYOUT) {
            return Err(StoreError::Newer {
                path: folder.into(),
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
        let files = state.log_data().into_iter().map(DataFile::of);
        let files: Result<Vec<_>, _> = files.collect();
        let files = files.map_err(|unusable| match unusable {
            Unusable::Unsupported(feature) => unsupported(feature),
            Unusable::Damaged(err) => damaged(partner, kind, "read its log", &folder, err),
        })?;
        Ok(Table {
            entry: EntryStamp::of(&folder, version),
            partner,
            kind,
            folder,
            files: Arc::new(files),
            checksums,
            log,
            recorded,
            checked,
            log_store,
            state,
            settled: Arc::default(),
        })
    }
}

fn log_store(folder: &Location) -> Result<LogStoreRef, Cause> {
    let (objects, url) = folder.for_delta()?;
    let of_table = PrefixStore::new(Arc::clone(&objects), folder.object_path()?);
    let config = StorageConfig::default();
    Ok(default_logstore(Arc::new(of_table), objects, &url, &config))
}

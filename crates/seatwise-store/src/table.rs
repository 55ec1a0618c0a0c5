//! One partner's table of one kind: its files at a version, and how it is opened.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use deltalake::kernel::Add;
use deltalake::logstore::LogStoreRef;
use deltalake::operations::create::CreateBuilder;
use deltalake::table::state::DeltaTableState;
use deltalake::{DeltaTableBuilder, DeltaTableError};
use jiff::Timestamp;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStoreExt as _, PutPayload};
use seatwise_types::PartnerId;
use serde::Deserialize;
use tokio::task::{JoinSet, spawn_blocking};
use url::Url;
use uuid::Uuid;

use crate::axes::whole_millisecond;
use crate::checksum::Checksum;
pub(crate) use crate::commit::Committed;
pub(crate) use crate::data_file::DataFile;
use crate::data_file::{CHECKSUM_TAG, CheckedFiles, Unusable};
use crate::disk::DurableFiles;
use crate::error::{Cause, io_kind};
use crate::folder::LAYOUT;
use crate::layout::{LAYOUT_PROPERTY, delta_columns, delta_properties};
use crate::log::{LogName, has_version, log_has_entries, log_names};
use crate::log_checksums::{ChecksumList, LogChecksums};
use crate::stats::FileStats;
use crate::write::encode;
use crate::{Kind, StoreError};

/// Where a table is, and what its versions share.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) partner: PartnerId,
    pub(crate) kind: Kind,
    /// The folder of the table, absolute; it need not exist.
    pub(crate) path: PathBuf,
    /// The checksums of its log.
    pub(crate) checksums: ChecksumList,
    /// The data files that this process found whole.
    pub(crate) checked: Arc<CheckedFiles>,
}

/// A table at one version. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Table {
    pub(crate) partner: PartnerId,
    pub(crate) kind: Kind,
    /// The folder of the table, absolute.
    pub(crate) path: PathBuf,
    /// The live files at this version.
    pub(crate) files: Arc<Vec<DataFile>>,
    pub(crate) checksums: ChecksumList,
    /// What the list of checksums said when this version was read.
    pub(crate) log: Arc<LogChecksums>,
    pub(crate) checked: Arc<CheckedFiles>,
    pub(crate) log_store: LogStoreRef,
    pub(crate) state: DeltaTableState,
}

impl Table {
    /// Opens the newest version; none if there is no table yet.
    ///
    /// # Errors
    /// If there was a table and it is gone, if a file of its log is missing or not the one that
    /// was written, and if the log cannot be read.
    pub(crate) async fn open(place: &Place) -> Result<Option<Self>, StoreError> {
        let Place {
            partner,
            kind,
            ref path,
            ..
        } = *place;
        let fail = |err: Cause| damaged(partner, kind, "read its log", path, err);
        // Read before the log: what is listed then is in the log for certain.
        let listed = place.checksums.read().map_err(|err| fail(err.into()))?;
        let newest = listed.as_ref().and_then(LogChecksums::newest);
        if !log_has_entries(path, partner, kind)? {
            return match newest {
                None => Ok(None),
                Some(_) => Err(StoreError::Gone { path: path.clone() }),
            };
        }
        let log = Arc::new(listed.unwrap_or_default());
        let log_store = log_store(&place.checksums.files, path)
            .map_err(|err| damaged(partner, kind, "open it", path, err))?;
        let state = match DeltaTableState::try_new(&log_store, None).await {
            Ok(state) => state,
            // What is wrong with the log says more than what it did to the library.
            Err(err) => {
                let names = log.names().chain(log_names(path).unwrap_or_default());
                let mut causes = names.filter_map(|name| log.check(path, name).err());
                return Err(fail(causes.next().map_or_else(|| err.into(), Cause::from)));
            }
        };
        let found = log.check_newest(state.version());
        found.map_err(|err| fail(err.into()))?;
        let table = Unchecked {
            place: place.clone(),
            log,
            log_store,
            state,
        };
        table.check(None).map(Some)
    }

    /// Creates the table with its columns and properties, at version 0. If another process creates
    /// it at the same time, one of the two wins and both get the same table.
    pub(crate) async fn create(place: &Place) -> Result<Self, StoreError> {
        let (kind, path) = (place.kind, &place.path);
        let fail = |err| damaged(place.partner, kind, "create it", path, err);
        let log_store = log_store(&place.checksums.files, path).map_err(fail)?;
        let created = CreateBuilder::new()
            .with_log_store(log_store)
            .with_table_name(kind.as_str())
            .with_columns(delta_columns(kind))
            .with_configuration(delta_properties())
            .with_raise_if_key_not_exists(false)
            .await;
        match (created, Self::open(place).await?) {
            (_, Some(table)) => table.listed().await,
            (Err(err), None) => Err(fail(err)),
            (Ok(_), None) => Err(fail(DeltaTableError::generic("it is gone again"))),
        }
    }

    /// The newest version: the same table if nothing was committed since.
    pub(crate) async fn newest(&self) -> Result<Self, StoreError> {
        let fail = |err| damaged(self.partner, self.kind, "read its log", &self.path, err);
        let listed = self.checksums.read().map_err(fail)?;
        let mut state = self.state.clone();
        let updated = state.update(&self.log_store, None).await;
        updated.map_err(|err| damaged(self.partner, self.kind, "read its log", &self.path, err))?;
        if state.version() == self.version() {
            return Ok(self.clone());
        }
        let log = listed.unwrap_or_default();
        log.check_newest(state.version()).map_err(fail)?;
        self.unchecked(Arc::new(log), state)
            .check(Some(self.version()))
    }

    /// The table at an earlier version; none if its log entry or one of its files is gone, which
    /// happens to versions that are older than what compacting keeps.
    pub(crate) async fn at(&self, version: u64) -> Result<Option<Self>, StoreError> {
        if !has_version(&self.path, version) {
            return Ok(None);
        }
        let fail = |err| damaged(self.partner, self.kind, "read its log", &self.path, err);
        let state = DeltaTableState::try_new(&self.log_store, Some(version))
            .await
            .map_err(fail)?;
        let earlier = self.unchecked(Arc::clone(&self.log), state);
        let table = earlier.check(None)?;
        let is_there = |file: &DataFile| self.path.join(&file.name).exists();
        Ok(table.files.iter().all(is_there).then_some(table))
    }

    /// The same table with what its log says at another version.
    pub(crate) fn unchecked(&self, log: Arc<LogChecksums>, state: DeltaTableState) -> Unchecked {
        Unchecked {
            place: Place {
                partner: self.partner,
                kind: self.kind,
                path: self.path.clone(),
                checksums: self.checksums.clone(),
                checked: Arc::clone(&self.checked),
            },
            log,
            log_store: Arc::clone(&self.log_store),
            state,
        }
    }

    /// Makes sure that these data files are the ones that were written, on all processors.
    ///
    /// # Errors
    /// If one is missing or was changed, and if it cannot be read.
    pub(crate) async fn check(&self, files: &[&DataFile]) -> Result<(), Cause> {
        let at_once = std::thread::available_parallelism().map_or(1, usize::from);
        let mut checks = JoinSet::new();
        for part in files.chunks(files.len().div_ceil(at_once).max(1)) {
            let part: Vec<DataFile> = part.iter().copied().cloned().collect();
            let (checked, table) = (Arc::clone(&self.checked), self.path.clone());
            checks.spawn_blocking(move || {
                part.iter().try_for_each(|file| checked.check(&table, file))
            });
        }
        while let Some(check) = checks.join_next().await {
            check??;
        }
        Ok(())
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
        let (content, checksum) = spawn_blocking(move || {
            let content = encode(&batches)?;
            let checksum = Checksum::of(&content);
            Ok::<_, Cause>((content, checksum))
        })
        .await??;
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
            tags: Some(HashMap::from([(
                CHECKSUM_TAG.to_owned(),
                Some(checksum.to_string()),
            )])),
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
    /// none. Whatever is recorded or merged later, it stays the same; after erasing,
    /// which removes entries of the log, it may be 0.
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
        let name = LogName::entry(version);
        let log = match std::fs::read_to_string(name.path(&self.path)) {
            // Erasing removes entries that would tell of what was erased.
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
            log => log?,
        };
        self.log.check(&self.path, name)?;
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
}

/// A version whose log was read, and not yet compared with the checksums of its files.
pub(crate) struct Unchecked {
    place: Place,
    log: Arc<LogChecksums>,
    log_store: LogStoreRef,
    state: DeltaTableState,
}

impl Unchecked {
    /// The table, if its log is the one that was written. `read` is a version that was checked
    /// before.
    pub(crate) fn check(self, read: Option<u64>) -> Result<Table, StoreError> {
        let Self {
            place,
            log,
            log_store,
            state,
        } = self;
        let Place {
            partner,
            kind,
            path,
            checksums,
            checked,
        } = place;
        let version = state.version();
        log.check_read(&path, read, version)
            .map_err(|err| damaged(partner, kind, "read its log", &path, err))?;
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
        let files = state.log_data().into_iter().map(DataFile::of);
        let files: Result<Vec<_>, _> = files.collect();
        let files = files.map_err(|unusable| match unusable {
            Unusable::Unsupported(feature) => unsupported(feature),
            Unusable::Damaged(err) => damaged(partner, kind, "read its log", &path, err),
        })?;
        Ok(Table {
            partner,
            kind,
            path,
            files: Arc::new(files),
            checksums,
            log,
            checked,
            log_store,
            state,
        })
    }
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

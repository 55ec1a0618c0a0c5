//! The handle of a data folder.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use datafusion::prelude::SessionContext;
use jiff::Timestamp;
use seatwise_types::PartnerId;
use tokio::task::spawn_blocking;

use crate::model::axes::{KnownAt, whole_millisecond};
use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::table::commits::{Commits, Counter};
use crate::table::data_file::CheckedFiles;
use crate::table::delta::{Place, Table};
use crate::table::disk::DurableFiles;
use crate::table::domains::Domains;
use crate::table::engine::{Engine, UNBOUNDED};
use crate::table::folder::{Folder, WriterLock};
use crate::table::listed_file::ListedFile;
use crate::table::log::has_version;
use crate::table::session::session;

/// The tables of all partners in one data folder. Cheap to clone; clones share caches.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), seatwise_store::StoreError> {
/// # let folder = tempfile::tempdir().expect("a temporary folder");
/// # let path = folder.path().join("data");
/// use seatwise_store::{Store, StoreError};
///
/// // A folder that does not exist cannot be opened for reading …
/// assert!(matches!(Store::open(&path), Err(StoreError::NoFolder { .. })));
/// // … but it can be created. Nothing is known yet.
/// let store = Store::create(&path)?;
/// assert!(store.partners()?.is_empty());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
    engine: Arc<Engine>,
}

struct Shared {
    folder: Folder,
    /// For imports, upkeep and published figures, without the memory limit of questions.
    session: SessionContext,
    /// The newest version read of each table.
    tables: Mutex<HashMap<(PartnerId, Kind), Table>>,
    /// How often the log of a table no longer had the version that was read.
    replaced: Mutex<HashMap<(PartnerId, Kind), u64>>,
    /// The domains of each partner's customers, as last read.
    domains: Mutex<HashMap<PartnerId, Arc<Domains>>>,
    checked: Arc<CheckedFiles>,
    extensions: Mutex<HashMap<TypeId, Extension>>,
    commits: Counter,
    /// The locks among this process's writers to a partner's tables.
    turns: Mutex<HashMap<PartnerId, Arc<tokio::sync::Mutex<()>>>>,
}

/// A value of some type.
type Extension = Arc<dyn Any + Send + Sync>;

/// A version of one table. If two are equal, nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TableVersion {
    /// Its number: 0 after the table's creation, plus one for each commit.
    pub number: u64,
    /// The history of the number, as counted by this store: a backup that replaces the folder has
    /// other rows under the same numbers.
    pub history: u64,
    /// When the last delivery was recorded; `None` if there is none.
    recorded_at: Option<Timestamp>,
}

impl TableVersion {
    /// Whether everything in it was known at an instant.
    pub fn is_known_at(self, known_at: KnownAt) -> bool {
        self.recorded_at <= Some(known_at.timestamp())
    }
}

impl Store {
    /// Opens a data folder.
    ///
    /// # Errors
    /// If the folder does not exist, is not a data folder, was written by a newer version, or
    /// cannot be read.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Folder::open(path, DurableFiles::new()).map(Self::new)
    }

    /// Opens a data folder read-only. Nothing is written, so no instant is [settled](Self::settle)
    /// either. Other processes may write to it meanwhile.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        let folder = Folder::open(path, DurableFiles::new())?;
        Ok(Self::new(folder.only_read()))
    }

    /// Opens a data folder; makes a missing or empty folder a data folder.
    ///
    /// # Errors
    /// As [`open`](Self::open), and if the folder cannot be created.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        Self::create_with(path, DurableFiles::new())
    }

    /// As [`create`](Self::create), but writes through the given files, to observe the disk.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_with(path: &Path, files: DurableFiles) -> Result<Self, StoreError> {
        Folder::create(path, files).map(Self::new)
    }

    fn new(folder: Folder) -> Self {
        let session = session();
        Self {
            engine: Arc::new(Engine::new(&session, UNBOUNDED)),
            shared: Arc::new(Shared {
                folder,
                session,
                tables: Mutex::default(),
                replaced: Mutex::default(),
                domains: Mutex::default(),
                checked: Arc::default(),
                extensions: Mutex::default(),
                commits: Counter::default(),
                turns: Mutex::default(),
            }),
        }
    }

    pub(crate) fn with_engine(self, engine: Engine) -> Self {
        let engine = Arc::new(engine);
        Self { engine, ..self }
    }

    /// The folder, absolute.
    pub fn path(&self) -> &Path {
        self.shared.folder.root()
    }

    /// The partners with tables, by id.
    ///
    /// # Errors
    /// If the folder cannot be listed.
    pub fn partners(&self) -> Result<Vec<PartnerId>, StoreError> {
        self.shared.folder.partners()
    }

    /// The current version of a partner's table, including commits of other processes; `None` if
    /// there is no table yet. Costs two metadata reads, without a query.
    ///
    /// # Errors
    /// If the table was changed and cannot be opened.
    pub async fn table_version(
        &self,
        partner: PartnerId,
        kind: Kind,
    ) -> Result<Option<TableVersion>, StoreError> {
        let table = self.table(partner, kind).await?;
        let history = held(&self.shared.replaced).get(&(partner, kind)).copied();
        Ok(table.map(|table| TableVersion {
            number: table.version(),
            history: history.unwrap_or(0),
            recorded_at: table.last_recorded().map(whole_millisecond),
        }))
    }

    /// A subscription to the commits through this store and its clones, from now on.
    pub fn commits(&self) -> Commits {
        self.shared.commits.subscribe()
    }

    /// Whether a version of a partner's table is still readable. After an erasure, by any process,
    /// it is not: discard what was derived from it. Costs one metadata read.
    pub fn has_version(&self, partner: PartnerId, kind: Kind, version: u64) -> bool {
        has_version(&self.shared.folder.table(partner, kind), version)
    }

    /// Permanently removes a partner: its stored data, and the state of its collectors. Use it for
    /// generated partners; [`erase`](Self::erase) erases rows of real ones. Waits until no process
    /// writes to the partner's tables. Readers may get errors meanwhile.
    ///
    /// # Errors
    /// If the file system refuses.
    pub async fn remove_partner(
        &self,
        partner: PartnerId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let lock = self.lock(partner, now).await?;
        self.blocking("remove a partner from", move |store| {
            store.shared.folder.remove_partner(partner, &lock)?;
            store.tables().retain(|(known, _), _| *known != partner);
            Ok(())
        })
        .await
    }

    /// The file with the domains of a partner's customers.
    pub(crate) fn domains_file(&self, partner: PartnerId) -> ListedFile {
        self.shared.folder.domains(partner)
    }

    /// A price file or policy of idle seats, by name.
    pub(crate) fn idle_file(&self, partner: PartnerId, name: &str) -> ListedFile {
        self.shared.folder.idle_file(partner, name)
    }

    /// The folder of a partner's price files and policies, and that of their lists. Neither need
    /// exist.
    pub(crate) fn idle_folders(&self, partner: PartnerId) -> (PathBuf, PathBuf) {
        self.shared.folder.idle_folders(partner)
    }

    /// The folder of one partner; it need not exist.
    pub(crate) fn partner_folder(&self, partner: PartnerId) -> PathBuf {
        self.shared.folder.partner(partner)
    }

    /// The folder of a table's damaged files; it need not exist.
    pub(crate) fn damaged_files(&self, partner: PartnerId, kind: Kind) -> PathBuf {
        self.shared.folder.damaged_files(partner, kind)
    }

    /// In-memory state of another room beside the tables: one value for each type.
    pub(crate) fn extension<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut extensions = held(&self.shared.extensions);
        let new = || Arc::<T>::default() as Extension;
        let found = Arc::clone(extensions.entry(TypeId::of::<T>()).or_insert_with(new));
        found.downcast().unwrap_or_default()
    }

    /// The folder of a table's ledger; it need not exist.
    pub(crate) fn ledger_folder(&self, partner: PartnerId, kind: Kind) -> PathBuf {
        self.shared.folder.ledger_folder(partner, kind)
    }

    /// The durable file system of the data folder.
    pub(crate) fn files(&self) -> &DurableFiles {
        self.shared.folder.files()
    }

    pub(crate) fn session(&self) -> &SessionContext {
        &self.shared.session
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The newest version of a table; `None` if nothing is recorded.
    pub(crate) async fn table(
        &self,
        partner: PartnerId,
        kind: Kind,
    ) -> Result<Option<Table>, StoreError> {
        let place = self.place(partner, kind);
        let path = &place.path;
        let table = match self.known_table(partner, kind) {
            Some(table) if table.is_in_log() => {
                if !has_version(path, table.version() + 1) {
                    return Ok(Some(table));
                }
                Some(table.newest().await?)
            }
            Some(_) => {
                *held(&self.shared.replaced)
                    .entry((partner, kind))
                    .or_default() += 1;
                Table::open(&place).await?
            }
            None => Table::open(&place).await?,
        };
        match &table {
            Some(table) => self.remember(table),
            None => {
                self.is_there()?;
                self.tables().remove(&(partner, kind));
            }
        }
        Ok(table)
    }

    /// Runs `work` on the newest version of a table; `None` if there is no table. If it fails and
    /// there is a newer version by then, runs it again: an erasure may have removed files.
    pub(crate) async fn with_newest<T, E, Work>(
        &self,
        partner: PartnerId,
        kind: Kind,
        work: impl Fn(Table) -> Work,
    ) -> Result<Option<T>, E>
    where
        E: From<StoreError>,
        Work: Future<Output = Result<T, E>>,
    {
        let mut newest = self.table(partner, kind).await?;
        while let Some(table) = newest {
            let version = table.version();
            let done = work(table).await;
            if done.is_ok() {
                return done.map(Some);
            }
            newest = self.table(partner, kind).await?;
            if newest.as_ref().is_some_and(|it| it.version() == version) {
                return done.map(Some);
            }
        }
        Ok(None)
    }

    /// Checks that the data folder is still in place.
    pub(crate) fn is_there(&self) -> Result<(), StoreError> {
        self.shared.folder.is_there()
    }

    /// Checks that the folder of a partner is still in place, if there was one.
    pub(crate) fn partner_is_there(&self, partner: PartnerId) -> Result<(), StoreError> {
        self.shared.folder.partner_is_there(partner)
    }

    /// The location of a table, which need not exist.
    pub(crate) fn place(&self, partner: PartnerId, kind: Kind) -> Place {
        Place {
            partner,
            kind,
            path: self.shared.folder.table(partner, kind),
            checksums: self.shared.folder.checksums(partner, kind),
            recorded: Arc::new(self.shared.folder.recorded(partner, kind)),
            checked: Arc::clone(&self.shared.checked),
        }
    }

    pub(crate) async fn create_table(
        &self,
        partner: PartnerId,
        kind: Kind,
    ) -> Result<Table, StoreError> {
        let table = Table::create(&self.place(partner, kind)).await?;
        self.remember(&table);
        Ok(table)
    }

    /// Caches a table as the newest version read.
    pub(crate) fn remember(&self, table: &Table) {
        self.tables()
            .insert((table.partner, table.kind), table.clone());
    }

    /// Caches a table as the newest after a commit, and notifies subscribers.
    pub(crate) fn committed(&self, table: &Table) {
        self.remember(table);
        self.shared.commits.add(table.partner, table.kind);
    }

    /// Waits for the lock to write to the tables of a partner: first in this process, then among
    /// all processes that have the folder open.
    ///
    /// The first wait uses no thread, so the writer that holds the lock always gets the threads
    /// that it needs.
    pub(crate) async fn lock(
        &self,
        partner: PartnerId,
        now: Timestamp,
    ) -> Result<WriterLock, StoreError> {
        let lock = self.lock_as_is(partner, now).await?;
        self.shared.folder.mend_settled(partner, now, &lock)?;
        Ok(lock)
    }

    /// As [`lock`](Self::lock), but keeps a damaged note of the settled instant.
    pub(crate) async fn lock_as_is(
        &self,
        partner: PartnerId,
        now: Timestamp,
    ) -> Result<WriterLock, StoreError> {
        let turn = Arc::clone(held(&self.shared.turns).entry(partner).or_default());
        let turn = turn.lock_owned().await;
        self.blocking("lock", move |store| {
            store.shared.folder.lock(partner, turn, now)
        })
        .await
    }

    /// Runs blocking work outside the async threads. `action` names what failed if it panics.
    pub(crate) async fn blocking<T, E>(
        &self,
        action: &'static str,
        work: impl FnOnce(&Self) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let store = self.clone();
        spawn_blocking(move || work(&store))
            .await
            .map_err(|err| StoreError::from_cause(action, self.path(), err.into()))?
    }

    /// The latest instant noted as settled.
    pub(crate) fn settled(&self, partner: PartnerId) -> Result<Option<Timestamp>, StoreError> {
        self.shared.folder.settled(partner)
    }

    /// The same, but a damaged note is an error.
    pub(crate) fn noted_settled(
        &self,
        partner: PartnerId,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.shared.folder.noted_settled(partner)
    }

    /// Notes an instant as settled, unless a later one is noted.
    pub(crate) fn note_settled(
        &self,
        partner: PartnerId,
        at: Timestamp,
        lock: &WriterLock,
    ) -> Result<(), StoreError> {
        if self.settled(partner)? < Some(at) {
            self.shared.folder.note_settled(partner, at, lock)?;
        }
        Ok(())
    }

    /// Notes an instant as settled, replacing any note.
    pub(crate) fn settle_again(
        &self,
        partner: PartnerId,
        at: Timestamp,
        lock: &WriterLock,
    ) -> Result<(), StoreError> {
        self.shared.folder.note_settled(partner, at, lock)
    }

    /// The domains of a partner's customers, as last read.
    pub(crate) fn known_domains(&self, partner: PartnerId) -> Option<Arc<Domains>> {
        held(&self.shared.domains).get(&partner).cloned()
    }

    /// Caches domains as last read.
    pub(crate) fn remember_domains(&self, partner: PartnerId, domains: &Arc<Domains>) {
        held(&self.shared.domains).insert(partner, Arc::clone(domains));
    }

    fn known_table(&self, partner: PartnerId, kind: Kind) -> Option<Table> {
        self.tables().get(&(partner, kind)).cloned()
    }

    fn tables(&self) -> MutexGuard<'_, HashMap<(PartnerId, Kind), Table>> {
        held(&self.shared.tables)
    }
}

/// Locks a map, which is consistent between statements even if a thread panicked while holding it.
pub(crate) fn held<T>(map: &Mutex<T>) -> MutexGuard<'_, T> {
    map.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("path", &self.path())
            .finish_non_exhaustive()
    }
}

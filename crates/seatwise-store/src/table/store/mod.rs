//! The handle of a data folder.

mod questions;
mod tables;
mod write_lock;

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use datafusion::prelude::SessionContext;
use jiff::Timestamp;
use parking_lot::Mutex;
use seatwise_types::PartnerId;
use tokio::task::spawn_blocking;

use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::table::commits::{Commits, Counter};
use crate::table::data_file::CheckedFiles;
use crate::table::data_folder::DataFolder;
use crate::table::delta::Table;
use crate::table::disk::DurableFiles;
use crate::table::engine::{Engine, UNBOUNDED};
use crate::table::folder::Folder;
use crate::table::listed_file::ListedFile;
use crate::table::location::TableLocation;
use crate::table::session::session;
use crate::table::storage::Location;

pub use self::tables::TableVersion;

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
    checked: Arc<CheckedFiles>,
    extensions: Mutex<HashMap<TypeId, Extension>>,
    commits: Counter,
    /// The locks among this process's writers to a partner's tables.
    turns: Mutex<HashMap<PartnerId, Arc<tokio::sync::Mutex<()>>>>,
}

/// A value of some type.
type Extension = Arc<dyn Any + Send + Sync>;

impl Store {
    /// Opens a data folder. Object storage is probed: see [`create`](Self::create).
    ///
    /// # Errors
    /// If the folder does not exist, is not a data folder, was written by a newer version, or
    /// cannot be read.
    pub fn open(at: impl Into<DataFolder>) -> Result<Self, StoreError> {
        Folder::open(&at.into()).map(Self::new)
    }

    /// Opens a data folder read-only. Other processes may write to it meanwhile.
    ///
    /// Nothing is written to a folder, so no instant is [settled](Self::settle) either. In object
    /// storage, instants are settled if the credentials allow it, and nothing else is written.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_to_read(at: impl Into<DataFolder>) -> Result<Self, StoreError> {
        Folder::open_to_read(&at.into()).map(Self::new)
    }

    /// Opens a data folder; makes a missing or empty folder a data folder.
    ///
    /// In object storage, several processes may write. What needs a lock of a partner is refused
    /// there: to erase, to remove a partner, and to repair.
    ///
    /// # Errors
    /// As [`open`](Self::open), and if the folder cannot be created. If object storage lets two
    /// writers create the same object, or replace what both have read.
    pub fn create(at: impl Into<DataFolder>) -> Result<Self, StoreError> {
        Folder::create(&at.into()).map(Self::new)
    }

    /// As [`create`](Self::create), but writes through the given files, to observe the disk.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_with(path: &Path, files: DurableFiles) -> Result<Self, StoreError> {
        Folder::create_on_disk(path, files).map(Self::new)
    }

    fn new(folder: Folder) -> Self {
        let session = session(folder.root());
        Self {
            engine: Arc::new(Engine::new(&session, UNBOUNDED)),
            shared: Arc::new(Shared {
                folder,
                session,
                tables: Mutex::default(),
                replaced: Mutex::default(),
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

    /// The folder on the local disk for files that only this process needs: uploads, rows that an
    /// import puts aside, keys, and the progress of collectors. Of a data folder on the local disk
    /// it is that folder, absolute.
    pub fn work_dir(&self) -> &Path {
        self.shared.folder.work_dir()
    }

    /// The path or URL of the data folder, to show it.
    pub fn place(&self) -> String {
        self.root().to_string()
    }

    /// Whether it was opened read-only.
    pub(crate) fn is_only_read(&self) -> bool {
        self.shared.folder.is_only_read()
    }

    /// The location of the data folder.
    pub(crate) fn root(&self) -> &Location {
        self.shared.folder.root()
    }

    /// The partners with tables, by id.
    ///
    /// # Errors
    /// If the folder cannot be listed.
    pub fn partners(&self) -> Result<Vec<PartnerId>, StoreError> {
        self.shared.folder.partners()
    }

    /// A subscription to the commits through this store and its clones, from now on.
    pub fn commits(&self) -> Commits {
        self.shared.commits.subscribe()
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

    /// Removes all temporary files of a partner. There must be no other writer.
    pub(crate) fn remove_unfinished(&self, partner: PartnerId) {
        let folder = &self.shared.folder;
        folder.remove_unfinished(partner, Timestamp::MAX);
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
    pub(crate) fn idle_folders(&self, partner: PartnerId) -> (Location, Location) {
        self.shared.folder.idle_folders(partner)
    }

    /// The folder of one partner; it need not exist.
    pub(crate) fn partner_folder(&self, partner: PartnerId) -> Location {
        self.shared.folder.partner(partner)
    }

    /// The folder of a table's damaged files; it need not exist.
    pub(crate) fn damaged_files(&self, partner: PartnerId, kind: Kind) -> Location {
        self.shared.folder.damaged_files(partner, kind)
    }

    /// In-memory state of another file beside the tables: one value for each type.
    pub(crate) fn extension<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut extensions = self.shared.extensions.lock();
        let new = || Arc::<T>::default() as Extension;
        let found = Arc::clone(extensions.entry(TypeId::of::<T>()).or_insert_with(new));
        found.downcast().unwrap_or_default()
    }

    /// The folder of a table's ledger; it need not exist.
    pub(crate) fn ledger_folder(&self, partner: PartnerId, kind: Kind) -> Location {
        self.shared.folder.ledger_folder(partner, kind)
    }

    /// Durable files of the local disk.
    pub(crate) fn files(&self) -> &DurableFiles {
        self.shared.folder.files()
    }

    pub(crate) fn session(&self) -> &SessionContext {
        &self.shared.session
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
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
    pub(crate) fn location(&self, partner: PartnerId, kind: Kind) -> TableLocation {
        TableLocation {
            partner,
            kind,
            folder: self.shared.folder.table(partner, kind),
            checksums: self.shared.folder.checksums(partner, kind),
            recorded: Arc::new(self.shared.folder.recorded(partner, kind)),
            checked: Arc::clone(&self.shared.checked),
        }
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
            .map_err(|err| StoreError::from_cause(action, self.root(), err.into()))?
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("root", self.root())
            .finish_non_exhaustive()
    }
}

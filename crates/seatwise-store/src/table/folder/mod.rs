//! The data folder: its marker, the location of tables, and write locks.

mod opening;
mod take_over;

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use seatwise_types::PartnerId;
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::table::access;
use crate::table::disk::DurableFiles;
use crate::table::layout::LAYOUT;
use crate::table::listed_file::ListedFile;
use crate::table::log::remove_wrong_hint;
use crate::table::log_checksums::ChecksumList;
use crate::table::marker::Marker;
use crate::table::names::{
    CHECKSUMS, DAMAGED, DOMAINS, GUESTS, IDLE, IMPORTS, LEDGERS, LIST, MARKER, PARTNERS, RECEIPTS,
    RECORDED, WRITER_LOCK,
};
use crate::table::storage::{Location, is_absent};

/// A folder that is a data folder.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    root: Location,
    /// Durable files of the local disk, also where the folder is in object storage.
    files: DurableFiles,
    work_dir: PathBuf,
    /// Whether locks for writing are refused.
    only_read: bool,
    /// Of this store among all that write to the folder.
    id: Uuid,
}

impl Folder {
    /// Whether the folder was opened read-only.
    pub(crate) fn is_only_read(&self) -> bool {
        self.only_read
    }

    pub(crate) fn root(&self) -> &Location {
        &self.root
    }

    /// The folder on the local disk for files that only this process needs.
    pub(crate) fn work_dir(&self) -> &Path {
        &self.work_dir
    }

    /// Durable files of the local disk.
    pub(crate) fn files(&self) -> &DurableFiles {
        &self.files
    }

    /// The partners that have a folder, or had one when something was recorded for them, by id.
    /// Other names are ignored.
    pub(crate) fn partners(&self) -> Result<Vec<PartnerId>, StoreError> {
        self.is_there()?;
        let mut partners = BTreeSet::new();
        for folder in [PARTNERS, CHECKSUMS].map(|name| self.root.join(name)) {
            let names = names_in(&folder)?.into_iter();
            partners.extend(names.filter_map(|name| name.parse::<PartnerId>().ok()));
        }
        Ok(partners.into_iter().collect())
    }

    /// Checks that the folder is still the one that was opened: after a disk is unmounted, an empty
    /// folder is in its place.
    ///
    /// # Errors
    /// If its marker is missing.
    pub(crate) fn is_there(&self) -> Result<(), StoreError> {
        let marker = self.root.join(MARKER);
        match marker.exists() {
            Ok(true) => Ok(()),
            Ok(false) => Err(StoreError::Gone {
                path: marker.into(),
            }),
            Err(err) => Err(StoreError::io("find", marker, err)),
        }
    }

    /// Checks that the folder of a partner exists, if the partner has checksums.
    ///
    /// # Errors
    /// If that folder, or the whole data folder, is missing.
    pub(crate) fn partner_is_there(&self, partner: PartnerId) -> Result<(), StoreError> {
        self.is_there()?;
        let folder = self.partner(partner);
        let is_there = |folder: &Location| {
            let is_there = folder.is_folder();
            is_there.map_err(|err| StoreError::io("find", folder, err))
        };
        if !is_there(&folder)? && is_there(&self.of_partner(CHECKSUMS, partner))? {
            return Err(StoreError::Gone {
                path: folder.into(),
            });
        }
        Ok(())
    }

    /// The folder of one table; it need not exist.
    pub(crate) fn table(&self, partner: PartnerId, kind: Kind) -> Location {
        self.partner(partner).join(kind.as_str())
    }

    /// The folder of a table's damaged files; it need not exist.
    pub(crate) fn damaged_files(&self, partner: PartnerId, kind: Kind) -> Location {
        self.of_partner(DAMAGED, partner).join(kind.as_str())
    }

    /// The folder of a table's ledger; it need not exist.
    pub(crate) fn ledger_folder(&self, partner: PartnerId, kind: Kind) -> Location {
        self.of_partner(LEDGERS, partner).join(kind.as_str())
    }

    /// The checksums of the log of one table.
    pub(crate) fn checksums(&self, partner: PartnerId, kind: Kind) -> ChecksumList {
        let lists = self.of_partner(CHECKSUMS, partner);
        ChecksumList(lists.join(format!("{kind}.sha256")))
    }

    /// A file of a partner that is replaced as a whole. `path` is relative to the partner's folder;
    /// `list` is the name of the list with its checksum.
    fn listed_file(&self, partner: PartnerId, path: &str, list: &str) -> ListedFile {
        ListedFile {
            location: self.partner(partner).join(path),
            list: self.of_partner(CHECKSUMS, partner).join(list),
        }
    }

    /// The domains of a partner's customers.
    pub(crate) fn domains(&self, partner: PartnerId) -> ListedFile {
        self.listed_file(partner, DOMAINS, "domains.sha256")
    }

    /// A price file or policy of idle seats, by name.
    pub(crate) fn idle_file(&self, partner: PartnerId, name: &str) -> ListedFile {
        self.listed_file(
            partner,
            &format!("{IDLE}/{name}"),
            &format!("{IDLE}/{name}{LIST}"),
        )
    }

    /// The folder of a partner's price files and policies, and that of their lists. Neither need
    /// exist.
    pub(crate) fn idle_folders(&self, partner: PartnerId) -> (Location, Location) {
        let lists = self.of_partner(CHECKSUMS, partner);
        (self.partner(partner).join(IDLE), lists.join(IDLE))
    }

    /// The recording times of a table's versions whose log entries were removed.
    pub(crate) fn recorded(&self, partner: PartnerId, kind: Kind) -> ListedFile {
        let path = format!("{kind}/{RECORDED}");
        self.listed_file(partner, &path, &format!("{kind}.recorded.sha256"))
    }

    /// Waits until no other process writes to this partner's tables, and keeps others out until the
    /// returned lock is dropped or the process ends.
    ///
    /// `turn` is the lock among the writers of this process.
    ///
    /// The lock only serialises writers. Without it (on another machine, with another tool) nothing
    /// is lost either, because a commit fails if another came first.
    pub(crate) fn lock(
        &self,
        partner: PartnerId,
        turn: OwnedMutexGuard<()>,
        now: Timestamp,
    ) -> Result<WriterLock, StoreError> {
        if self.only_read {
            let path = (&self.root).into();
            return Err(StoreError::OnlyRead { path });
        }
        // Otherwise a folder would be created where a disk was unmounted.
        self.partner_is_there(partner)?;
        let folder = self.partner(partner);
        folder
            .create_folder()
            .map_err(|err| StoreError::io("create", &folder, err))?;
        let mut file = match folder.join(WRITER_LOCK).path() {
            Some(path) => lock_file(path)?,
            None => None,
        };
        self.take_over(partner, file.as_mut())?;
        self.raise_layout()?;
        self.remove_unfinished(partner, now);
        for kind in Kind::ALL {
            let table = folder.join(kind.as_str());
            remove_wrong_hint(&table).map_err(|err| StoreError::io("write to", &table, err))?;
            let list = self.checksums(partner, kind);
            list.mend(&table)
                .map_err(|err| StoreError::io("write to", &list.0, err))?;
        }
        let recorded = Kind::ALL.map(|kind| self.recorded(partner, kind));
        let domains = self.domains(partner);
        for file in recorded.iter().chain([&domains]) {
            let taken = file.take_over();
            taken.map_err(|err| StoreError::io("write to", &file.list, err))?;
        }
        Ok(WriterLock {
            keeps_others_out: file.is_some(),
            _file: file,
            _turn: turn,
        })
    }

    /// Removes temporary files of a partner that a killed writer left at least an hour before `now`.
    pub(crate) fn remove_unfinished(&self, partner: PartnerId, now: Timestamp) {
        let folder = self.partner(partner);
        for kind in Kind::ALL {
            let table = folder.join(kind.as_str());
            table.remove_unfinished(now);
            table.join("_delta_log").remove_unfinished(now);
        }
        for name in [RECEIPTS, IMPORTS, GUESTS, IDLE] {
            folder.join(name).remove_unfinished(now);
        }
        folder.remove_unfinished(now);
    }

    /// Raises the marker of an older layout to this layout, before a write that an older version of
    /// Seatwise would misread.
    fn raise_layout(&self) -> Result<(), StoreError> {
        if Marker::read(&self.root)?.layout >= LAYOUT {
            return Ok(());
        }
        let written = Marker::replace(&self.root);
        written.map_err(|err| StoreError::io("write to", self.root.join(MARKER), err))
    }

    /// The folder of one partner; it need not exist.
    pub(crate) fn partner(&self, partner: PartnerId) -> Location {
        self.of_partner(PARTNERS, partner)
    }

    /// The folder of one partner in a folder of the data folder; it need not exist.
    pub(super) fn of_partner(&self, name: &str, partner: PartnerId) -> Location {
        self.root.join(name).join(partner.to_string())
    }
}

/// The lock of a process that writes to the tables of one partner.
#[derive(Debug)]
pub(crate) struct WriterLock {
    /// False on a file system without locks, and in object storage.
    keeps_others_out: bool,
    // Dropped in this order, so that the next writer of this process finds the file unlocked.
    _file: Option<File>,
    _turn: OwnedMutexGuard<()>,
}

impl WriterLock {
    /// Checks that no other process writes to the folder of the partner meanwhile.
    ///
    /// # Errors
    /// If the storage has no locks.
    pub(crate) fn excludes_others(&self, folder: &Location) -> Result<(), StoreError> {
        match self.keeps_others_out {
            true => Ok(()),
            false => Err(StoreError::NoLocks {
                folder: folder.into(),
            }),
        }
    }
}

/// The file, locked when this returns; `None` if the file system has no locks.
fn lock_file(path: &Path) -> Result<Option<File>, StoreError> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true);
    let file = access::open(path, &options).map_err(|err| StoreError::io("open", path, err))?;
    match file.lock() {
        // Some network drives have no locks. There, only the commits prevent lost writes.
        Err(err) if err.kind() == io::ErrorKind::Unsupported => Ok(None),
        Err(err) => Err(StoreError::io("lock", path, err)),
        Ok(()) => Ok(Some(file)),
    }
}

/// Removes a file, if it exists.
pub(crate) fn remove_file(file: &Location) -> Result<(), StoreError> {
    let removed = file.remove();
    removed.map_err(|err| StoreError::io("remove", file, err))
}

/// Removes a folder and its content, if it exists. After a power cut it does not come back.
pub(crate) fn remove_folder(folder: &Location) -> Result<(), StoreError> {
    let removed = folder.remove_folder().and_then(|()| folder.sync_name());
    match removed {
        // There is not even a folder that it could be in.
        Err(err) if is_absent(&err) => Ok(()),
        removed => removed.map_err(|err| StoreError::io("remove", folder, err)),
    }
}

/// Whether there is a folder. In object storage, an empty folder does not exist.
pub(crate) fn is_folder(location: &Location) -> Result<bool, StoreError> {
    let is_folder = location.is_folder();
    is_folder.map_err(|err| StoreError::io("read", location, err))
}

/// The names in a folder, empty if it does not exist; names that are not UTF-8 are left out.
pub(crate) fn names_in(folder: &Location) -> Result<BTreeSet<String>, StoreError> {
    let entries = match folder.list() {
        Ok(entries) => entries,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(err) => return Err(StoreError::io("list", folder, err)),
    };
    let names = entries.iter().filter_map(|entry| entry.name());
    Ok(names.map(ToOwned::to_owned).collect())
}

//! The data folder: its marker, the location of tables, and write locks.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use jiff::Timestamp;
use seatwise_types::PartnerId;
use tokio::sync::OwnedMutexGuard;

use crate::model::error::{StoreError, io_kind};
use crate::model::kind::Kind;
use crate::table::access;
use crate::table::checksum::damage;
use crate::table::disk::DurableFiles;
use crate::table::layout::LAYOUT;
use crate::table::listed_file::ListedFile;
use crate::table::log::remove_wrong_hint;
use crate::table::log_checksums::ChecksumList;
use crate::table::marker::{Marker, first_entry};
use crate::table::names::{
    CHECKSUMS, COLLECTIONS, DAMAGED, DOMAINS, IDLE, LEDGERS, LIST, MARKER, PARTNERS, RECORDED,
    SETTLED, UNFINISHED, WRITER_LOCK,
};
use crate::table::storage::Location;

/// A folder that is a data folder.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    root: Location,
    /// Whether locks for writing are refused.
    only_read: bool,
}

impl Folder {
    /// Opens an existing data folder.
    pub(crate) fn open(path: &Path, files: DurableFiles) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::NoFolder {
                folder: path.to_owned(),
            });
        }
        let root = path
            .canonicalize()
            .map_err(|err| StoreError::io("open", path, err))?;
        let root = Location::on_disk(files, root);
        let found = Marker::read(&root)?;
        if found.layout > LAYOUT {
            return Err(StoreError::Newer {
                path: root.into(),
                found: found.layout,
                known: LAYOUT,
            });
        }
        Ok(Self {
            root,
            only_read: false,
        })
    }

    /// As [`open`](Self::open), but makes a missing or empty folder a data folder.
    pub(crate) fn create(path: &Path, files: DurableFiles) -> Result<Self, StoreError> {
        let path = &std::path::absolute(path).map_err(|err| StoreError::io("find", path, err))?;
        let root = Location::on_disk(files.clone(), path);
        let created = root.create_folder();
        created.map_err(|err| StoreError::io("create", &root, err))?;
        if first_entry(&root)?.is_none() {
            Marker::create(&root).map_err(|err| StoreError::io("write to", &root, err))?;
        }
        Self::open(path, files)
    }

    /// The same folder, read-only: locks for writing are refused.
    pub(crate) fn only_read(self) -> Self {
        Self {
            only_read: true,
            ..self
        }
    }

    pub(crate) fn root(&self) -> &Location {
        &self.root
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
        match marker.try_exists() {
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
        if !folder.exists() && self.of_partner(CHECKSUMS, partner).exists() {
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
    fn listed_file(&self, partner: PartnerId, path: impl AsRef<Path>, list: &str) -> ListedFile {
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
            Path::new(IDLE).join(name),
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
        let path = Path::new(kind.as_str()).join(RECORDED);
        self.listed_file(partner, path, &format!("{kind}.recorded.sha256"))
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
        let path = folder.join(WRITER_LOCK);
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        let file = access::open(path.path(), &options)
            .map_err(|err| StoreError::io("open", &path, err))?;
        let keeps_others_out = match file.lock() {
            // Some network drives have no locks. There, only the commits prevent lost writes.
            Err(err) if err.kind() == io::ErrorKind::Unsupported => false,
            locked => locked
                .map(|()| true)
                .map_err(|err| StoreError::io("lock", &path, err))?,
        };
        self.raise_layout()?;
        for kind in Kind::ALL {
            let table = folder.join(kind.as_str());
            table.remove_unfinished(now);
            table.join("_delta_log").remove_unfinished(now);
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
        folder.join("receipts").remove_unfinished(now);
        folder.join(IDLE).remove_unfinished(now);
        folder.remove_unfinished(now);
        Ok(WriterLock {
            keeps_others_out,
            _file: file,
            _turn: turn,
        })
    }

    /// The latest instant noted by [`note_settled`](Self::note_settled).
    ///
    /// # Errors
    /// If the note is damaged or cannot be read.
    pub(crate) fn noted_settled(
        &self,
        partner: PartnerId,
    ) -> Result<Option<Timestamp>, StoreError> {
        let folder = self.partner(partner);
        read_settled(&folder).map_err(|err| StoreError::io("read", folder.join(SETTLED), err))
    }

    /// The same, but `None` if the note is damaged, because the next writer replaces it.
    pub(crate) fn settled(&self, partner: PartnerId) -> Result<Option<Timestamp>, StoreError> {
        match self.noted_settled(partner) {
            Err(StoreError::Io { source, .. })
                if io_kind(source.as_ref()) == Some(io::ErrorKind::InvalidData) =>
            {
                Ok(None)
            }
            settled => settled,
        }
    }

    /// Replaces a damaged note by an instant that no answer has exceeded.
    pub(crate) fn mend_settled(
        &self,
        partner: PartnerId,
        now: Timestamp,
        lock: &WriterLock,
    ) -> Result<(), StoreError> {
        match read_settled(&self.partner(partner)) {
            Err(err) if err.kind() == io::ErrorKind::InvalidData => {
                tracing::warn!(%partner, error = %err, "`settled-at` is damaged and written again");
                self.note_settled(partner, now, lock)
            }
            _ => Ok(()),
        }
    }

    /// Notes that an answer is given as known at an instant: nothing may be recorded at or before
    /// it any more. On the disk when this returns.
    pub(crate) fn note_settled(
        &self,
        partner: PartnerId,
        at: Timestamp,
        _lock: &WriterLock,
    ) -> Result<(), StoreError> {
        let note = self.partner(partner).join(SETTLED);
        note.write(format!("{at}\n"))
            .map_err(|err| StoreError::io("write to", note, err))
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

    /// Removes all data of a partner. The folder is renamed first, so that no reader finds a part
    /// of it. The lists of checksums are removed before the tables, which would count as missing
    /// otherwise.
    pub(crate) fn remove_partner(
        &self,
        partner: PartnerId,
        _lock: &WriterLock,
    ) -> Result<(), StoreError> {
        let gone = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempdir_in(self.root.path());
        let gone = gone.map_err(|err| StoreError::io("write to", &self.root, err))?;
        for name in [CHECKSUMS, PARTNERS, LEDGERS, COLLECTIONS, DAMAGED] {
            let folder = self.of_partner(name, partner);
            match fs::rename(folder.path(), gone.path().join(name)) {
                Err(err) if err.kind() == io::ErrorKind::NotFound => {}
                moved => moved.map_err(|err| StoreError::io("remove", &folder, err))?,
            }
        }
        let path = gone.path().to_owned();
        gone.close()
            .map_err(|err| StoreError::io("remove", path, err))
    }

    /// The folder of one partner; it need not exist.
    pub(crate) fn partner(&self, partner: PartnerId) -> Location {
        self.of_partner(PARTNERS, partner)
    }

    /// The folder of one partner in a folder of the data folder; it need not exist.
    fn of_partner(&self, name: &str, partner: PartnerId) -> Location {
        self.root.join(format!("{name}/{partner}"))
    }
}

/// The lock of a process that writes to the tables of one partner.
#[derive(Debug)]
pub(crate) struct WriterLock {
    /// False on a file system without locks.
    pub(crate) keeps_others_out: bool,
    // Dropped in this order, so that the next writer of this process finds the file unlocked.
    _file: File,
    _turn: OwnedMutexGuard<()>,
}

/// Removes a file, if it exists.
pub(crate) fn remove_file(file: &Location) -> Result<(), StoreError> {
    let removed = file.remove();
    removed.map_err(|err| StoreError::io("remove", file, err))
}

/// Removes a folder and its content, if it exists.
pub(crate) fn remove_folder(folder: &Location) -> Result<(), StoreError> {
    let removed = folder.remove_folder();
    removed.map_err(|err| StoreError::io("remove", folder, err))
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

/// The instant noted in the folder of a partner; `None` without a note.
///
/// # Errors
/// If the note is damaged, with the kind `InvalidData`, or cannot be read.
fn read_settled(partner: &Location) -> io::Result<Option<Timestamp>> {
    let text = match partner.join(SETTLED).read_text() {
        Ok(text) => text,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(err) => return Err(err),
    };
    let settled = text.trim().parse();
    settled
        .map(Some)
        .map_err(|_| damage(format!("`{}` is not an instant", text.trim())))
}

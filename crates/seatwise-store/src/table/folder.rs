//! The data folder: what marks it, where a partner's tables are, who may write.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use object_store::PutPayload;
use seatwise_types::PartnerId;
use serde::{Deserialize, Serialize};
use tokio::sync::OwnedMutexGuard;

use crate::model::error::{StoreError, io_kind};
use crate::model::kind::Kind;
use crate::table::access;
use crate::table::checksum::damage;
use crate::table::disk::{DurableFiles, remove_unfinished, unfinished_in};
use crate::table::idle_files::list_of;
use crate::table::layout::LAYOUT;
use crate::table::listed_file::ListedFile;
use crate::table::log::remove_wrong_hint;
use crate::table::log_checksums::ChecksumList;
use crate::table::names::{
    CHECKSUMS, COLLECTIONS, DAMAGED, DOMAINS, IDLE, LEDGERS, MARKER, PARTNERS, RECORDED, SETTLED,
    UNFINISHED, WRITER_LOCK,
};

/// The content of the marker file.
#[derive(Serialize, Deserialize)]
struct Marker {
    layout: u32,
}

/// A folder that is known to be ours.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    root: PathBuf,
    files: DurableFiles,
    /// Whether no turn to write is given.
    only_read: bool,
}

impl Folder {
    /// Opens a folder that exists and is marked.
    pub(crate) fn open(path: &Path, files: DurableFiles) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::NoFolder {
                folder: path.to_owned(),
            });
        }
        let root = path
            .canonicalize()
            .map_err(|err| StoreError::io("open", path, err))?;
        let found = read_marker(&root)?;
        if found.layout > LAYOUT {
            return Err(StoreError::Newer {
                path: root,
                found: found.layout,
                known: LAYOUT,
            });
        }
        Ok(Self {
            root,
            files,
            only_read: false,
        })
    }

    /// As [`open`](Self::open); a folder that is missing or empty is made a data folder.
    pub(crate) fn create(path: &Path, files: DurableFiles) -> Result<Self, StoreError> {
        let path = &std::path::absolute(path).map_err(|err| StoreError::io("find", path, err))?;
        files
            .create_folder(path)
            .map_err(|err| StoreError::io("create", path, err))?;
        if first_entry(path)?.is_none() {
            write_marker(path).map_err(|err| StoreError::io("write to", path, err))?;
        }
        Self::open(path, files)
    }

    /// The same folder, in which nothing is written: no turn to write is given.
    pub(crate) fn only_read(self) -> Self {
        Self {
            only_read: true,
            ..self
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// What the files of the folder are written through.
    pub(crate) fn files(&self) -> &DurableFiles {
        &self.files
    }

    /// The partners that have a folder, or had one when something was recorded of them, in the
    /// order of their ids. Other names are passed over.
    pub(crate) fn partners(&self) -> Result<Vec<PartnerId>, StoreError> {
        self.is_there()?;
        let mut partners = BTreeSet::new();
        for folder in [PARTNERS, CHECKSUMS].map(|name| self.root.join(name)) {
            let names = names_in(&folder)?.into_iter();
            partners.extend(names.filter_map(|name| name.parse::<PartnerId>().ok()));
        }
        Ok(partners.into_iter().collect())
    }

    /// Makes sure that the folder is still the one that was opened: where a disk was unmounted, an
    /// empty folder is in its place.
    ///
    /// # Errors
    /// If its marker is gone.
    pub(crate) fn is_there(&self) -> Result<(), StoreError> {
        let marker = self.root.join(MARKER);
        match marker.try_exists() {
            Ok(true) => Ok(()),
            Ok(false) => Err(StoreError::Gone { path: marker }),
            Err(err) => Err(StoreError::io("find", marker, err)),
        }
    }

    /// Makes sure that the folder of a partner is there, if the partner has checksums.
    ///
    /// # Errors
    /// If that folder, or the whole data folder, is gone.
    pub(crate) fn partner_is_there(&self, partner: PartnerId) -> Result<(), StoreError> {
        self.is_there()?;
        let path = self.partner(partner);
        let lists = self.root.join(CHECKSUMS).join(partner.to_string());
        if !path.exists() && lists.exists() {
            return Err(StoreError::Gone { path });
        }
        Ok(())
    }

    /// The folder of one table; it need not exist.
    pub(crate) fn table(&self, partner: PartnerId, kind: Kind) -> PathBuf {
        self.partner(partner).join(kind.as_str())
    }

    /// Where the damaged files of one table are; it need not exist.
    pub(crate) fn damaged_files(&self, partner: PartnerId, kind: Kind) -> PathBuf {
        let folder = self.root.join(DAMAGED).join(partner.to_string());
        folder.join(kind.as_str())
    }

    /// Where the ledger of one table is; it need not exist.
    pub(crate) fn ledger_folder(&self, partner: PartnerId, kind: Kind) -> PathBuf {
        let folder = self.root.join(LEDGERS).join(partner.to_string());
        folder.join(kind.as_str())
    }

    /// The checksums of the log of one table.
    pub(crate) fn checksums(&self, partner: PartnerId, kind: Kind) -> ChecksumList {
        let folder = self.root.join(CHECKSUMS).join(partner.to_string());
        ChecksumList {
            path: folder.join(format!("{kind}.sha256")),
            files: self.files.clone(),
        }
    }

    /// A file of a partner that is replaced as a whole, at a path below the partner's folder. `list`
    /// is the name of the list with its checksum.
    fn listed_file(&self, partner: PartnerId, path: impl AsRef<Path>, list: &str) -> ListedFile {
        let lists = self.root.join(CHECKSUMS).join(partner.to_string());
        ListedFile {
            path: self.partner(partner).join(path),
            list: lists.join(list),
            files: self.files.clone(),
        }
    }

    /// The domains of a partner's customers.
    pub(crate) fn domains(&self, partner: PartnerId) -> ListedFile {
        self.listed_file(partner, DOMAINS, "domains.sha256")
    }

    /// A price file or policy of idle seats, by its name.
    pub(crate) fn idle_file(&self, partner: PartnerId, name: &str) -> ListedFile {
        self.listed_file(partner, Path::new(IDLE).join(name), &list_of(name))
    }

    /// Where the price files and policies of a partner are, and where their lists are. Neither need
    /// exist.
    pub(crate) fn idle_folders(&self, partner: PartnerId) -> (PathBuf, PathBuf) {
        let lists = self.root.join(CHECKSUMS).join(partner.to_string());
        (self.partner(partner).join(IDLE), lists.join(IDLE))
    }

    /// When versions of one table were recorded whose log entries are gone.
    pub(crate) fn recorded(&self, partner: PartnerId, kind: Kind) -> ListedFile {
        let path = Path::new(kind.as_str()).join(RECORDED);
        self.listed_file(partner, path, &format!("{kind}.recorded.sha256"))
    }

    /// Waits until no other process writes to this partner's tables, and keeps them out until the
    /// returned lock is dropped or the process ends.
    ///
    /// `turn` is the turn among the writers of this process.
    ///
    /// The lock makes writers take turns; that nothing is lost without it (on another machine, by
    /// another tool) is the business of the commit, which fails when somebody else was first.
    pub(crate) fn lock(
        &self,
        partner: PartnerId,
        turn: OwnedMutexGuard<()>,
        now: Timestamp,
    ) -> Result<WriterLock, StoreError> {
        if self.only_read {
            let path = self.root.clone();
            return Err(StoreError::OnlyRead { path });
        }
        // Without it, a folder would be made where a disk was unmounted.
        self.partner_is_there(partner)?;
        let folder = self.partner(partner);
        self.files
            .create_folder(&folder)
            .map_err(|err| StoreError::io("create", &folder, err))?;
        let path = folder.join(WRITER_LOCK);
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        let file =
            access::open(&path, &options).map_err(|err| StoreError::io("open", &path, err))?;
        let keeps_others_out = match file.lock() {
            // Some network drives know no locks: there the commits alone see to it.
            Err(err) if err.kind() == io::ErrorKind::Unsupported => false,
            locked => locked
                .map(|()| true)
                .map_err(|err| StoreError::io("lock", &path, err))?,
        };
        self.raise_layout()?;
        for kind in Kind::ALL {
            let table = folder.join(kind.as_str());
            remove_unfinished(&table, now);
            remove_unfinished(&table.join("_delta_log"), now);
            remove_wrong_hint(&table).map_err(|err| StoreError::io("write to", &table, err))?;
            let list = self.checksums(partner, kind);
            list.mend(&table)
                .map_err(|err| StoreError::io("write to", &list.path, err))?;
        }
        let recorded = Kind::ALL.map(|kind| self.recorded(partner, kind));
        let domains = self.domains(partner);
        for file in recorded.iter().chain([&domains]) {
            let taken = file.take_over();
            taken.map_err(|err| StoreError::io("write to", &file.list, err))?;
        }
        remove_unfinished(&folder.join("receipts"), now);
        remove_unfinished(&folder.join(IDLE), now);
        remove_unfinished(&folder, now);
        Ok(WriterLock {
            keeps_others_out,
            _file: file,
            _turn: turn,
        })
    }

    /// The latest instant that was noted by [`note_settled`](Self::note_settled).
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

    /// The same; none also if the note is damaged, as the next writer makes a new one.
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

    /// Puts an instant in the place of a note that is damaged. No answer was given as known at a later
    /// instant than this one.
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

    /// Notes that an answer is given as known at an instant: nothing may be recorded at or before it
    /// any more. On the disk when this returns.
    pub(crate) fn note_settled(
        &self,
        partner: PartnerId,
        at: Timestamp,
        _lock: &WriterLock,
    ) -> Result<(), StoreError> {
        let path = self.partner(partner).join(SETTLED);
        let text = PutPayload::from(format!("{at}\n"));
        self.files
            .write(&path, &text, false)
            .map_err(|err| StoreError::io("write to", path, err))
    }

    /// Marks a folder of an earlier layout as one of this layout, before something is written to it
    /// that an earlier version of Seatwise would take for something else.
    fn raise_layout(&self) -> Result<(), StoreError> {
        if read_marker(&self.root)?.layout >= LAYOUT {
            return Ok(());
        }
        let path = self.root.join(MARKER);
        let written = marker().and_then(|text| self.files.write(&path, &text.into(), false));
        written.map_err(|err| StoreError::io("write to", path, err))
    }

    /// Removes all of a partner. It is moved away first, so that no reader finds a part of it; the lists
    /// of checksums go before the tables, which would be missed otherwise.
    pub(crate) fn remove_partner(
        &self,
        partner: PartnerId,
        _lock: &WriterLock,
    ) -> Result<(), StoreError> {
        let gone = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempdir_in(&self.root);
        let gone = gone.map_err(|err| StoreError::io("write to", &self.root, err))?;
        for name in [CHECKSUMS, PARTNERS, LEDGERS, COLLECTIONS, DAMAGED] {
            let folder = self.root.join(name).join(partner.to_string());
            match fs::rename(&folder, gone.path().join(name)) {
                Err(err) if err.kind() == io::ErrorKind::NotFound => {}
                moved => moved.map_err(|err| StoreError::io("remove", &folder, err))?,
            }
        }
        let path = gone.path().to_owned();
        gone.close()
            .map_err(|err| StoreError::io("remove", path, err))
    }

    /// The folder of one partner; it need not exist.
    pub(crate) fn partner(&self, partner: PartnerId) -> PathBuf {
        self.root.join(PARTNERS).join(partner.to_string())
    }
}

/// Held while a process writes to the tables of one partner.
#[derive(Debug)]
pub(crate) struct WriterLock {
    /// False on a file system that knows no locks.
    pub(crate) keeps_others_out: bool,
    // In this order: the next writer of this process finds the file unlocked.
    _file: File,
    _turn: OwnedMutexGuard<()>,
}

/// Removes a folder with all that is in it, if it is there.
pub(crate) fn remove_folder(folder: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(folder) {
        Err(err) if err.kind() != io::ErrorKind::NotFound => {
            Err(StoreError::io("remove", folder, err))
        }
        _ => Ok(()),
    }
}

/// The names in a folder, which need not exist; those that are no text are left out.
pub(crate) fn names_in(folder: &Path) -> Result<BTreeSet<String>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(err) => return Err(StoreError::io("list", folder, err)),
    };
    let names = entries.map(|entry| entry.map(|it| it.file_name().into_string().ok()));
    let names = names.collect::<io::Result<Vec<_>>>();
    let names = names.map_err(|err| StoreError::io("list", folder, err))?;
    Ok(names.into_iter().flatten().collect())
}

/// The name of something in the folder, unfinished files aside; none if it is empty.
pub(crate) fn first_entry(folder: &Path) -> Result<Option<String>, StoreError> {
    let entries = fs::read_dir(folder).map_err(|err| StoreError::io("list", folder, err))?;
    let mut names: Vec<String> = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with(UNFINISHED))
        .collect();
    names.sort();
    Ok(names.into_iter().next())
}

/// The instant that is noted in the folder of a partner, if there is a note.
///
/// # Errors
/// If the note is damaged, with the kind `InvalidData`, or cannot be read.
fn read_settled(partner: &Path) -> io::Result<Option<Timestamp>> {
    let text = match fs::read_to_string(partner.join(SETTLED)) {
        Ok(text) => text,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(err) => return Err(err),
    };
    let settled = text.trim().parse();
    settled
        .map(Some)
        .map_err(|_| damage(format!("`{}` is not an instant", text.trim())))
}

fn read_marker(folder: &Path) -> Result<Marker, StoreError> {
    let marker = folder.join(MARKER);
    let text = match fs::read(&marker) {
        Ok(text) => text,
        Err(err) if err.kind() == io::ErrorKind::NotFound => {
            let folder = folder.to_owned();
            return Err(match first_entry(&folder)? {
                None => StoreError::EmptyFolder { folder },
                Some(found) => StoreError::ForeignFolder {
                    folder,
                    found,
                    marker: MARKER,
                },
            });
        }
        Err(err) => return Err(StoreError::io("read", marker, err)),
    };
    serde_json::from_slice(&text).map_err(|err| StoreError::io("understand", &marker, err.into()))
}

/// The text of the marker.
fn marker() -> io::Result<Vec<u8>> {
    let mut text = serde_json::to_vec(&Marker { layout: LAYOUT })?;
    text.push(b'\n');
    Ok(text)
}

fn write_marker(folder: &Path) -> io::Result<()> {
    let mut file = unfinished_in(folder)?;
    file.write_all(&marker()?)?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(folder.join(MARKER)) {
        // Another process marked the folder in the meantime.
        Err(err) if err.error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(err) => return Err(err.error),
        Ok(_) => {}
    }
    File::open(folder)?.sync_all()
}

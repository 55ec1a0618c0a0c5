//! Consistent copies of a data folder while other processes write to it.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use jiff::Timestamp;
use seatwise_types::PartnerId;
use serde::Serialize;

use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::table::checksum::damage;
use crate::table::damage::damaged;
use crate::table::data_folder::DataFolder;
use crate::table::delta::Table;
use crate::table::folder::is_folder;
use crate::table::listed_file::ListedFile;
use crate::table::log::{LogName, hint, hinted_checkpoint, is_data_file, log_files};
use crate::table::names::{
    CHANGED, CHECKSUMS, COLLECTIONS, DAMAGED, DOMAINS, ERASING, IDLE, MARKER, SETTLED, UNFINISHED,
    WRITER_LOCK,
};
use crate::table::settled_note::note_of;
use crate::table::storage::Location;
use crate::table::store::Store;
use crate::upkeep::backup_target::Target;
use crate::upkeep::finding::Finding;
use crate::upkeep::verify_log::Others;

/// The file with the key of the development identity. The key belongs to one server, which creates
/// a missing one.
const DEV_IDENTITY: &str = "dev-identity";

/// The file with the key that seals visitors' sessions. The key belongs to one server, which
/// creates a missing one.
const SESSION_KEY: &str = "session-key";

/// The number of attempts at a copy if the store changes meanwhile.
const ATTEMPTS: u32 = 5;

/// The result of a copy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Copied {
    /// Copied files.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
}

impl Store {
    /// Copies everything stored to another place, which becomes a data folder: a folder, or object
    /// storage. Each table is copied at one version with its whole history, while others may write
    /// to it. The copy is durable when this returns, and has the checksums of what was written. The
    /// keys of the development identity and of sessions are not copied. The state of collectors
    /// comes from the [`work_dir`](Self::work_dir), and goes to that of the copy.
    ///
    /// # Errors
    /// If a table or one of its files is missing or damaged, because the copy would be too. If the
    /// other place is not empty, is inside the data folder, or is not writable. Nothing of the
    /// copy is left then. After a concurrent erasure or compaction, the copy starts again, a few
    /// times.
    ///
    /// # Example
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// use seatwise_store::Store;
    ///
    /// let store = Store::create(&folder.path().join("data"))?;
    /// store.backup(&folder.path().join("backup")).await?;
    /// let copy = Store::open(&folder.path().join("backup"))?;
    /// assert_eq!(copy.status().await?, store.status().await?);
    /// # Ok(()) }
    /// ```
    pub async fn backup(&self, to: impl Into<DataFolder>) -> Result<Copied, StoreError> {
        let to = Target::prepare(self, to.into())?;
        let copied = self.backup_into(&to).await;
        if copied.is_err() {
            to.remove();
        }
        copied
    }

    async fn backup_into(&self, to: &Target) -> Result<Copied, StoreError> {
        for partner in self.partners()? {
            let domains = self.verify_domains(partner).await?;
            let finding = domains.and_then(|found| found.findings.into_iter().next());
            let files = self.verify_idle_files(partner).await?;
            let finding = finding.or(files.and_then(|found| found.findings.into_iter().next()));
            if let Some(Finding { file, problem, .. }) = finding {
                let file = self.partner_folder(partner).join(file);
                return Err(StoreError::io("copy", file, damage(problem)));
            }
        }
        let settled = Arc::new(self.settled_in_copy(to).await?);
        let mut tables = Arc::new(self.tables_now().await?);
        let mut attempt = 1;
        loop {
            let err = match self.copy_once(to, &tables, &settled).await {
                Err(err) => err,
                copied => return copied,
            };
            let folder = to.clone();
            self.blocking("remove half a copy from", move |_| folder.clear())
                .await?;
            let now = Arc::new(self.tables_now().await?);
            let is_same = |(folder, table): (&Location, &Table)| {
                let before = tables.get(folder);
                before.is_some_and(|it| it.version() == table.version() && it.log == table.log)
            };
            // If the store did not change, another attempt would fail too.
            if attempt == ATTEMPTS || tables.len() == now.len() && now.iter().all(is_same) {
                return Err(err);
            }
            (tables, attempt) = (now, attempt + 1);
        }
    }

    /// The instants to settle in the copy; `None` from folder to folder, where the notes of them are
    /// copied as files.
    async fn settled_in_copy(&self, to: &Target) -> Result<Option<Settled>, StoreError> {
        if !self.settles_by_commit() && !to.settles_by_commit() {
            return Ok(None);
        }
        let mut instants = Vec::new();
        for partner in self.partners()? {
            let settled = self.settled_up_to(partner).await?;
            instants.extend(settled.map(|at| (partner, at)));
        }
        Ok(Some(instants))
    }

    /// Copies the tables at these versions, and all else.
    async fn copy_once(
        &self,
        to: &Target,
        tables: &Arc<HashMap<Location, Table>>,
        settled: &Arc<Option<Settled>>,
    ) -> Result<Copied, StoreError> {
        let (target, tables) = (to.clone(), Arc::clone(tables));
        let instants = Arc::clone(settled);
        let copy = move |store: &Self| store.copy(&target, &tables, instants.as_deref());
        let copied = self.blocking("copy", copy).await?;
        if let (Some(instants), true) = (&**settled, to.settles_by_commit()) {
            to.settle(instants).await?;
        }
        Ok(copied)
    }

    /// The current version of all tables, by their folders.
    async fn tables_now(&self) -> Result<HashMap<Location, Table>, StoreError> {
        let mut tables = HashMap::new();
        for partner in self.partners()? {
            for kind in Kind::ALL {
                let location = self.location(partner, kind);
                let table = Table::open(&location).await?;
                tables.extend(table.map(|table| (location.folder, table)));
            }
        }
        Ok(tables)
    }

    fn copy(
        &self,
        to: &Target,
        tables: &HashMap<Location, Table>,
        settled: Option<&[(PartnerId, Timestamp)]>,
    ) -> Result<Copied, StoreError> {
        let mut copy = Copy {
            from: self.root(),
            to: &to.root,
            has_notes: settled.is_none(),
            tables,
            copied: Copied::default(),
        };
        for name in names_in(self.root())? {
            // The marker comes last, so that an incomplete copy is not a data folder.
            let stays = [
                MARKER,
                DEV_IDENTITY,
                SESSION_KEY,
                CHANGED,
                CHECKSUMS,
                DAMAGED,
                COLLECTIONS,
            ];
            if !stays.contains(&name.as_str()) {
                copy.entry(&self.root().join(&name), &to.root.join(&name))?;
            }
        }
        let collections =
            Location::on_disk(self.files().clone(), self.work_dir()).join(COLLECTIONS);
        if is_folder(&collections)? {
            copy.entry(&collections, &to.collections)?;
        }
        for partner in self.partners()? {
            let domains = self.domains_file(partner);
            let copied = copy.listed(&domains);
            copied.map_err(|err| StoreError::io("copy", domains.location, err))?;
            let idle_files = self.idle_files(partner)?;
            for version in &idle_files {
                let copied = copy.listed(&version.file);
                copied.map_err(|err| StoreError::io("copy", &version.file.location, err))?;
            }
            if to.settles_by_commit() && !idle_files.is_empty() {
                let names = idle_files.into_iter().map(|version| version.name);
                let (index, content) = self.idle_index_of(partner, names.collect())?;
                let copied = copy.listed_text(&index, content);
                copied.map_err(|err| StoreError::io("copy", index.location, err))?;
            }
        }
        if !to.settles_by_commit() {
            for (partner, at) in settled.into_iter().flatten() {
                let note = self.partner_folder(*partner).join(SETTLED);
                let note = to.root.join(note.below(self.root()));
                copy.text(note_of(*at).into_bytes(), &note)?;
            }
        }
        for table in tables.values() {
            let list = self.location(table.partner, table.kind).checksums.0;
            let listed = table.log.text_up_to(table.version());
            if !listed.is_empty() {
                copy.text(listed.into_bytes(), &to.root.join(list.below(self.root())))?;
            }
        }
        copy.file(&self.root().join(MARKER), &to.root.join(MARKER))?;
        Ok(copy.copied)
    }
}

/// The latest settled instant of each partner.
type Settled = Vec<(PartnerId, Timestamp)>;

struct Copy<'a> {
    from: &'a Location,
    to: &'a Location,
    /// Whether the notes of settled instants are copied as files.
    has_notes: bool,
    /// By folder.
    tables: &'a HashMap<Location, Table>,
    copied: Copied,
}

impl Copy<'_> {
    fn entry(&mut self, from: &Location, to: &Location) -> Result<(), StoreError> {
        if !is_folder(from)? {
            return self.file(from, to);
        }
        to.create_folder()
            .map_err(|err| StoreError::io("create", to, err))?;
        if is_folder(&from.join("_delta_log"))? {
            return self.table(from, to);
        }
        for name in names_in(from)? {
            // Domains and price files are copied with their lists.
            let is_note = name == SETTLED;
            if name != DOMAINS && name != IDLE && (self.has_notes || !is_note) {
                self.entry(&from.join(&name), &to.join(&name))?;
            }
        }
        Ok(())
    }

    /// Copies a file that is replaced as a whole, if it exists, and its list.
    fn listed(&mut self, file: &ListedFile) -> io::Result<()> {
        match file.read()? {
            Some(content) => self.listed_text(file, content),
            None => Ok(()),
        }
    }

    /// Writes the copy of such a file with this content, and its list.
    fn listed_text(&mut self, file: &ListedFile, content: Vec<u8>) -> io::Result<()> {
        let copy = ListedFile {
            location: self.to.join(file.location.below(self.from)),
            list: self.to.join(file.list.below(self.from)),
        };
        self.copied.files += 2;
        self.copied.bytes += copy.write(None, content)?;
        Ok(())
    }

    /// Copies a table up to the version that was read. The files that its log names already exist.
    fn table(&mut self, from: &Location, to: &Location) -> Result<(), StoreError> {
        let Some(table) = self.tables.get(from) else {
            // Created after the tables were read: the copy has the earlier state.
            return Ok(());
        };
        let version = table.version();
        let failed = |err: io::Error| damaged(table.partner, table.kind, "copy it", from, err);
        for name in names_in(from)? {
            if is_data_file(&name) || name == ERASING {
                self.file(&from.join(&name), &to.join(&name))?;
            }
        }
        self.listed(&table.recorded).map_err(failed)?;
        for file in table.files.iter() {
            file.check(to).map_err(failed)?;
        }
        let others = Others::of(table).map_err(failed)?;
        if let [name, ..] = others.damaged(to).map_err(failed)?.as_slice() {
            let problem = format!("`{name}` does not have the SHA-256 that it was written with");
            return Err(failed(damage(problem)));
        }
        let folder = to.join("_delta_log");
        folder
            .create_folder()
            .map_err(|err| StoreError::io("create", &folder, err))?;
        let mut log =
            log_files(from).map_err(|err| StoreError::io("list the log of", from, err))?;
        log.sort_by_key(|entry| entry.version);
        for entry in log.iter().filter(|entry| entry.version <= version) {
            self.file(&entry.location, &to.join(entry.location.below(from)))?;
        }
        table.log.check_all(to, version).map_err(failed)?;
        // Only a hint where to start reading; without it, the whole log is listed. A newer hint
        // than the listed log is left out.
        let source = hint(from);
        let known = hinted_checkpoint(&source).map(LogName::checkpoint);
        match (known, source.read()) {
            (Some(name), Ok(text)) if matches!(name.location(to).exists(), Ok(true)) => {
                self.text(text, &hint(to))
            }
            _ => Ok(()),
        }
    }

    /// Writes content that was already read, because the file may have changed since.
    fn text(&mut self, text: Vec<u8>, to: &Location) -> Result<(), StoreError> {
        self.copied.bytes += text.len() as u64;
        self.copied.files += 1;
        let written = to.write_new(text);
        written.map_err(|err| StoreError::io("write to", to, err))
    }

    fn file(&mut self, from: &Location, to: &Location) -> Result<(), StoreError> {
        let copied = from.copy_to(to);
        self.copied.bytes += copied.map_err(|err| StoreError::io("copy", from, err))?;
        self.copied.files += 1;
        Ok(())
    }
}

/// The names in a folder to copy, in order.
fn names_in(folder: &Location) -> Result<Vec<String>, StoreError> {
    let names = folder.list().and_then(|entries| {
        let names = entries.iter().map(|entry| {
            let name = entry.name().map(ToOwned::to_owned);
            name.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))
        });
        names.collect::<io::Result<Vec<_>>>()
    });
    let mut names = names.map_err(|err| StoreError::io("list", folder, err))?;
    names.retain(|name| !name.starts_with(UNFINISHED) && name != WRITER_LOCK);
    names.sort();
    Ok(names)
}

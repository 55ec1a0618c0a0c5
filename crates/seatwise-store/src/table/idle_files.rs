//! The price files and policies of a partner: each version that was set, with its recording time.
//!
//! A file never changes: the next one is added beside it, so that answers as known at an instant
//! stay the same. Only an erasure changes files. On the disk, the names in the folder are the list of
//! files; in object storage it is [`idle_index`](crate::table::idle_index).

use std::collections::BTreeSet;
use std::io;

use jiff::Timestamp;
use seatwise_types::PartnerId;
use seatwise_types::extensions::IdleFileKind;

use crate::model::error::StoreError;
use crate::table::checksum::Checksum;
use crate::table::clock::{agree, recorded_at};
use crate::table::folder::{WriterLock, names_in};
use crate::table::listed_file::ListedFile;
use crate::table::names::LIST;
use crate::table::store::Store;

/// A file that was set.
pub(crate) struct IdleFileVersion {
    pub(crate) kind: IdleFileKind,
    pub(crate) recorded_at: Timestamp,
    /// Its name in the folder of these files.
    pub(crate) name: String,
    pub(crate) file: ListedFile,
}

impl IdleFileVersion {
    /// The bytes, if they are unchanged, and their checksum.
    pub(crate) fn read(&self) -> Result<(Vec<u8>, Checksum), StoreError> {
        let read = self
            .file
            .read()
            .and_then(|content| content.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound)));
        let content = read.map_err(|err| StoreError::io("read", &self.file.location, err))?;
        let checksum = Checksum::of(&content);
        Ok((content, checksum))
    }

    /// Whether the file exists and has this checksum, according to its list.
    pub(crate) fn is(&self, checksum: Checksum) -> Result<bool, StoreError> {
        let is = || Ok(self.file.may_have(checksum)? && self.file.location.exists()?);
        is().map_err(|err| StoreError::io("read", &self.file.location, err))
    }
}

impl Store {
    /// The files that a partner has ever set, oldest first.
    ///
    /// # Errors
    /// If the folder cannot be listed.
    pub(crate) fn idle_files(
        &self,
        partner: PartnerId,
    ) -> Result<Vec<IdleFileVersion>, StoreError> {
        self.partner_is_there(partner)?;
        let names = match self.settles_by_commit() {
            true => self.idle_index(partner)?.listed.files.into_iter().collect(),
            false => self.idle_names(partner)?,
        };
        let mut versions: Vec<IdleFileVersion> = names
            .into_iter()
            .filter_map(|name| {
                let (kind, recorded_at) = parse_name(&name)?;
                let file = self.idle_file(partner, &name);
                Some(IdleFileVersion {
                    kind,
                    recorded_at,
                    name,
                    file,
                })
            })
            .collect();
        versions.sort_by_key(|it| (it.recorded_at, it.kind));
        Ok(versions)
    }

    /// The names in the folder of these files, and in that of their lists.
    fn idle_names(&self, partner: PartnerId) -> Result<BTreeSet<String>, StoreError> {
        let (folder, lists) = self.idle_folders(partner);
        let mut names = names_in(&folder)?;
        // A missing file still has a list.
        let lists = names_in(&lists)?.into_iter();
        names.extend(lists.filter_map(|name| name.strip_suffix(LIST).map(ToOwned::to_owned)));
        Ok(names)
    }

    /// The file of a kind in force at an instant; at present for `None`.
    pub(crate) fn idle_file_at(
        &self,
        partner: PartnerId,
        kind: IdleFileKind,
        known_at: Option<Timestamp>,
    ) -> Result<Option<IdleFileVersion>, StoreError> {
        let versions = self.idle_files(partner)?.into_iter();
        let known = versions.filter(|it| {
            it.kind == kind && known_at.is_none_or(|known_at| it.recorded_at <= known_at)
        });
        Ok(known.last())
    }

    /// The next possible instant of a record: after everything that was recorded or used in an
    /// answer.
    pub(crate) async fn next_instant(
        &self,
        partner: PartnerId,
        now: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let settled = self.settled_up_to(partner).await?;
        agree(settled, now)?;
        Ok(recorded_at(settled, now))
    }

    /// Stores a file from an instant on. It is on the disk when this returns, and nothing is
    /// recorded at or before its instant any more.
    ///
    /// # Errors
    /// With the kind `ResourceBusy` if another process settled the instant or set a file meanwhile;
    /// if the file cannot be written.
    pub(crate) fn keep_idle_file(
        &self,
        partner: PartnerId,
        kind: IdleFileKind,
        (content, recorded_at): (Vec<u8>, Timestamp),
        lock: &WriterLock,
    ) -> Result<(), StoreError> {
        let name = name_of(kind, recorded_at);
        let file = self.idle_file(partner, &name);
        let write = |content| {
            let written = file.write(None, content);
            written.map_err(|err| StoreError::io("write to", &file.location, err))
        };
        if !self.settles_by_commit() {
            write(content)?;
            // Last: an answer as known at this instant must include the file.
            return self.note_settled(partner, recorded_at, lock);
        }
        let before = self.idle_index(partner)?;
        let mut listed = before.listed.clone();
        if listed.settled >= Some(recorded_at) {
            let busy = io::ErrorKind::ResourceBusy.into();
            return Err(StoreError::io("write to", &file.location, busy));
        }
        write(content)?;
        listed.files.push(name);
        listed.settled = Some(recorded_at);
        self.write_idle_index(partner, &before, listed)
    }
}

/// The name of a file, without colons, which some systems do not allow.
fn name_of(kind: IdleFileKind, recorded_at: Timestamp) -> String {
    let instant = recorded_at.strftime("%Y-%m-%dT%H-%M-%S.%3fZ");
    let form = match kind {
        IdleFileKind::Prices => "csv",
        IdleFileKind::Policy => "toml",
    };
    format!("{kind}-{instant}.{form}")
}

fn parse_name(name: &str) -> Option<(IdleFileKind, Timestamp)> {
    let (kind, instant) = name.split_once('-')?;
    let kind: IdleFileKind = kind.parse().ok()?;
    let (date, time) = instant.split_once('T')?;
    let (time, _) = time.split_once('Z')?;
    let recorded_at = format!("{date}T{}Z", time.replace('-', ":")).parse().ok()?;
    // A copy made by a user has another name.
    (name_of(kind, recorded_at) == name).then_some((kind, recorded_at))
}

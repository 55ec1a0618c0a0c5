//! In object storage: the list of a partner's price files and policies, and their settled instant.
//!
//! A file counts only if the list has it. The list is one object, which each writer replaces only if
//! it is the one that it read. So no file gets an instant that is settled already.

use std::io;

use jiff::Timestamp;
use seatwise_types::PartnerId;
use serde::{Deserialize, Serialize};

use crate::model::error::StoreError;
use crate::table::checksum::{Checksum, damage};
use crate::table::listed_file::ListedFile;
use crate::table::store::Store;

/// The name of the list, beside the files.
const NAME: &str = "files.json";

/// The layout of the list.
const LAYOUT: u32 = 1;

/// The content of the list.
#[derive(Debug, Default)]
pub(crate) struct IdleIndex {
    pub(crate) listed: Listed,
    /// The checksum of the list; `None` if there is none.
    checksum: Option<Checksum>,
}

/// What is written.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listed {
    layout: u32,
    /// Nothing is recorded at or before this instant any more.
    pub(crate) settled: Option<Timestamp>,
    /// The names of the files, in the order in which they were set.
    pub(crate) files: Vec<String>,
}

impl Listed {
    fn text(self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(&Self {
            layout: LAYOUT,
            ..self
        })
    }
}

impl Store {
    /// The list for a copy in object storage that has these files, and its content.
    pub(crate) fn idle_index_of(
        &self,
        partner: PartnerId,
        files: Vec<String>,
    ) -> Result<(ListedFile, Vec<u8>), StoreError> {
        let file = self.idle_file(partner, NAME);
        let listed = Listed {
            files,
            ..Listed::default()
        };
        match listed.text() {
            Ok(text) => Ok((file, text)),
            Err(err) => Err(StoreError::io("write to", file.location, err.into())),
        }
    }

    /// The list; empty if there is none.
    ///
    /// # Errors
    /// If it is damaged, cannot be read, or was written by a newer version.
    pub(crate) fn idle_index(&self, partner: PartnerId) -> Result<IdleIndex, StoreError> {
        let file = self.idle_file(partner, NAME);
        let read = || {
            let Some(content) = file.read()? else {
                return Ok(IdleIndex::default());
            };
            let listed = serde_json::from_slice(&content);
            let listed: Listed = listed.map_err(|err| damage(err.to_string()))?;
            if listed.layout > LAYOUT {
                let reason = "a newer version of seatwise wrote it: use that version";
                return Err(io::Error::new(io::ErrorKind::Unsupported, reason));
            }
            let checksum = Some(Checksum::of(&content));
            Ok(IdleIndex { listed, checksum })
        };
        read().map_err(|err: io::Error| StoreError::io("read", &file.location, err))
    }

    /// Replaces the list that was read.
    ///
    /// # Errors
    /// With the kind `ResourceBusy` if another process replaced it meanwhile; if it cannot be
    /// written.
    pub(crate) fn write_idle_index(
        &self,
        partner: PartnerId,
        before: &IdleIndex,
        listed: Listed,
    ) -> Result<(), StoreError> {
        let file = self.idle_file(partner, NAME);
        let content = listed.text().map_err(io::Error::from);
        let written = content.and_then(|content| file.write(before.checksum, content));
        written
            .map(drop)
            .map_err(|err| StoreError::io("write to", file.location, err))
    }
}

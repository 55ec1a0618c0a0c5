//! Taking over the data of a partner from the store that wrote last.
//!
//! A process can be killed between a change and its sync. Other processes see the change then, and a
//! power cut still takes it back. A writer that builds on it, or finds that nothing is left to do,
//! would acknowledge what can get lost. So the lock file of a partner has the id of the store that
//! wrote last, and a store that finds another id there first syncs what it finds.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};

use seatwise_types::PartnerId;
use uuid::Uuid;

use super::Folder;
use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::table::disk::DiskStep;
use crate::table::names::{CHECKSUMS, COLLECTIONS, DAMAGED, LEDGERS, PARTNERS, WRITER_LOCK};
use crate::table::storage::Location;

impl Folder {
    /// Makes durable what another store has left, if one wrote last. `lock` is the locked file of the
    /// partner. Without it others may write at any time, so each turn begins with this work.
    pub(super) fn take_over(
        &self,
        partner: PartnerId,
        lock: Option<&mut File>,
    ) -> Result<(), StoreError> {
        let Some(lock) = lock else {
            return self.sync_all(partner);
        };
        let path = self.partner(partner).join(WRITER_LOCK);
        let mut last = Vec::new();
        let read = lock.read_to_end(&mut last);
        read.map_err(|err| StoreError::io("read", &path, err))?;
        let id = self.id.to_string();
        if last == id.as_bytes() {
            return Ok(());
        }
        self.sync_all(partner)?;
        let written = write_id(lock, &id);
        written.map_err(|err| StoreError::io("write to", &path, err))?;
        if let Some(path) = path.path() {
            self.files.tell(DiskStep::Written(path.to_owned()));
        }
        Ok(())
    }

    /// Syncs the names of all files of a partner, and the contents of those that are appended to: all
    /// others get their names after their contents are synced.
    fn sync_all(&self, partner: PartnerId) -> Result<(), StoreError> {
        let synced = |at: &Location, synced: io::Result<()>| {
            synced.map_err(|err| StoreError::io("sync", at, err))
        };
        synced(&self.root, self.root.sync_names())?;
        for name in [PARTNERS, CHECKSUMS, LEDGERS, DAMAGED, COLLECTIONS] {
            let partners = self.root.join(name);
            synced(&partners, partners.sync_names())?;
            let folder = self.of_partner(name, partner);
            synced(&folder, folder.sync_names_below())?;
        }
        for kind in Kind::ALL {
            let list = self.checksums(partner, kind).0;
            synced(&list, list.sync_content())?;
        }
        Ok(())
    }
}

/// The id of a store.
#[expect(
    clippy::disallowed_methods,
    reason = "two stores never have the same id, and no answer depends on it"
)]
pub(super) fn new_id() -> Uuid {
    Uuid::new_v4()
}

/// The id needs no sync: a power cut ends all stores.
fn write_id(lock: &mut File, id: &str) -> io::Result<()> {
    lock.rewind()?;
    lock.set_len(0)?;
    lock.write_all(id.as_bytes())
}

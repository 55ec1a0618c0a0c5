//! Removal of all data of a partner.

use std::io;

use seatwise_types::PartnerId;

use crate::model::error::StoreError;
use crate::table::folder::{Folder, WriterLock, remove_folder};
use crate::table::names::{CHECKSUMS, COLLECTIONS, DAMAGED, LEDGERS, PARTNERS, UNFINISHED};

impl Folder {
    /// Removes all data of a partner. The folder is renamed first, so that no reader finds a part
    /// of it. The lists of checksums are removed before the tables, which would count as missing
    /// otherwise.
    pub(crate) fn remove_partner(
        &self,
        partner: PartnerId,
        lock: &WriterLock,
    ) -> Result<(), StoreError> {
        if self.root().path().is_none() {
            lock.excludes_others(&self.partner(partner))?;
        }
        let gone = self.root().join(format!("{UNFINISHED}{partner}"));
        // What a stopped removal has left.
        remove_folder(&gone)?;
        let created = gone.create_folder();
        created.map_err(|err| StoreError::io("write to", self.root(), err))?;
        for name in [CHECKSUMS, PARTNERS, LEDGERS, COLLECTIONS, DAMAGED] {
            let folder = self.of_partner(name, partner);
            // After a power cut, tables whose checksums are there must be there too.
            let moved = || {
                folder
                    .rename_to(&gone.join(name))
                    .and_then(|()| folder.sync_name())
            };
            match moved() {
                Err(err) if err.kind() == io::ErrorKind::NotFound => {}
                moved => moved.map_err(|err| StoreError::io("remove", &folder, err))?,
            }
        }
        remove_folder(&gone)
    }
}

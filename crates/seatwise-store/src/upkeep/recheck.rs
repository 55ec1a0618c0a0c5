//! Repeated verification of files: a disk can lose bits without a write.

use std::io;

use seatwise_types::PartnerId;

use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::table::checksum::damage;
use crate::table::damage::damaged;
use crate::table::delta::Table;
use crate::table::store::Store;

impl Store {
    /// Compares the log and each data file of a table's newest version with their checksums again,
    /// sequentially on one thread. Returns the number of data files: 0 without a table. From then
    /// on, no question reads a damaged file until it is restored.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with the first missing or changed file and the number of others; or
    /// if a file cannot be read.
    pub async fn recheck(&self, partner: PartnerId, kind: Kind) -> Result<usize, StoreError> {
        // Opened from the disk, so that the log is read again too.
        let Some(table) = Table::open(&self.location(partner, kind)).await? else {
            return Ok(0);
        };
        self.blocking("check the files of", move |_| {
            check_again(&table)
                .map_err(|err| damaged(partner, kind, "check its files", &table.folder, err))?;
            Ok(table.files.len())
        })
        .await
    }
}

fn check_again(table: &Table) -> io::Result<()> {
    let files = table.files.iter();
    let checks = files.map(|file| table.checked.check_again(&table.folder, table.kind, file));
    let mut failed = checks.filter_map(Result::err);
    let Some(first) = failed.next() else {
        return Ok(());
    };
    Err(match failed.count() {
        0 => first,
        1 => damage(format!("{first}, and so is another file")),
        more => damage(format!("{first}, and so are {more} other files")),
    })
}

//! Files that this process found whole are read again: a disk can lose a bit without any write.

use std::io;

use seatwise_types::PartnerId;

use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::table::checksum::damage;
use crate::table::delta::{Table, damaged};
use crate::table::store::Store;

impl Store {
    /// Compares the log and every data file of a table's newest version with their checksums again,
    /// one after the other on one thread. Returns how many data files there are: 0 if there is no
    /// table. From then on no question reads a file that is damaged, until it is whole again.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with the first file that is missing or was changed, and how many more
    /// are; and if one cannot be read.
    pub async fn recheck(&self, partner: PartnerId, kind: Kind) -> Result<usize, StoreError> {
        // Opened from the disk, so that the log is read again too.
        let Some(table) = Table::open(&self.place(partner, kind)).await? else {
            return Ok(0);
        };
        self.blocking("check the files of", move |_| {
            check_again(&table)
                .map_err(|err| damaged(partner, kind, "check its files", &table.path, err))?;
            Ok(table.files.len())
        })
        .await
    }
}

fn check_again(table: &Table) -> io::Result<()> {
    let files = table.files.iter();
    let checks = files.map(|file| table.checked.check_again(&table.path, table.kind, file));
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

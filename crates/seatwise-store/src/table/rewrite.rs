//! Permanent replacement of files in a table: afterwards, no version can read content that only the
//! replaced files had.

use deltalake::kernel::Add;
use object_store::PutPayload;

use crate::model::error::StoreError;
use crate::table::delta::{Committed, DataFile, Table};
use crate::table::folder::remove_file;
use crate::table::names::ERASING;
use crate::table::store::Store;
use crate::table::vacuum::{Vacuumed, vacuum_all};

impl Store {
    /// Marks that rows are about to be removed from a table, so that
    /// [`replace_permanently`](Self::replace_permanently) removes the files of earlier versions even if
    /// it replaces none.
    pub(crate) fn mark_erasing(&self, table: &Table) -> Result<(), StoreError> {
        let marker = table.folder.join(ERASING);
        let marked = marker.write(PutPayload::new());
        marked.map_err(|err| StoreError::io("write to", &marker, err))
    }

    /// Replaces files of a table, then writes a checkpoint and removes all files of earlier
    /// versions. Also completes an interrupted call; without files and without an interrupted call
    /// it does nothing. The caller must hold the lock of the partner.
    ///
    /// `None` if a writer without locks came first: nothing was changed, and the caller must read
    /// the table again.
    pub(crate) async fn replace_permanently(
        &self,
        table: &Table,
        old: &[usize],
        adds: Vec<Add>,
    ) -> Result<Option<Vacuumed>, StoreError> {
        let marker = table.folder.join(ERASING);
        let mut newest = table.clone();
        if !old.is_empty() {
            self.mark_erasing(table)?;
            let names: Vec<String> = adds.iter().map(|add| add.path.clone()).collect();
            let old: Vec<&DataFile> = old.iter().map(|file| &table.files[*file]).collect();
            newest = match table.replace(&old, adds, true).await? {
                Committed::Done(next) => *next,
                Committed::Conflict => {
                    table.discard(&names).await;
                    return Ok(None);
                }
            };
            self.committed(&newest);
        } else {
            let is_marked = marker.exists();
            if !is_marked.map_err(|err| StoreError::io("read", &marker, err))? {
                return Ok(Some(Vacuumed::default()));
            }
        }
        newest.checkpoint().await?;
        newest.begin_log_at(newest.version())?;
        let vacuumed = vacuum_all(&newest).await?;
        remove_file(&marker)?;
        Ok(Some(vacuumed))
    }
}

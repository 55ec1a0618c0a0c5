//! Other files take the place of some of a table, for good: what the earlier ones held that the new
//! ones do not can be read no more, in no version.

use deltalake::kernel::Add;
use object_store::PutPayload;

use crate::model::error::StoreError;
use crate::table::delta::{Committed, DataFile, Table};
use crate::table::names::ERASING;
use crate::table::prune::{Pruned, prune_all, remove_file};
use crate::table::store::Store;

impl Store {
    /// Notes that rows leave a table for good, so that [`replace_for_good`](Self::replace_for_good)
    /// removes what earlier versions were made of, also if it replaces no file.
    pub(crate) fn mark_erasing(&self, table: &Table) -> Result<(), StoreError> {
        let marker = table.path.join(ERASING);
        let marked = self.files().write(&marker, &PutPayload::new(), false);
        marked.map_err(|err| StoreError::io("write to", &marker, err))
    }

    /// Replaces files of a table by new ones, then sums its log up and removes everything that
    /// earlier versions were made of. Also ends what an earlier call began and did not end; with no
    /// files and nothing to end it does nothing. The caller holds the lock of the partner.
    ///
    /// None if a writer that knows no locks was first: nothing was changed, look at the table again.
    pub(crate) async fn replace_for_good(
        &self,
        table: &Table,
        old: &[usize],
        adds: Vec<Add>,
    ) -> Result<Option<Pruned>, StoreError> {
        let marker = table.path.join(ERASING);
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
        } else if !marker.exists() {
            return Ok(Some(Pruned::default()));
        }
        newest.checkpoint().await?;
        newest.begin_log_at(newest.version())?;
        let pruned = prune_all(&newest).await?;
        remove_file(&marker)?;
        Ok(Some(pruned))
    }
}

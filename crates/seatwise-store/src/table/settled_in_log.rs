//! The settled instant in the log of a table, for storage without locks.
//!
//! A commit with a `txn` action settles an instant for one table. A writer that chose its recording
//! time before that commit has read an earlier version, so its commit is refused: it reads the table
//! again, and records later.

use deltalake::protocol::{DeltaOperation, SaveMode};
use jiff::Timestamp;

use crate::model::error::{Cause, StoreError};
use crate::table::damage::damaged;
use crate::table::delta::{Committed, Table};
use crate::table::layout::SETTLED_APPLICATION;
use crate::table::store::Store;

impl Table {
    /// The latest instant at or before which nothing is recorded in this table after this version:
    /// that of its last delivery, or a later one that a commit settled.
    pub(crate) async fn settled_up_to(&self) -> Result<Option<Timestamp>, StoreError> {
        let read = || async {
            let log_store = self.log_store.as_ref();
            let found = self
                .state
                .transaction_version(log_store, SETTLED_APPLICATION)
                .await;
            let found = found.map_err(Cause::from)?;
            let settled = found.map(Timestamp::from_millisecond).transpose()?;
            Ok::<_, Cause>(settled)
        };
        let settled = self.settled.get_or_try_init(read).await;
        let fail = |err| damaged(self.partner, self.kind, "read its log", &self.folder, err);
        Ok((*settled.map_err(fail)?).max(self.last_recorded()))
    }

    /// Settles an instant, a whole millisecond, for this table.
    pub(crate) async fn settle(&self, at: Timestamp) -> Result<Committed, StoreError> {
        let operation = DeltaOperation::Write {
            mode: SaveMode::Append,
            partition_by: None,
            predicate: None,
        };
        self.commit(Vec::new(), operation, Some(at)).await
    }
}

impl Store {
    /// Whether commits settle instants: in object storage, which has no locks.
    pub(crate) fn settles_by_commit(&self) -> bool {
        self.root().path().is_none()
    }

    /// The latest instant at or before which nothing is recorded in a table any more, as far as the
    /// table has it: on the disk, that may also be in the note of the partner.
    pub(crate) async fn settled_in(&self, table: &Table) -> Result<Option<Timestamp>, StoreError> {
        match self.settles_by_commit() {
            true => table.settled_up_to().await,
            false => Ok(table.last_recorded()),
        }
    }
}

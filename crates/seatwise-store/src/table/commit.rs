//! Commits to a table: the entry of the log first, then its checksum.

use std::sync::Arc;

use deltalake::kernel::transaction::{CommitBuilder, CommitProperties, TransactionError};
use deltalake::kernel::{Action, Add, Remove};
use deltalake::protocol::DeltaOperation;
use deltalake::protocol::checkpoints::create_checkpoint;
use deltalake::{DeltaTable, DeltaTableError};
use tokio::task::spawn_blocking;

use crate::model::error::{Cause, StoreError};
use crate::table::delta::{DataFile, Table, damaged};
use crate::table::log::LogName;

/// How a commit ended.
pub(crate) enum Committed {
    /// It is in the log, on the disk; this is the table after it.
    Done(Box<Table>),
    /// Somebody else committed first: nothing was changed.
    Conflict,
}

impl Table {
    /// Adds deliveries, and takes files out whose place they take. The log entry and its checksum are
    /// on the disk when this returns `Done`.
    pub(crate) async fn append(
        &self,
        adds: Vec<Add>,
        removes: Vec<Remove>,
    ) -> Result<Committed, StoreError> {
        let operation = DeltaOperation::Write {
            mode: deltalake::protocol::SaveMode::Append,
            partition_by: None,
            predicate: None,
        };
        let removes = removes.into_iter().map(Action::Remove);
        let actions = removes.chain(adds.into_iter().map(Action::Add));
        self.commit(actions.collect(), operation).await
    }

    /// Puts other files in the place of `old`, with the same rows or, if some are to be lost, with
    /// the others.
    pub(crate) async fn replace(
        &self,
        old: &[&DataFile],
        adds: Vec<Add>,
        loses_rows: bool,
    ) -> Result<Committed, StoreError> {
        let removes = old
            .iter()
            .map(|file| Action::Remove(file.remove(loses_rows)));
        // What stays was recorded before, and is not news.
        let adds = adds.into_iter().map(|add| {
            Action::Add(Add {
                data_change: false,
                ..add
            })
        });
        let operation = if loses_rows {
            DeltaOperation::Delete { predicate: None }
        } else {
            DeltaOperation::Optimize {
                predicate: None,
                target_size: 0,
            }
        };
        self.commit(removes.chain(adds).collect(), operation).await
    }

    /// Sums the log up to this version, so that earlier entries are not needed to read it.
    pub(crate) async fn checkpoint(&self) -> Result<(), StoreError> {
        let fail = |err| damaged(self.partner, self.kind, "sum up its log", &self.path, err);
        let name = LogName::checkpoint(self.version());
        // Written again it would have other bytes than those that are listed.
        if self.log.has(name) && self.log.check(&self.path, name).is_ok() {
            return Ok(());
        }
        let mut table = DeltaTable::new(Arc::clone(&self.log_store));
        table.load_version(self.version()).await.map_err(fail)?;
        create_checkpoint(&table, None).await.map_err(fail)?;
        self.list_log().await
    }

    /// Removes all versions before one from the list of checksums, as they are going to be removed
    /// from the log.
    pub(crate) fn begin_log_at(&self, version: u64) -> Result<(), StoreError> {
        let begun = self.checksums.begin_at(version);
        begun.map_err(|err| StoreError::io("write to", &self.checksums.path, err))
    }

    /// Adds what the list of checksums lacks of the log up to this version. On the disk when this
    /// returns.
    async fn list_log(&self) -> Result<(), StoreError> {
        let (list, table, version) = (self.checksums.clone(), self.path.clone(), self.version());
        let added = spawn_blocking(move || list.add(&table, version)).await;
        let added = added.map_err(Cause::from).and_then(|added| Ok(added?));
        let path = &self.checksums.path;
        added.map_err(|err| damaged(self.partner, self.kind, "list its log", path, err))
    }

    /// The same version, after the list of checksums has all of its log.
    pub(crate) async fn listed(self) -> Result<Self, StoreError> {
        self.list_log().await?;
        let fail = |err| damaged(self.partner, self.kind, "read its log", &self.path, err);
        let log = self.checksums.read().map_err(fail)?;
        let log = Arc::new(log.unwrap_or_default());
        Ok(Self { log, ..self })
    }

    async fn commit(
        &self,
        actions: Vec<Action>,
        operation: DeltaOperation,
    ) -> Result<Committed, StoreError> {
        // No retries in the library: what is stored depends on what is there already, so a commit
        // that comes second is worked out again by its caller.
        let properties = CommitProperties::default()
            .with_max_retries(0)
            .with_cleanup_expired_logs(Some(false));
        let fail = |err| damaged(self.partner, self.kind, "write to its log", &self.path, err);
        let prepared = CommitBuilder::from(properties)
            .with_actions(actions)
            .build(Some(&self.state), Arc::clone(&self.log_store), operation)
            .into_prepared_commit_future()
            .await
            .map_err(fail)?;
        let committed = match prepared.await {
            Ok(committed) => committed,
            Err(DeltaTableError::Transaction {
                source:
                    TransactionError::MaxCommitAttempts(_)
                    | TransactionError::VersionAlreadyExists(_)
                    | TransactionError::CommitConflict(_),
            }) => return Ok(Committed::Conflict),
            Err(err) => return Err(fail(err)),
        };
        let table = match committed.await {
            // What was written a moment ago needs no check.
            Ok(after) => self
                .unchecked(Arc::clone(&self.log), after.snapshot())
                .check(Some(after.version()))?,
            // The commit stands; only the checkpoint after it could not be written.
            Err(err) => {
                tracing::warn!(partner = %self.partner, table = %self.kind, error = %err,
                    "cannot write a checkpoint; the next commit tries again");
                self.newest().await?
            }
        };
        Ok(Committed::Done(Box::new(table.listed().await?)))
    }
}

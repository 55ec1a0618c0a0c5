//! Commits to a table: first the log entry, then its checksum.

use std::io;
use std::sync::Arc;

use deltalake::kernel::transaction::{CommitBuilder, TransactionError};
use deltalake::kernel::{Action, Add, Remove};
use deltalake::protocol::DeltaOperation;
use deltalake::protocol::checkpoints::create_checkpoint;
use deltalake::{DeltaTable, DeltaTableError};
use jiff::Timestamp;
use tokio::task::spawn_blocking;

use crate::model::error::{Cause, StoreError};
use crate::table::damage::damaged;
use crate::table::delta::{DataFile, Table};
use crate::table::layout::commit_properties;
use crate::table::log::{LogName, Named, named_by};

/// The outcome of a commit.
pub(crate) enum Committed {
    /// The commit is in the log, on the disk. Contains the table after it.
    Done(Box<Table>),
    /// Another writer committed first. Nothing was changed.
    Conflict,
}

impl Table {
    /// Adds deliveries, and removes the files that they replace. An instant of `settled` stays
    /// settled, even if the rows that settled it are removed. When this returns `Done`, the log entry
    /// and its checksum are on the disk.
    pub(crate) async fn append(
        &self,
        adds: Vec<Add>,
        removes: Vec<Remove>,
        settled: Option<Timestamp>,
    ) -> Result<Committed, StoreError> {
        let operation = DeltaOperation::Write {
            mode: deltalake::protocol::SaveMode::Append,
            partition_by: None,
            predicate: None,
        };
        let removes = removes.into_iter().map(Action::Remove);
        let actions = removes.chain(adds.into_iter().map(Action::Add));
        self.commit(actions.collect(), operation, settled).await
    }

    /// Replaces `old` by other files with the same rows or, if `loses_rows`, with fewer rows.
    pub(crate) async fn replace(
        &self,
        old: &[&DataFile],
        adds: Vec<Add>,
        loses_rows: bool,
    ) -> Result<Committed, StoreError> {
        let removes = old
            .iter()
            .map(|file| Action::Remove(file.remove(loses_rows)));
        // The remaining rows were recorded before, so this is no change of data.
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
        self.commit(removes.chain(adds).collect(), operation, None)
            .await
    }

    /// Writes a checkpoint of this version, so that reading the log does not need earlier entries.
    pub(crate) async fn checkpoint(&self) -> Result<(), StoreError> {
        let fail = |err| damaged(self.partner, self.kind, "sum up its log", &self.folder, err);
        let name = LogName::checkpoint(self.version());
        // Written again, it would differ from the listed checksum.
        if self.log.has(name) && self.log.check(&self.folder, name).is_ok() {
            return Ok(());
        }
        let mut table = DeltaTable::new(Arc::clone(&self.log_store));
        table.load_version(self.version()).await.map_err(fail)?;
        create_checkpoint(&table, None).await.map_err(fail)?;
        self.list_log(self.version()).await
    }

    /// Removes versions before `version` from the list of checksums, before they are removed from
    /// the log.
    pub(crate) fn begin_log_at(&self, version: u64) -> Result<(), StoreError> {
        let begun = self.checksums.begin_at(version);
        begun.map_err(|err| StoreError::io("write to", &self.checksums.0, err))
    }

    /// Makes the entry of this version durable, which its writer may not have done yet.
    pub(crate) async fn sync(&self) -> Result<(), StoreError> {
        let name = LogName::entry(self.version());
        // It is listed after it is on the disk.
        if self.log.has(name) {
            return Ok(());
        }
        let entry = name.location(&self.folder);
        let synced = spawn_blocking(move || entry.sync_name()).await;
        let synced = synced.map_err(Cause::from).and_then(|synced| Ok(synced?));
        synced.map_err(|err| damaged(self.partner, self.kind, "sync its log", &self.folder, err))
    }

    /// Adds missing checksums of the log up to a version. They are on the disk when this returns.
    async fn list_log(&self, version: u64) -> Result<(), StoreError> {
        let (list, table) = (self.checksums.clone(), self.folder.clone());
        let added = spawn_blocking(move || list.add(&table, version)).await;
        let added = added.map_err(Cause::from).and_then(|added| Ok(added?));
        let path = &self.checksums.0;
        added.map_err(|err| damaged(self.partner, self.kind, "list its log", path, err))
    }

    /// The same version, after the list of checksums is complete.
    pub(crate) async fn listed(self) -> Result<Self, StoreError> {
        self.list_log(self.version()).await?;
        let fail = |err| damaged(self.partner, self.kind, "read its log", &self.folder, err);
        let log = self.checksums.read().map_err(fail)?;
        let log = Arc::new(log.unwrap_or_default());
        Ok(Self { log, ..self })
    }

    /// The outcome of a commit that found an entry in its place, given a file that it adds. The
    /// entry may be its own: a request to object storage is repeated if its answer is lost.
    async fn conflict(&self, added: Option<&str>) -> Result<Committed, StoreError> {
        let entry = LogName::entry(self.version() + 1).location(&self.folder);
        let named = match named_by(&entry) {
            Err(err) if err.kind() == io::ErrorKind::NotFound => Vec::new(),
            named => named.map_err(|err| StoreError::io("read", entry, err))?,
        };
        // No two files have the same name.
        let is_own = |file: &Named| !file.is_removed && Some(file.name.as_str()) == added;
        if !named.iter().any(is_own) {
            return Ok(Committed::Conflict);
        }
        let table = self.newest().await?.listed().await?;
        Ok(Committed::Done(Box::new(table)))
    }

    /// Commits actions, and settles an instant.
    pub(crate) async fn commit(
        &self,
        actions: Vec<Action>,
        operation: DeltaOperation,
        settled: Option<Timestamp>,
    ) -> Result<Committed, StoreError> {
        let fail = |err| {
            damaged(
                self.partner,
                self.kind,
                "write to its log",
                &self.folder,
                err,
            )
        };
        let added = actions.iter().find_map(|action| match action {
            Action::Add(add) => Some(add.path.clone()),
            _ => None,
        });
        let prepared = CommitBuilder::from(commit_properties(settled))
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
            }) => return self.conflict(added.as_deref()).await,
            Err(err) => return Err(fail(err)),
        };
        // The checksum goes to the disk while the library reads its entry back.
        let listing = self.list_log(committed.version);
        let (after, listed) = tokio::join!(committed.into_future(), listing);
        listed?;
        let table = match after {
            // What was just written needs no check.
            Ok(after) => {
                let log = Arc::clone(&self.log);
                let next = self.unchecked(log, after.snapshot());
                let next = next.check(Some(after.version()))?;
                if let Some(before) = self.settled.get() {
                    // Not read again: no other commit is between the two.
                    next.settled.set((*before).max(settled)).ok();
                }
                next
            }
            // The commit is valid. Only the checkpoint after it could not be written.
            Err(err) => {
                tracing::warn!(partner = %self.partner, table = %self.kind, error = %err,
                    "cannot write a checkpoint; the next commit tries again");
                self.newest().await?
            }
        };
        Ok(Committed::Done(Box::new(table.listed().await?)))
    }
}

//! The tables of a store: their newest versions, as last read.

use std::collections::HashMap;

use jiff::Timestamp;
use parking_lot::MutexGuard;
use seatwise_types::PartnerId;

use super::Store;
use crate::model::axes::{KnownAt, whole_millisecond};
use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::table::damage::damaged;
use crate::table::delta::Table;
use crate::table::log::has_version;

/// A version of one table. If two are equal, nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TableVersion {
    /// Its number: 0 after the table's creation, plus one for each commit.
    pub number: u64,
    /// The history of the number, as counted by this store: a backup that replaces the folder has
    /// other rows under the same numbers.
    pub history: u64,
    /// When the last delivery was recorded; `None` if there is none.
    recorded_at: Option<Timestamp>,
}

impl TableVersion {
    /// Whether everything in it was known at an instant.
    pub fn is_known_at(self, known_at: KnownAt) -> bool {
        self.recorded_at <= Some(known_at.timestamp())
    }
}

impl Store {
    /// The current version of a partner's table, including commits of other processes; `None` if
    /// there is no table yet. Costs two metadata reads, without a query.
    ///
    /// # Errors
    /// If the table was changed and cannot be opened.
    pub async fn table_version(
        &self,
        partner: PartnerId,
        kind: Kind,
    ) -> Result<Option<TableVersion>, StoreError> {
        let table = self.table(partner, kind).await?;
        let history = self.shared.replaced.lock().get(&(partner, kind)).copied();
        Ok(table.map(|table| TableVersion {
            number: table.version(),
            history: history.unwrap_or(0),
            recorded_at: table.last_recorded().map(whole_millisecond),
        }))
    }

    /// Whether a version of a partner's table is still readable. After an erasure, by any process,
    /// it is not: discard what was derived from it. Costs one metadata read.
    pub fn has_version(&self, partner: PartnerId, kind: Kind, version: u64) -> bool {
        let has = has_version(&self.shared.folder.table(partner, kind), version);
        matches!(has, Ok(true))
    }

    /// The newest version of a table; `None` if nothing is recorded.
    pub(crate) async fn table(
        &self,
        partner: PartnerId,
        kind: Kind,
    ) -> Result<Option<Table>, StoreError> {
        let location = self.location(partner, kind);
        let table = match self.known_table(partner, kind) {
            Some(table) if table.is_in_log() => {
                let folder = &location.folder;
                let has_next = has_version(folder, table.version() + 1);
                if !has_next.map_err(|err| damaged(partner, kind, "read its log", folder, err))? {
                    return Ok(Some(table));
                }
                Some(table.newest().await?)
            }
            Some(_) => {
                *self
                    .shared
                    .replaced
                    .lock()
                    .entry((partner, kind))
                    .or_default() += 1;
                Table::open(&location).await?
            }
            None => Table::open(&location).await?,
        };
        match &table {
            Some(table) => self.remember(table),
            None => {
                self.is_there()?;
                self.tables().remove(&(partner, kind));
            }
        }
        Ok(table)
    }

    /// Runs `work` on the newest version of a table; `None` if there is no table. If it fails and
    /// there is a newer version by then, runs it again: an erasure may have removed files.
    pub(crate) async fn with_newest<T, E, Work>(
        &self,
        partner: PartnerId,
        kind: Kind,
        work: impl Fn(Table) -> Work,
    ) -> Result<Option<T>, E>
    where
        E: From<StoreError>,
        Work: Future<Output = Result<T, E>>,
    {
        let mut newest = self.table(partner, kind).await?;
        while let Some(table) = newest {
            let version = table.version();
            let done = work(table).await;
            if done.is_ok() {
                return done.map(Some);
            }
            newest = self.table(partner, kind).await?;
            if newest.as_ref().is_some_and(|it| it.version() == version) {
                return done.map(Some);
            }
        }
        Ok(None)
    }

    pub(crate) async fn create_table(
        &self,
        partner: PartnerId,
        kind: Kind,
    ) -> Result<Table, StoreError> {
        let table = Table::create(&self.location(partner, kind)).await?;
        self.remember(&table);
        Ok(table)
    }

    /// Caches a table as the newest version read.
    pub(crate) fn remember(&self, table: &Table) {
        self.tables()
            .insert((table.partner, table.kind), table.clone());
    }

    /// Caches a table as the newest after a commit, and notifies subscribers and other processes.
    pub(crate) fn committed(&self, table: &Table) {
        self.remember(table);
        self.hint_change(table);
        self.shared.commits.add(table.partner, table.kind);
    }

    fn known_table(&self, partner: PartnerId, kind: Kind) -> Option<Table> {
        self.tables().get(&(partner, kind)).cloned()
    }

    pub(super) fn tables(&self) -> MutexGuard<'_, HashMap<(PartnerId, Kind), Table>> {
        self.shared.tables.lock()
    }
}

//! Reading a snapshot from the table, or from an earlier snapshot and what was added.

use std::sync::Arc;

use seatwise_types::PartnerId;

use super::Snapshot;
use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::query::counting::Counting;
use crate::query::moment::Moment;
use crate::table::delta::Table;
use crate::table::store::Store;

impl Store {
    /// The rows that count at a version of a partner's table; `None` is the newest version. Empty
    /// without a table, and at version 0 of every table.
    ///
    /// `before` may be the snapshot of an earlier version. If the table only grew since, only the
    /// added rows are read.
    ///
    /// # Errors
    /// If the table does not have the version, or no longer has it, or cannot be read.
    ///
    /// # Example
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// use seatwise_store::{Kind, Moment, Store};
    ///
    /// let store = Store::create(&folder.path().join("data"))?;
    /// let partner = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse()?;
    /// let now = store.read_snapshot(partner, Kind::Usage, Moment::NEWEST, None, None).await?;
    /// assert_eq!(now.version(), None);
    /// assert_eq!(now.customers().len(), 0);
    /// # Ok(()) }
    /// ```
    pub async fn read_snapshot(
        &self,
        partner: PartnerId,
        kind: Kind,
        moment: Moment,
        version: Option<u64>,
        before: Option<Arc<Snapshot>>,
    ) -> Result<Snapshot, StoreError> {
        let no_version = |version| StoreError::NoVersion {
            partner,
            table: kind,
            version,
        };
        let before = &before;
        let read = move |table: Table| async move {
            let (engine, before) = (Arc::clone(self.engine()), before.clone());
            let ledger = self.ledger(&table).await?;
            let work = async move {
                if let Some(before) = before
                    && let Some(followed) = before.follow(&engine, &table, moment).await?
                {
                    return Ok(followed);
                }
                let counting = Counting::at(moment, ledger.as_deref(), &table);
                // Lets other tasks update the ledger while rows are read.
                drop(ledger);
                let deliveries = counting.deliveries(&engine, &table).await?;
                Snapshot::read(&engine, &table, moment, &deliveries).await
            };
            self.question("read rows of", Box::pin(work)).await
        };
        let Some(version) = version else {
            let newest = self.with_newest(partner, kind, read).await?;
            return Ok(newest.unwrap_or_else(|| Snapshot::none(self.engine(), moment)));
        };
        let table = match self.table(partner, kind).await? {
            // Version 0 of every table is empty, like a missing table.
            None if version == 0 => return Ok(Snapshot::none(self.engine(), moment)),
            None => None,
            Some(newest) if version == newest.version() => Some(newest),
            Some(newest) => newest.at(version).await?,
        };
        let table = table.ok_or_else(|| no_version(version))?;
        // An erasure may have removed files during the read.
        read(table)
            .await
            .map_err(|err| match self.has_version(partner, kind, version) {
                true => err,
                false => no_version(version),
            })
    }
}

//! The ledgers of a store: read from the disk once, then updated with their tables.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use seatwise_types::PartnerId;
use tokio::sync::RwLock;

use super::Ledger;
use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::table::covers::{Covers, rows_of};
use crate::table::delta::Table;
use crate::table::folder::remove_folder;
use crate::table::store::Store;

/// The most rows by which a question updates its ledger. A ledger that is further behind is rebuilt
/// by [`Store::keep_ledger`].
const MOST_BEHIND: u64 = 1 << 20;

/// The ledgers of all tables.
#[derive(Default)]
pub(crate) struct Ledgers(Mutex<HashMap<(PartnerId, Kind), KeptByAll>>);

/// The ledger of one table, shared by all readers and updates.
type KeptByAll = Arc<RwLock<KeptLedger>>;

/// The ledger of one table.
#[derive(Default)]
pub(crate) struct KeptLedger {
    /// `None` if there is none, or none that can be updated. An update copies a ledger that is
    /// being read, so publishing waits neither for questions nor for the disk.
    ledger: Option<Arc<Ledger>>,
    /// Whether the disk was searched for it.
    was_read: bool,
    /// What the ledger on the disk covers.
    on_disk: Option<Covers>,
    /// The number of rows with which the ledger had too many entries to be useful.
    too_varied: Option<u64>,
}

impl Ledgers {
    fn of(&self, partner: PartnerId, kind: Kind) -> KeptByAll {
        let mut ledgers = self.0.lock();
        Arc::clone(ledgers.entry((partner, kind)).or_default())
    }

    /// Removes the ledger of a table from memory.
    pub(crate) fn forget(&self, partner: PartnerId, kind: Kind) {
        self.0.lock().remove(&(partner, kind));
    }
}

impl KeptLedger {
    /// Whether the ledger covers at least this version of its table.
    fn is_ready(&self, table: &Table) -> bool {
        self.ledger.as_ref().is_some_and(|ledger| {
            let covers = &ledger.covers;
            let is_newer = covers.version > table.version() && covers.is_of_log(table);
            is_newer || ledger.is_of(table)
        })
    }

    /// Reads the ledger from the disk if necessary, and updates it to the table. Afterwards there
    /// is a ledger that covers the table, or none.
    async fn catch_up(&mut self, store: &Store, table: &Table) -> Result<(), StoreError> {
        let Table { partner, kind, .. } = *table;
        if !self.was_read {
            let read = move |store: &Store| Ok(Ledger::read(&store.ledger_folder(partner, kind)));
            let ledger = store.blocking::<_, StoreError>("read from", read).await?;
            self.ledger = ledger.map(Arc::new);
            self.on_disk = self.ledger.as_ref().map(|it| it.covers.clone());
            self.was_read = true;
        }
        if self.is_ready(table) {
            return Ok(());
        }
        // After an error there is no ledger, because it may have half of the changes.
        let Some(mut ledger) = self.ledger.take() else {
            return Ok(());
        };
        let rows = rows_of(table);
        if rows.saturating_sub(ledger.covers.rows) <= MOST_BEHIND
            && Arc::make_mut(&mut ledger)
                .follow(store.session(), table)
                .await?
        {
            self.ledger = Some(ledger);
        }
        Ok(())
    }
}

impl Store {
    /// The ledger of a table, which covers at least this version. `None` if there is none:
    /// [`keep_ledger`](Self::keep_ledger) has not been called, or the table has too many different
    /// rows.
    ///
    /// # Errors
    /// If the ledger is behind and the table cannot be read.
    pub(crate) async fn ledger(&self, table: &Table) -> Result<Option<Arc<Ledger>>, StoreError> {
        let kept = self.extension::<Ledgers>().of(table.partner, table.kind);
        let read = kept.read().await;
        let is_none = read.was_read && read.ledger.is_none();
        if is_none || read.is_ready(table) {
            return Ok(read.ledger.clone());
        }
        drop(read);
        let (store, table) = (self.clone(), table.clone());
        let work = async move {
            let mut kept = kept.write_owned().await;
            kept.catch_up(&store, &table).await?;
            Ok(kept.ledger.clone())
        };
        // Most questions come here, and usually there is nothing to do.
        self.work("add up rows of", Box::pin(work)).await
    }

    /// Brings the ledger of a table up to date and writes it to the disk. Builds it if there is
    /// none, which takes a second for some millions of rows; questions are answered meanwhile.
    ///
    /// Returns whether there is a ledger: there is none without a table, for monthly tables, and
    /// for a table with too many different rows.
    ///
    /// # Errors
    /// If the table cannot be read, or the ledger cannot be written.
    pub async fn keep_ledger(&self, partner: PartnerId, kind: Kind) -> Result<bool, StoreError> {
        if kind.is_of_months() {
            return Ok(false);
        }
        let kept = self.with_newest(partner, kind, move |table| async move {
            if self.ledger(&table).await?.is_none() && !self.make_ledger(&table).await? {
                return Ok(false);
            }
            self.write_ledger(&table).await?;
            Ok::<_, StoreError>(true)
        });
        Ok(kept.await?.unwrap_or(false))
    }

    /// Builds the ledger of a table. Returns false if it would have too many entries.
    async fn make_ledger(&self, table: &Table) -> Result<bool, StoreError> {
        let kept = self.extension::<Ledgers>().of(table.partner, table.kind);
        let rows = rows_of(table);
        // Tries again after the table has doubled.
        if kept
            .read()
            .await
            .too_varied
            .is_some_and(|most| rows < 2 * most)
        {
            return Ok(false);
        }
        let (store, table) = (self.clone(), table.clone());
        let made = self.work("add up rows of", async move {
            tracing::info!(partner = %table.partner, table = %table.kind, rows, "making the ledger");
            Ledger::build(store.session(), &table).await
        });
        let made = made.await?;
        let mut kept = kept.write().await;
        kept.too_varied = made.is_none().then_some(rows);
        kept.ledger = made.map(Arc::new);
        Ok(kept.ledger.is_some())
    }

    /// Writes the ledger of a table, unless the disk has the same. Questions can read it meanwhile.
    async fn write_ledger(&self, table: &Table) -> Result<(), StoreError> {
        let Table { partner, kind, .. } = *table;
        let kept = self.extension::<Ledgers>().of(partner, kind);
        let ledger = {
            let kept = kept.read().await;
            let ledger = kept.ledger.clone();
            ledger.filter(|ledger| kept.on_disk.as_ref() != Some(&ledger.covers))
        };
        let Some(ledger) = ledger else {
            return Ok(());
        };
        let written = self.blocking("write to", move |store| {
            let folder = store.ledger_folder(partner, kind);
            let written = ledger.write(&folder);
            written.map_err(|err| StoreError::from_cause("write to", &folder, err))?;
            Ok::<_, StoreError>(ledger.covers.clone())
        });
        let covers = written.await?;
        kept.write().await.on_disk = Some(covers);
        Ok(())
    }

    /// Rebuilds the ledger of a table and compares it with the one on the disk. Returns the number
    /// of differences: 0 if the disk has none, or one that would be rebuilt anyway.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub(crate) async fn ledger_differences(&self, table: &Table) -> Result<usize, StoreError> {
        let (store, table) = (self.clone(), table.clone());
        self.work("add up rows of", async move {
            let mut kept = KeptLedger::default();
            kept.catch_up(&store, &table).await?;
            let Some(kept) = kept.ledger else {
                return Ok(0);
            };
            let made = Ledger::build(store.session(), &table).await?;
            Ok(made.map_or(0, |made| made.differences(&kept)))
        })
        .await
    }

    /// Removes the ledger of a table from memory and disk, because it has customer ids.
    pub(crate) fn remove_ledger(&self, partner: PartnerId, kind: Kind) -> Result<(), StoreError> {
        self.extension::<Ledgers>().forget(partner, kind);
        remove_folder(&self.ledger_folder(partner, kind))
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::import::{ImportOptions, Input, Progress, import};

    use super::*;

    /// A store with a table, and its partner.
    async fn imported() -> (tempfile::TempDir, Store, PartnerId) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = Store::create(&folder.path().join("data")).expect("a data folder");
        let partner = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse();
        let partner: PartnerId = partner.expect("a GUID");
        let mut text = "processedDateTime,workloadName,serviceCode,channel,customerTenantId,\
                        customerName,productName,licensesActive,licensesQualified\n"
            .to_owned();
        for day in 1..=9 {
            text += &format!(
                "2026-05-0{day},Exchange,o365,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,C,E3,{day},10\n"
            );
        }
        let file = folder.path().join("rows.csv");
        std::fs::write(&file, text).expect("a file");
        let now = "2026-06-01T00:00:00Z".parse().expect("an instant");
        let options = ImportOptions::new(partner);
        let imported = import(
            &store,
            &options,
            vec![Input::File(file)],
            now,
            Arc::new(Progress::default()),
        );
        imported.await.expect("an import");
        (folder, store, partner)
    }

    #[tokio::test]
    async fn a_sum_on_the_disk_that_is_wrong_is_found() {
        let (_folder, store, partner) = imported().await;
        let kept = store.keep_ledger(partner, Kind::Usage).await;
        assert!(kept.expect("a ledger"));
        let table = store.table(partner, Kind::Usage).await.expect("a table");
        let table = table.expect("a table");
        let differ = async || {
            store
                .ledger_differences(&table)
                .await
                .expect("a comparison")
        };
        assert_eq!(differ().await, 0);
        let folder = store.ledger_folder(partner, Kind::Usage);
        let mut ledger = Ledger::read(&folder).expect("a ledger");
        ledger.entries[0].1.part += 1;
        ledger.write(&folder).expect("a written ledger");
        assert_eq!(differ().await, 2);
        let verified = store.verify(partner, Kind::Usage).await.expect("a table");
        let verified = verified.expect("a table");
        assert_eq!(verified.damages, 1, "{verified:?}");
        assert!(verified.findings[0].file.starts_with("ledgers/"));
    }
}

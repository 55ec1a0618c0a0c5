//! Recording of deliveries, each as a whole or not at all, and each content once.

use std::io;
use std::sync::Arc;

use jiff::Timestamp;
use seatwise_types::PartnerId;
use tokio::task::spawn_blocking;

use crate::ingest::checked::Checked;
use crate::ingest::compare::Comparison;
use crate::ingest::damaged_files::Damage;
use crate::ingest::tally::Tally;
use crate::ingest::writing::{Keep, write};
use crate::model::error::StoreError;
use crate::table::clock::recorded_at;
use crate::table::delta::{Committed, Table};
use crate::table::merge::after_import;
use crate::table::store::Store;

/// The number of attempts of a commit if other writers come first. Writers of one folder take
/// turns, so this concerns writers elsewhere.
const ATTEMPTS: u32 = 20;

/// How rows are recorded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct How {
    /// Write nothing, and create no table.
    pub(crate) dry_run: bool,
    /// Allow a file to lose most of the existing rows of its units.
    pub(crate) replace: bool,
    /// Allow the loss of content of damaged files that the import does not restore.
    pub(crate) mend: bool,
}

/// Compares the rows with stored ones and stores what is new, in one commit. Stores nothing if a
/// file loses more than half of the existing rows of its units, unless `how` allows it.
pub(crate) async fn record(
    store: &Store,
    partner: PartnerId,
    checked: Arc<Checked>,
    now: Timestamp,
    how: How,
) -> Result<Tally, StoreError> {
    let kind = checked.kind;
    if checked.good == 0 {
        return Ok(Tally::default());
    }
    let _lock = if how.dry_run {
        None
    } else {
        Some(store.lock(partner, now).await?)
    };
    store.check_clock(partner, now).await?;
    for _ in 0..ATTEMPTS {
        let table = match store.table(partner, kind).await? {
            Some(table) => Some(table),
            None if how.dry_run => None,
            None => Some(store.create_table(partner, kind).await?),
        };
        let attempt = Attempt {
            store,
            table: table.as_ref(),
            checked: &checked,
            now,
            how,
        };
        let tally = match (attempt.make(table.as_ref()).await, &table) {
            (Err(err @ StoreError::Damaged { .. }), Some(table)) => {
                match Damage::find(table, &checked).await? {
                    // No damaged file can have deliveries of this import.
                    Some(damage) if damage.in_the_way.is_empty() => {
                        let mut tally = attempt.make(Some(&damage.healthy)).await?;
                        if let Some(tally) = &mut tally {
                            tally.mended.still_damaged = damage.others;
                        }
                        tally
                    }
                    _ => return Err(err),
                }
            }
            (tally, _) => tally?,
        };
        if let Some(tally) = tally {
            return Ok(tally);
        }
    }
    Err(StoreError::Contended {
        partner,
        table: kind,
        attempts: ATTEMPTS,
    })
}

/// One attempt to record the checked rows in the current table.
struct Attempt<'a> {
    store: &'a Store,
    /// `None` for a dry run without a table.
    table: Option<&'a Table>,
    checked: &'a Arc<Checked>,
    now: Timestamp,
    how: How,
}

impl Attempt<'_> {
    /// Compares with the files of `known`, and records what is new. `None` if another writer
    /// committed first.
    async fn make(&self, known: Option<&Table>) -> Result<Option<Tally>, StoreError> {
        let comparison = Comparison {
            store: self.store.clone(),
            table: known.cloned(),
            checked: Arc::clone(self.checked),
            replace: self.how.replace,
        };
        let Some(table) = self.table.filter(|_| !self.how.dry_run) else {
            return tally_only(self.store, comparison).await.map(Some);
        };
        let settled = self.store.settled_up_to(table.partner).await?;
        let recorded_at = recorded_at(settled, self.now);
        let go_through = move |keep: &mut Keep<'_>| comparison.run(keep);
        let written = write(table, self.checked, recorded_at, Vec::new(), go_through);
        let (tally, adds) = written.await?;
        if adds.is_empty() {
            return Ok(Some(tally));
        }
        let names: Vec<String> = adds.iter().map(|add| add.path.clone()).collect();
        match table.append(adds, Vec::new(), None).await? {
            Committed::Done(next) => {
                self.store.committed(&next);
                after_import(self.store, *next, self.now).await;
                Ok(Some(tally))
            }
            Committed::Conflict => {
                table.discard(&names).await;
                Ok(None)
            }
        }
    }
}

/// Counts what would be recorded.
async fn tally_only(store: &Store, comparison: Comparison) -> Result<Tally, StoreError> {
    let counted = spawn_blocking(move || comparison.run(|_| Ok(()))).await;
    counted.map_err(|err| read_back(store, err.into()))?
}

/// The error if rows on the disk cannot be read back.
fn read_back(store: &Store, err: io::Error) -> StoreError {
    StoreError::io("read rows back from", store.work_dir(), err)
}

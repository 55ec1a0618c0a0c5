//! Mending: deliveries of an import replace damaged or missing data files.
//!
//! The log has the sum of such a file's delivery hashes, their numbers and their recording time. An
//! import with exactly these deliveries, among others, restores the file as it was. Other content
//! is given up if the options allow it. An import that mends does nothing else: it cannot know
//! whether its content is new, or older than what is lost.

use std::sync::Arc;

use datafusion::prelude::SessionContext;
use deltalake::kernel::Remove;
use jiff::Timestamp;
use seatwise_types::PartnerId;
use tokio::task::spawn_blocking;

use crate::ingest::checked::Checked;
use crate::ingest::commit::How;
use crate::ingest::damaged_files::{Damage, DamagedFile};
use crate::ingest::matching::{Back, Matching};
use crate::ingest::progress::Progress;
use crate::ingest::tally::Tally;
use crate::ingest::writing::{Keep, write};
use crate::model::error::{Cause, StoreError};
use crate::model::fact::Unit;
use crate::table::clock::recorded_at;
use crate::table::delta::{Committed, Table};
use crate::table::engine::work_threads;
use crate::table::folder::WriterLock;
use crate::table::merge::after_import;
use crate::table::store::Store;

/// The plan of an import for a table while damaged files block it, in this or another table.
#[derive(Clone)]
pub(crate) struct Mending {
    pub(crate) store: Store,
    pub(crate) checked: Arc<Checked>,
    pub(crate) how: How,
    /// The table; `None` if nothing is recorded.
    table: Option<Damaged>,
    /// The deliveries that are restored, in order. One delivery may have been in several files.
    back: Arc<Vec<Back>>,
}

/// A table with its damage.
#[derive(Clone)]
struct Damaged {
    table: Table,
    /// The table without unreadable files.
    healthy: Table,
    /// The files that are restored with the same deliveries, numbers and recording time.
    back: Arc<Vec<DamagedFile>>,
    /// The other files that block the import.
    unproven: Arc<Vec<DamagedFile>>,
    /// The number of other unreadable files.
    others: u64,
}

/// What an import would do with a table.
pub(crate) struct Plan {
    pub(crate) mending: Mending,
    pub(crate) tally: Tally,
    /// Why a blocking file is not restored; `None` if all are, or may be lost.
    pub(crate) refusal: Option<StoreError>,
}

impl Mending {
    /// Determines what an import can mend.
    ///
    /// # Errors
    /// If the table or the rows of the import cannot be read, or the import is stopped before it is
    /// known what comes back.
    pub(crate) async fn plan(
        store: &Store,
        partner: PartnerId,
        checked: &Arc<Checked>,
        how: How,
        progress: &Arc<Progress>,
    ) -> Result<Plan, StoreError> {
        let table = store.table(partner, checked.kind).await?;
        let damage = match &table {
            Some(table) => Damage::find(table, checked).await?,
            None => None,
        };
        let (own, import) = (store.clone(), Arc::clone(checked));
        let progress = Arc::clone(progress);
        let planned = spawn_blocking(move || {
            let mut mending = Self {
                store: own,
                checked: import,
                how,
                table: None,
                back: Arc::default(),
            };
            if let Some(table) = table {
                mending.take(table, damage, &progress)?;
            }
            mending.try_out()
        });
        let planned = planned.await.map_err(Cause::from);
        planned.map_err(|err| StoreError::from_cause("read", store.root(), err))?
    }

    /// Determines which damaged files of its table are restored.
    fn take(
        &mut self,
        table: Table,
        damage: Option<Damage>,
        progress: &Progress,
    ) -> Result<(), StoreError> {
        let Some(damage) = damage else {
            self.table = Some(Damaged {
                healthy: table.clone(),
                table,
                back: Arc::default(),
                unproven: Arc::default(),
                others: 0,
            });
            return Ok(());
        };
        let files = damage.in_the_way;
        let broken = files.iter().enumerate();
        let broken = broken.filter_map(|(of, it)| Some((of, it.as_damaged(&table)?)));
        let (of, broken): (Vec<usize>, Vec<_>) = broken.unzip();
        let matching = Matching {
            session: self.store.session(),
            healthy: &damage.healthy,
            broken,
            checked: &self.checked,
            progress,
        };
        let mut found = matching.find()?;
        let mut proven: Vec<usize> = found.iter().map(|it| of[it.of]).collect();
        proven.sort_unstable();
        proven.dedup();
        for it in &mut found {
            it.of = proven.partition_point(|file| *file < of[it.of]);
        }
        let (mut back, mut unproven) = (Vec::new(), Vec::new());
        for (place, file) in files.into_iter().enumerate() {
            match proven.binary_search(&place) {
                Ok(_) => back.push(file),
                Err(_) => unproven.push(file),
            }
        }
        self.back = Arc::new(found);
        self.table = Some(Damaged {
            table,
            healthy: damage.healthy,
            back: Arc::new(back),
            unproven: Arc::new(unproven),
            others: damage.others,
        });
        Ok(())
    }

    /// Goes through the import without storing anything.
    fn try_out(self) -> Result<Plan, StoreError> {
        let mut rows = self.rows_of_none();
        let mut tally = self.run(&mut rows, &mut |_| Ok(()))?;
        let mut refusal = None;
        if let Some(damaged) = &self.table {
            let lost = damaged.unproven.len() as u64;
            tally.mended.files = damaged.back.len() as u64;
            tally.mended.still_damaged = damaged.others;
            if self.how.mend {
                tally.mended.files += lost;
                let files = damaged.unproven.iter().zip(&rows);
                tally.mended.rows_lost = files.map(|(file, rows)| file.rows_lost(*rows)).sum();
            } else {
                tally.mended.still_damaged += lost;
                let files = damaged.unproven.iter().zip(&rows);
                // A file with rows of the import says more than others.
                let named = files.max_by_key(|(_, rows)| **rows > 0);
                refusal = named.map(|(file, rows)| file.refusal(&damaged.table, *rows));
            }
        }
        Ok(Plan {
            mending: self,
            tally,
            refusal,
        })
    }

    /// The files that block the import and are not restored.
    pub(crate) fn unproven(&self) -> &[DamagedFile] {
        self.table.as_ref().map_or(&[], |it| &it.unproven)
    }

    /// The number of the last delivery in lost files that may have had this unit; `None` without
    /// such files.
    pub(crate) fn last_lost(&self, unit: &Unit) -> Option<i64> {
        let lost = self.unproven().iter().filter(|_| self.how.mend);
        let lost = lost.filter(|it| it.is_in_the_way(unit, &self.checked));
        lost.map(|it| *it.file.numbers().end()).max()
    }

    /// Runs a query on the readable table and waits for the result, which is empty without a table.
    pub(crate) fn ask<T: Default>(
        &self,
        question: impl AsyncFnOnce(&SessionContext, &Table) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let Some(Damaged { healthy: table, .. }) = &self.table else {
            return Ok(T::default());
        };
        work_threads().block_on(question(self.store.session(), table))
    }

    /// The number of the import's rows that may have been in each file that is not restored:
    /// initially 0.
    fn rows_of_none(&self) -> Vec<u64> {
        vec![0; self.unproven().len()]
    }

    /// Where a delivery is restored, by its index in the import.
    pub(crate) fn back(&self, place: u64) -> &[Back] {
        let from = self.back.partition_point(|it| it.place < place);
        let count = self.back[from..].partition_point(|it| it.place == place);
        &self.back[from..from + count]
    }

    /// Stores what is restored and what is recorded now, and removes the damaged files from the
    /// table, in one commit.
    ///
    /// # Errors
    /// If the table cannot be read or written, or if a writer without locks came first.
    pub(crate) async fn record(&self, now: Timestamp, lock: &WriterLock) -> Result<(), StoreError> {
        let Some(damaged) = &self.table else {
            return Ok(());
        };
        let removes: Vec<Remove> = self.removes(damaged).collect();
        if removes.is_empty() {
            return Ok(());
        }
        let table = &damaged.table;
        let settled = self.store.settled_up_to(table.partner).await?;
        let recorded_at = recorded_at(settled, now);
        let of_damaged = damaged.back.iter();
        let of_damaged = of_damaged.map(|it| it.file.recorded_at().unwrap_or(recorded_at));
        let mending = self.clone();
        let go_through = move |keep: &mut Keep<'_>| {
            let mut rows = mending.rows_of_none();
            mending.run(&mut rows, keep)
        };
        let of_damaged = of_damaged.collect();
        let written = write(table, &self.checked, recorded_at, of_damaged, go_through);
        let (_, adds) = written.await?;
        // Instants used in answers stay settled, even if the rows that settled them are lost.
        let settled = settled.filter(|_| self.how.mend);
        let by_commit = settled.filter(|_| self.store.settles_by_commit());
        if let (Some(settled), None) = (settled, by_commit) {
            self.store.note_settled(table.partner, settled, lock)?;
        }
        let names: Vec<String> = adds.iter().map(|add| add.path.clone()).collect();
        match table.append(adds, removes, by_commit).await? {
            Committed::Done(next) => {
                self.store.committed(&next);
                self.put_aside(damaged).await;
                after_import(&self.store, *next, now).await;
                Ok(())
            }
            Committed::Conflict => {
                table.discard(&names).await;
                Err(StoreError::Contended {
                    partner: table.partner,
                    table: table.kind,
                    attempts: 1,
                })
            }
        }
    }

    /// The files to remove from the table.
    fn leaving<'a>(&self, damaged: &'a Damaged) -> impl Iterator<Item = &'a DamagedFile> {
        let lost = damaged.unproven.iter().filter(|_| self.how.mend);
        damaged.back.iter().chain(lost)
    }

    /// The log entries that remove the files from the table.
    fn removes(&self, damaged: &Damaged) -> impl Iterator<Item = Remove> {
        let come_back = damaged.back.len();
        let files = self.leaving(damaged).enumerate();
        files.map(move |(place, it)| it.file.remove(place >= come_back))
    }

    /// Moves the files out of the table's folder to `damaged`, where you can try to recover them.
    /// No version needs them any more.
    async fn put_aside(&self, damaged: &Damaged) {
        let table = &damaged.table;
        let to = self.store.damaged_files(table.partner, table.kind);
        let from = table.folder.clone();
        let names: Vec<String> = self
            .leaving(damaged)
            .map(|it| it.file.name.clone())
            .collect();
        let moved = spawn_blocking(move || {
            to.create_folder()?;
            for name in names {
                match from.join(&name).rename_to(&to.join(&name)) {
                    Err(err) if err.kind() == std::io::ErrorKind::NotFound => {}
                    moved => moved?,
                }
            }
            Ok::<_, Cause>(())
        });
        if let Err(err) = moved.await.map_err(Cause::from).and_then(|moved| moved) {
            tracing::warn!(partner = %table.partner, table = %table.kind, error = %err,
                "cannot put damaged files aside; compacting removes them");
        }
    }
}

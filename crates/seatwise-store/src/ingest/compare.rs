//! Comparison of deliveries with stored ones: new, unchanged or restated, and what a restatement
//! loses.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::ingest::batch::{Batch, Batches};
use crate::ingest::checked::Checked;
use crate::ingest::existing_deliveries::{Existing, Version, known};
use crate::ingest::losses::{Before, Restated, before};
use crate::ingest::tally::{Shares, Tally};
use crate::ingest::whole_deliveries::ImportedDelivery;
use crate::ingest::writing::Kept;
use crate::model::error::StoreError;
use crate::table::delta::Table;
use crate::table::engine::work_threads;
use crate::table::store::Store;

/// The inputs of a comparison.
pub(crate) struct Comparison {
    pub(crate) store: Store,
    /// The table at one version; `None` if nothing is recorded.
    pub(crate) table: Option<Table>,
    pub(crate) checked: Arc<Checked>,
    /// Whether a file may lose most of the rows of its units.
    pub(crate) replace: bool,
}

/// The newest version of a unit.
#[derive(Clone, Copy)]
enum Newest {
    Stored(Version),
    /// A delivery of the batch, by index.
    Imported(usize),
}

impl Comparison {
    /// Goes through all deliveries in order, and passes new and restated ones to `keep`. Call it on
    /// a thread that may block.
    pub(crate) fn run(
        &self,
        mut keep: impl FnMut(Kept<'_>) -> Result<(), StoreError>,
    ) -> Result<Tally, StoreError> {
        let folder = self.store.work_dir();
        let read_back = |err| StoreError::io("read rows back from", folder, err);
        let batches = Batches::of(&self.checked).map_err(read_back)?;
        let (mut tally, mut shares) = (Tally::default(), Shares::default());
        batches.for_each(|batch| {
            let batch = batch.map_err(read_back)?;
            self.compare(&batch, &mut tally, &mut shares, &mut keep)?;
            Ok(ControlFlow::Continue(()))
        })?;
        if !self.replace {
            tally.refused = shares.too_large();
        }
        Ok(tally)
    }

    fn compare(
        &self,
        batch: &Batch,
        tally: &mut Tally,
        shares: &mut Shares,
        keep: &mut impl FnMut(Kept<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let Checked { kind, texts, .. } = self.checked.as_ref();
        let existing = self.existing(batch)?;
        let hashes = batch.hashes(texts);
        // Whether the stored version has the content of this delivery.
        let has = |version: &Version, number: usize| batch.is_again(number, version.hash, texts);
        let mut restated = HashMap::default();
        for versions in batch.units() {
            let number = versions.start;
            let (ImportedDelivery { unit, .. }, _) = batch.delivery(number);
            if let Some(version) = existing.known[&unit]
                && !has(&version, number)
            {
                restated.insert(version.delivery_id, number);
            }
        }
        let mut stored = self.before(batch, &existing, &restated)?;
        for versions in batch.units() {
            let (ImportedDelivery { unit, .. }, _) = batch.delivery(versions.start);
            let mut newest = existing.known[&unit].map(Newest::Stored);
            for number in versions {
                let (ImportedDelivery { file, .. }, rows) = batch.delivery(number);
                let hash = hashes[number];
                match newest {
                    Some(Newest::Imported(earlier)) if hashes[earlier] == hash => {
                        tally.unchanged += 1;
                        shares.add_unchanged(file, rows);
                        continue;
                    }
                    Some(Newest::Stored(version)) if has(&version, number) => {
                        tally.unchanged += 1;
                        shares.add_unchanged(file, rows);
                        continue;
                    }
                    None => tally.new += 1,
                    Some(newest) => {
                        tally.restated += 1;
                        let before = match newest {
                            Newest::Imported(earlier) => {
                                let (_, earlier) = batch.delivery(earlier);
                                Before::of_rows(earlier, rows, &unit, *kind, texts)
                            }
                            Newest::Stored(version) => {
                                stored.remove(&version.delivery_id).unwrap_or_default()
                            }
                        };
                        shares.add_restated(file, &before);
                        tally.losses.add_delivery(before);
                    }
                }
                newest = Some(Newest::Imported(number));
                tally.rows += rows.len() as u64;
                keep(Kept {
                    unit,
                    rows,
                    hash,
                    back: &[],
                    is_news: true,
                })?;
            }
        }
        Ok(())
    }

    /// What is stored of the units of a batch.
    fn existing(&self, batch: &Batch) -> Result<Existing, StoreError> {
        let nothing = || Existing::nothing(batch);
        self.ask(nothing, async |table| {
            let (session, texts) = (self.store.session(), &self.checked.texts);
            known(session, table, batch, texts).await
        })
    }

    /// The previous content of restated versions.
    fn before(
        &self,
        batch: &Batch,
        existing: &Existing,
        restated: &HashMap<i64, usize, RandomState>,
    ) -> Result<Restated, StoreError> {
        self.ask(HashMap::default, async |table| {
            let (session, texts) = (self.store.session(), &self.checked.texts);
            let rows = existing.rows.as_deref();
            before(session, table, rows, batch, restated, texts).await
        })
    }

    /// Runs a query on the table and waits for the result; `nothing` is the result without a table.
    fn ask<T>(
        &self,
        nothing: impl FnOnce() -> T,
        question: impl AsyncFnOnce(&Table) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let Some(table) = &self.table else {
            return Ok(nothing());
        };
        work_threads().block_on(question(table))
    }
}

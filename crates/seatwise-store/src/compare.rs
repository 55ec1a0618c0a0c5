//! Comparing deliveries with what is known: new, unchanged or restated, and what a restatement takes
//! away.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::common::DataFusionError;
use foldhash::fast::RandomState;

use crate::batch::{Batch, Batches};
use crate::delivery::{ContentHash, UnitText};
use crate::engine::work_threads;
use crate::known::{Known, Version, known};
use crate::lost::{Before, before};
use crate::mend::Mending;
use crate::record::{Checked, Share, Tally};
use crate::staging::{Fact, Unit};
use crate::table::{Table, damaged};
use crate::whole::Delivery;
use crate::{Store, StoreError};

/// What is compared with what.
pub(crate) struct Comparison {
    pub(crate) store: Store,
    /// The table at one version; none if nothing was recorded.
    pub(crate) table: Option<Table>,
    pub(crate) checked: Arc<Checked>,
    /// A file may take most of what is known of its units away.
    pub(crate) replace: bool,
    /// Files whose place these deliveries take.
    pub(crate) mending: Option<Arc<Mending>>,
}

impl Comparison {
    /// Goes through all deliveries in order, and gives those that are news to `keep`. To be called
    /// on a thread that may block.
    pub(crate) fn run(
        &self,
        mut keep: impl FnMut(Unit, &[Fact], ContentHash) -> Result<(), StoreError>,
    ) -> Result<Tally, StoreError> {
        let folder = self.store.path();
        let read_back = |err| StoreError::io("read rows back from", folder, err);
        let mut batches = Batches::of(&self.checked).map_err(read_back)?;
        let mut tally = Tally::default();
        let mut shares = BTreeMap::new();
        while let Some(batch) = batches.next().map_err(read_back)? {
            self.compare(&batch, &mut tally, &mut shares, &mut keep)?;
        }
        if !self.replace {
            let mut shares = shares.into_values();
            tally.refused = shares.find(|share: &Share| 2 * share.lost > share.known);
        }
        Ok(tally)
    }

    fn compare(
        &self,
        batch: &Batch,
        tally: &mut Tally,
        shares: &mut BTreeMap<u32, Share>,
        keep: &mut impl FnMut(Unit, &[Fact], ContentHash) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let Checked { kind, texts, .. } = self.checked.as_ref();
        let known = self.known(batch)?;
        let hashes: Vec<ContentHash> = batch
            .iter()
            .map(|(it, rows)| ContentHash::of(&UnitText::new(&it.unit, texts), rows, texts))
            .collect();
        // Whether a version that is stored has what this delivery has.
        let has = |version: &Version, number: usize| {
            let (Delivery { unit, .. }, rows) = batch.delivery(number);
            version.hash
                == version
                    .hash
                    .again(&UnitText::new(&unit, texts), rows, texts)
        };
        let mut restated = HashMap::default();
        for (number, (delivery, _)) in batch.iter().enumerate() {
            let first = number == 0 || batch.delivery(number - 1).0.unit != delivery.unit;
            if first
                && let Some(version) = known[&delivery.unit]
                && !has(&version, number)
            {
                restated.insert(version.delivery_id, number);
            }
        }
        let mut stored = self.before(batch, &restated)?;
        // The versions of one unit follow each other, so only the last one needs to be remembered.
        let mut last: Option<(Unit, usize)> = None;
        for (number, (delivery, rows)) in batch.iter().enumerate() {
            let Delivery { unit, file, .. } = delivery;
            let hash = hashes[number];
            let share = shares.entry(file).or_insert_with(|| Share {
                file,
                ..Share::default()
            });
            let earlier = last.replace((unit, number));
            let earlier = earlier.filter(|(earlier, _)| *earlier == unit);
            let is_same = match earlier {
                Some((_, earlier)) => Some(hashes[earlier] == hash),
                None => known[&unit].map(|version| has(&version, number)),
            };
            if is_same != Some(true) && self.is_older(&unit, known[&unit]) {
                tally.mended.older += 1;
                continue;
            }
            match is_same {
                Some(true) => {
                    tally.unchanged += 1;
                    let rows = rows.iter().filter(|row| !row.is_empty_delivery());
                    share.known += rows.count() as u64;
                    continue;
                }
                _ if self.comes_back(&unit) => tally.mended.deliveries += 1,
                Some(false) => {
                    tally.restated += 1;
                    let before = match earlier {
                        Some((_, earlier)) => {
                            let (_, earlier) = batch.delivery(earlier);
                            Before::of_rows(earlier, rows, &unit, *kind, texts)
                        }
                        None => known[&unit]
                            .and_then(|version| stored.remove(&version.delivery_id))
                            .unwrap_or_default(),
                    };
                    share.known += before.rows;
                    share.lost += before.lost;
                    tally.losses.add_delivery(before);
                }
                None => tally.new += 1,
            }
            tally.rows += rows.len() as u64;
            keep(unit, rows, hash)?;
        }
        Ok(())
    }

    /// Whether a delivery comes back to a damaged file, as it was.
    fn comes_back(&self, unit: &Unit) -> bool {
        let mending = self.mending.as_ref();
        mending.is_some_and(|it| it.comes_back_to(unit, &self.checked.texts).is_some())
    }

    /// Whether a delivery that may have been in a lost file is older than what is known.
    fn is_older(&self, unit: &Unit, known: Option<Version>) -> bool {
        let (Some(mending), Some(known)) = (&self.mending, known) else {
            return false;
        };
        mending.is_older(unit, &self.checked.texts, known.delivery_id)
    }

    /// The newest versions of the units of a batch.
    fn known(&self, batch: &Batch) -> Result<Known, StoreError> {
        let nothing = || batch.iter().map(|(it, _)| (it.unit, None)).collect();
        self.ask(nothing, async |table| {
            known(self.store.session(), table, batch, &self.checked.texts).await
        })
    }

    /// What the versions had that are restated.
    fn before(
        &self,
        batch: &Batch,
        restated: &HashMap<i64, usize, RandomState>,
    ) -> Result<HashMap<i64, Before, RandomState>, StoreError> {
        self.ask(HashMap::default, async |table| {
            let (session, texts) = (self.store.session(), &self.checked.texts);
            before(session, table, batch, restated, texts).await
        })
    }

    /// Asks the table and waits for the answer; `nothing` is what there is without a table.
    fn ask<T>(
        &self,
        nothing: impl FnOnce() -> T,
        question: impl AsyncFnOnce(&Table) -> Result<T, DataFusionError>,
    ) -> Result<T, StoreError> {
        let Some(table) = &self.table else {
            return Ok(nothing());
        };
        work_threads().block_on(question(table)).map_err(|err| {
            damaged(
                table.partner,
                table.kind,
                "read its deliveries",
                &table.path,
                err,
            )
        })
    }
}

//! Comparing deliveries with what is known: new, unchanged or restated, and what a restatement takes
//! away.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::common::DataFusionError;
use foldhash::fast::RandomState;

use crate::ingest::batch::{Batch, Batches};
use crate::ingest::checked::Checked;
use crate::ingest::known::{Known, Version, Versions, known, versions};
use crate::ingest::lost::{Before, before};
use crate::ingest::matching::Back;
use crate::ingest::mend::Mending;
use crate::ingest::tally::{Share, Tally};
use crate::ingest::whole::Delivery;
use crate::model::content_hash::{ContentHash, UnitText};
use crate::model::error::StoreError;
use crate::model::fact::{Fact, Unit};
use crate::table::delta::{Table, damaged};
use crate::table::engine::work_threads;
use crate::table::store::Store;

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

/// A delivery that is stored.
pub(crate) struct Kept<'a> {
    pub(crate) unit: Unit,
    pub(crate) rows: &'a [Fact],
    pub(crate) hash: ContentHash,
    /// The damaged files that it comes back to; none if it is news.
    pub(crate) back: &'a [Back],
}

/// The newest version of a unit.
#[derive(Clone, Copy)]
enum Newest {
    Stored(Version),
    /// A delivery of the batch, with its number in it and, if it comes back, in the table.
    Imported(usize, i64),
}

impl Newest {
    fn delivery_id(self) -> i64 {
        match self {
            Self::Stored(version) => version.delivery_id,
            Self::Imported(_, id) => id,
        }
    }
}

/// The number of what is stored by this import comes after all others.
const LAST: i64 = i64::MAX;

impl Comparison {
    /// Goes through all deliveries in order, and gives those to `keep` that are news or come back. To
    /// be called on a thread that may block.
    pub(crate) fn run(
        &self,
        mut keep: impl FnMut(Kept<'_>) -> Result<(), StoreError>,
    ) -> Result<Tally, StoreError> {
        let folder = self.store.path();
        let read_back = |err| StoreError::io("read rows back from", folder, err);
        let mut batches = Batches::of(&self.checked).map_err(read_back)?;
        let mut tally = Tally::default();
        let mut shares = BTreeMap::new();
        let mut first = 0;
        while let Some(batch) = batches.next().map_err(read_back)? {
            self.compare(&batch, first, &mut tally, &mut shares, &mut keep)?;
            first += batch.len() as u64;
        }
        if !self.replace {
            let mut shares = shares.into_values();
            tally.refused = shares.find(|share: &Share| 2 * share.lost > share.known);
        }
        Ok(tally)
    }

    /// Compares the deliveries of a batch, of which `first` is the place of the first one in the
    /// import.
    fn compare(
        &self,
        batch: &Batch,
        first: u64,
        tally: &mut Tally,
        shares: &mut BTreeMap<u32, Share>,
        keep: &mut impl FnMut(Kept<'_>) -> Result<(), StoreError>,
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
        let back_of = |number: usize| match &self.mending {
            Some(mending) => mending.back(first + number as u64),
            None => &[],
        };
        let mut restated = HashMap::default();
        let mut of_unit = None;
        for (number, (delivery, _)) in batch.iter().enumerate() {
            if of_unit != Some(delivery.unit) && back_of(number).is_empty() {
                of_unit = Some(delivery.unit);
                if let Some(version) = known[&delivery.unit]
                    && !has(&version, number)
                {
                    restated.insert(version.delivery_id, number);
                }
            }
        }
        let mut stored = self.before(batch, &restated)?;
        let mut versions = self.versions(batch)?;
        if self.mending.is_some() {
            let deliveries = batch.iter().zip(&hashes).enumerate();
            for (_, ((delivery, _), hash)) in deliveries.filter(|(it, _)| !back_of(*it).is_empty())
            {
                versions.entry(delivery.unit).or_default().push(*hash);
            }
        }
        // The versions of one unit follow each other, so only one needs to be remembered.
        let mut last: Option<(Unit, Option<Newest>)> = None;
        for (number, (delivery, rows)) in batch.iter().enumerate() {
            let Delivery { unit, file, .. } = delivery;
            let hash = hashes[number];
            let newest = match last {
                Some((of, newest)) if of == unit => newest,
                _ => known[&unit].map(Newest::Stored),
            };
            let back = back_of(number);
            let kept = Kept {
                unit,
                rows,
                hash,
                back,
            };
            if let Some(id) = back.iter().map(|it| it.number).max() {
                let is_newest = newest.is_none_or(|it| it.delivery_id() < id);
                let newest = if is_newest {
                    Some(Newest::Imported(number, id))
                } else {
                    newest
                };
                last = Some((unit, newest));
                tally.mended.deliveries += back.len() as u64;
                tally.rows += (rows.len() * back.len()) as u64;
                keep(kept)?;
                continue;
            }
            if self
                .mending
                .as_ref()
                .is_some_and(|it| it.is_again(first + number as u64))
            {
                tally.unchanged += 1;
                continue;
            }
            let share = shares.entry(file).or_insert_with(|| Share {
                file,
                ..Share::default()
            });
            let is_same = newest.map(|newest| match newest {
                Newest::Imported(earlier, _) => hashes[earlier] == hash,
                Newest::Stored(version) => has(&version, number),
            });
            let was_known = || {
                let mut hashes = versions.get(&unit).into_iter().flatten();
                let text = UnitText::new(&unit, texts);
                hashes.any(|it| *it == it.again(&text, rows, texts))
            };
            if is_same != Some(true) && (self.is_older(&unit, known[&unit]) || was_known()) {
                tally.mended.older += 1;
                continue;
            }
            match (is_same, newest) {
                (Some(true), _) => {
                    tally.unchanged += 1;
                    let rows = rows.iter().filter(|row| !row.is_empty_delivery());
                    share.known += rows.count() as u64;
                    continue;
                }
                (_, None) => tally.new += 1,
                (_, Some(newest)) => {
                    tally.restated += 1;
                    let before = match newest {
                        Newest::Imported(earlier, _) => {
                            let (_, earlier) = batch.delivery(earlier);
                            Before::of_rows(earlier, rows, &unit, *kind, texts)
                        }
                        Newest::Stored(version) => {
                            stored.remove(&version.delivery_id).unwrap_or_default()
                        }
                    };
                    share.known += before.rows;
                    share.lost += before.lost;
                    tally.losses.add_delivery(before);
                }
            }
            last = Some((unit, Some(Newest::Imported(number, LAST))));
            tally.rows += rows.len() as u64;
            keep(kept)?;
        }
        Ok(())
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
            known(
                self.store.session(),
                table,
                batch,
                &self.checked.texts,
                None,
            )
            .await
        })
    }

    /// Beside a damaged file, all versions of the units of a batch: imports that are done again have the
    /// earlier ones too, which are no news.
    fn versions(&self, batch: &Batch) -> Result<Versions, StoreError> {
        if self.mending.is_none() {
            return Ok(Versions::default());
        }
        self.ask(Versions::default, async |table| {
            versions(self.store.session(), table, batch, &self.checked.texts).await
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

//! The outcome of each delivery of an import that mends damage.

use crate::ingest::batch::{Batch, Batches};
use crate::ingest::existing_deliveries::{Version, Versions, versions};
use crate::ingest::losses::{Before, Restated, before};
use crate::ingest::matching::Back;
use crate::ingest::mend::Mending;
use crate::ingest::tally::{Shares, Tally};
use crate::ingest::whole_deliveries::ImportedDelivery;
use crate::ingest::writing::{Keep, Kept};
use crate::model::content_hash::ContentHash;
use crate::model::error::StoreError;
use crate::model::fact::{Fact, RowPlace};

/// The outcome of a delivery, apart from its restoration.
#[derive(Clone, Copy)]
enum Outcome {
    /// A readable or restored file has a version with the same content.
    Known,
    /// It is recorded now, after this version if there is one.
    Recorded(Option<Newest>),
    /// It is left out, and may be new.
    LeftOut,
    /// It is left out, and is in no file: `--complete` added it.
    Added,
    /// It is left out, and is not new: a lost file may have had its unit, and a later version
    /// counts.
    GivenUp,
}

/// The newest version of a unit.
#[derive(Clone, Copy)]
enum Newest {
    Stored(Version),
    /// A restored delivery of the batch: its index in the batch, and its number in the table.
    Back(usize, i64),
}

impl Newest {
    fn delivery_id(self) -> i64 {
        match self {
            Self::Stored(version) => version.delivery_id,
            Self::Back(_, id) => id,
        }
    }
}

/// The deliveries of a batch, and the stored versions of their units.
struct Known<'a> {
    mending: &'a Mending,
    batch: &'a Batch,
    /// The index of the batch's first delivery in the import.
    first: u64,
    hashes: Vec<ContentHash>,
    stored: Versions,
}

impl Mending {
    /// Goes through all deliveries in order, and passes those to store to `keep`: they are
    /// restored, or recorded now because a lost file may have had them. For each file that is not
    /// restored, adds to `rows` the number of its possible rows among those recorded or left out.
    /// Call it on a thread that may block.
    ///
    /// # Errors
    /// If the table or the rows of the import cannot be read, or `keep` fails.
    pub(crate) fn run(&self, rows: &mut [u64], keep: &mut Keep<'_>) -> Result<Tally, StoreError> {
        let read_back = |err| StoreError::io("read rows back from", self.store.work_dir(), err);
        let mut batches = Batches::of(&self.checked).map_err(read_back)?;
        let (mut tally, mut shares) = (Tally::default(), Shares::default());
        let mut first = 0;
        while let Some(batch) = batches.next().map_err(read_back)? {
            let known = Known {
                mending: self,
                batch: &batch,
                first,
                hashes: batch.hashes(&self.checked.texts),
                stored: self.versions(&batch)?,
            };
            let outcomes = known.outcomes();
            known.count(&outcomes, rows, &mut tally, &mut shares)?;
            for (number, outcome) in outcomes.iter().enumerate() {
                let kept = known.kept(number, matches!(outcome, Outcome::Recorded(_)));
                if kept.is_news || !kept.back.is_empty() {
                    keep(kept)?;
                }
            }
            first += batch.len() as u64;
        }
        if !self.how.replace {
            tally.refused = shares.too_large();
        }
        Ok(tally)
    }

    /// All readable versions of the units of a batch.
    fn versions(&self, batch: &Batch) -> Result<Versions, StoreError> {
        self.ask(async |session, table| versions(session, table, batch, &self.checked.texts).await)
    }
}

impl Known<'_> {
    fn back(&self, number: usize) -> &[Back] {
        self.mending.back(self.first + number as u64)
    }

    fn kept(&self, number: usize, is_news: bool) -> Kept<'_> {
        let (ImportedDelivery { unit, .. }, rows) = self.batch.delivery(number);
        Kept {
            unit,
            rows,
            hash: self.hashes[number],
            back: self.back(number),
            is_news,
        }
    }

    fn outcomes(&self) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(self.batch.len());
        for numbers in self.batch.units() {
            let (ImportedDelivery { unit, .. }, _) = self.batch.delivery(numbers.start);
            let come_back = numbers.clone().filter_map(|number| {
                let numbers = self.back(number).iter().map(|it| it.number);
                Some(Newest::Back(number, numbers.max()?))
            });
            let stored = self.stored.get(&unit).into_iter().flatten();
            let stored = stored.copied().map(Newest::Stored);
            let known: Vec<Newest> = stored.chain(come_back).collect();
            let newest = known.iter().copied().max_by_key(|it| it.delivery_id());
            let lost = self.mending.last_lost(&unit);
            let last = numbers.end - 1;
            for number in numbers {
                let counts = |lost| {
                    newest.is_some_and(|it| it.delivery_id() > lost || self.is_same(it, number))
                };
                let is_added = is_added(self.batch.delivery(number).1);
                outcomes.push(match lost {
                    _ if is_added => Outcome::Added,
                    Some(lost) if number == last && !counts(lost) => Outcome::Recorded(newest),
                    _ if known.iter().any(|it| self.is_same(*it, number)) => Outcome::Known,
                    Some(_) => Outcome::GivenUp,
                    None => Outcome::LeftOut,
                });
            }
        }
        outcomes
    }

    /// Whether a version has the content of a delivery of the batch.
    fn is_same(&self, version: Newest, number: usize) -> bool {
        match version {
            Newest::Stored(version) => {
                let texts = &self.mending.checked.texts;
                self.batch.is_again(number, version.hash, texts)
            }
            Newest::Back(other, _) => self.hashes[other] == self.hashes[number],
        }
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one pass over the deliveries makes all sums of the receipt"
    )]
    fn count(
        &self,
        outcomes: &[Outcome],
        rows_of: &mut [u64],
        tally: &mut Tally,
        shares: &mut Shares,
    ) -> Result<(), StoreError> {
        let checked = self.mending.checked.as_ref();
        let restated = outcomes
            .iter()
            .enumerate()
            .filter_map(|(number, outcome)| match outcome {
                Outcome::Recorded(Some(Newest::Stored(version))) => {
                    Some((version.delivery_id, number))
                }
                _ => None,
            });
        let restated = restated.collect();
        let mut stored: Restated = self.mending.ask(async |session, table| {
            before(session, table, None, self.batch, &restated, &checked.texts).await
        })?;
        for (number, outcome) in outcomes.iter().enumerate() {
            let (ImportedDelivery { unit, file, .. }, rows) = self.batch.delivery(number);
            let back = self.back(number).len() as u64;
            tally.mended.deliveries += back;
            tally.rows += rows.len() as u64 * back;
            match outcome {
                Outcome::Known if back == 0 => {
                    tally.unchanged += 1;
                    shares.add_unchanged(file, rows);
                }
                Outcome::Known | Outcome::Added | Outcome::GivenUp => {}
                Outcome::LeftOut => tally.mended.left_out += 1,
                Outcome::Recorded(newest) => {
                    tally.rows += rows.len() as u64;
                    let before = match newest {
                        None => {
                            tally.new += 1;
                            Before::default()
                        }
                        Some(Newest::Stored(version)) => {
                            tally.restated += 1;
                            stored.remove(&version.delivery_id).unwrap_or_default()
                        }
                        Some(Newest::Back(other, _)) => {
                            tally.restated += 1;
                            let (_, other) = self.batch.delivery(*other);
                            Before::of_rows(other, rows, &unit, checked.kind, &checked.texts)
                        }
                    };
                    shares.add_restated(file, &before);
                    tally.losses.add_delivery(before);
                }
            }
            let may_be_of_file = match outcome {
                Outcome::LeftOut | Outcome::Recorded(_) => true,
                Outcome::Added => back == 0 && !self.mending.how.mend,
                Outcome::Known | Outcome::GivenUp => false,
            };
            if may_be_of_file {
                let files = self.mending.unproven().iter().zip(rows_of.iter_mut());
                let mut in_the_way = files.filter(|(it, _)| it.is_in_the_way(&unit, checked));
                if let Some((_, of_file)) = in_the_way.next() {
                    *of_file += rows.len() as u64;
                }
            }
        }
        Ok(())
    }
}

/// Whether `--complete` added a delivery, which has no line in a file.
fn is_added(rows: &[Fact]) -> bool {
    rows.iter().all(|row| RowPlace::of(row).line == 0)
}

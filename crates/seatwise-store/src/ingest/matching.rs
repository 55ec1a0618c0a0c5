//! Determines which deliveries of an import a damaged file had, by trials that the file's content
//! sum in the log confirms.
//!
//! The import that wrote the file may have had any sequence of the current files. One pass over the
//! deliveries counts those of each sequence. Few sequences have as many as the file had; these are tried.

use std::collections::{BTreeMap, HashSet};

use datafusion::prelude::SessionContext;
use foldhash::fast::RandomState;

use crate::ingest::batch::{Batch, Batches};
use crate::ingest::checked::Checked;
use crate::ingest::damaged_files::may_hold;
use crate::ingest::existing_deliveries::{Version, Versions, versions};
use crate::ingest::progress::Progress;
use crate::ingest::ranges::{Range, Ranges, Sum, Sums};
use crate::ingest::trial::{Broken, Rule, Trial, Tried};
use crate::model::content_hash::ContentHash;
use crate::model::error::StoreError;
use crate::table::delta::Table;
use crate::table::engine::work_threads;

/// The limit of deliveries that all trials together go through, which takes some seconds. Beyond it, only
/// the likeliest sequence of each damaged file is tried.
const MOST_STEPS: u64 = 1 << 27;

const RULES: [Rule; 3] = [Rule::Numbered, Rule::Then, Rule::Now];

/// The inputs: an import, the unreadable files, and the table without them.
pub(crate) struct Matching<'a> {
    pub(crate) session: &'a SessionContext,
    pub(crate) healthy: &'a Table,
    pub(crate) broken: Vec<Broken<'a>>,
    pub(crate) checked: &'a Checked,
    pub(crate) progress: &'a Progress,
}

/// A delivery that a file had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Back {
    /// Its index in the import.
    pub(crate) place: u64,
    /// The index of the file among the broken ones.
    pub(crate) of: usize,
    /// Its number in the table.
    pub(crate) number: i64,
}

impl Matching<'_> {
    /// The confirmed deliveries in the order of the import: a file had exactly these.
    ///
    /// # Errors
    /// If the table or the rows of the import cannot be read, or if the import is stopped.
    pub(crate) fn find(&self) -> Result<Vec<Back>, StoreError> {
        let mut back = Vec::new();
        if self.broken.is_empty() {
            return Ok(back);
        }
        let mut proven: BTreeMap<usize, Trial> = BTreeMap::new();
        for mut trials in self.trials()? {
            trials.retain(|it| !proven.contains_key(&it.of));
            self.run(&mut trials, |_| {})?;
            for trial in trials {
                let Trial {
                    of, rule, files, ..
                } = &trial;
                let broken = &self.broken[*of];
                if trial.is_proven(broken) {
                    let again = || Trial::new(*of, broken, *rule, files.clone());
                    proven.entry(*of).or_insert_with(again);
                }
            }
        }
        let mut trials: Vec<Trial> = proven.into_values().collect();
        self.run(&mut trials, |it| back.push(it))?;
        back.sort_unstable();
        Ok(back)
    }

    /// The sequences of files that may be confirmed, by the number of their deliveries: first the likeliest
    /// of each broken file and rule, then the others.
    fn trials(&self) -> Result<[Vec<Trial>; 2], StoreError> {
        let files = self.files();
        let kinds = self.broken.len() * RULES.len();
        let ranges = Ranges::of(files, kinds);
        let mut sums: Vec<Sums> = (0..kinds).map(|_| Sums::of(ranges)).collect();
        let mut sizes = vec![0; files];
        self.each(|tried| {
            let one = Sum::of(tried.place);
            sizes[tried.file as usize] += 1;
            let of_file = sums.chunks_exact_mut(RULES.len());
            for (of, sums) in of_file.enumerate() {
                for (rule, sums) in RULES.into_iter().zip(sums) {
                    if let Some(begins) = tried.is_news_from(of, rule) {
                        sums.add(tried.file, &begins, one);
                    }
                }
            }
        })?;
        let (mut first, mut others) = (Vec::new(), Vec::new());
        let mut sums = sums.into_iter();
        for (of, broken) in self.broken.iter().enumerate() {
            for rule in RULES {
                let sums = sums.next().map(Sums::of_each).unwrap_or_default();
                let likely = likely(sums, rule, broken, &sizes, MOST_STEPS / kinds as u64);
                let mut likely = likely.map(|files| Trial::new(of, broken, rule, files));
                first.extend(likely.next());
                others.extend(likely);
            }
        }
        Ok([first, others])
    }

    /// The number of imported files.
    fn files(&self) -> usize {
        self.checked.roles.len().max(1)
    }

    /// Goes through all deliveries, and passes those that the trials take to `taken`.
    fn run(&self, trials: &mut [Trial], mut taken: impl FnMut(Back)) -> Result<(), StoreError> {
        if trials.is_empty() {
            return Ok(());
        }
        let mut of_file = vec![Vec::new(); self.files()];
        for (number, trial) in (0_u32..).zip(trials.iter()) {
            for file in trial.files.clone() {
                of_file[file as usize].push(number);
            }
        }
        self.each(|tried| {
            for number in &of_file[tried.file as usize] {
                let trial = &mut trials[*number as usize];
                let (place, of) = (tried.place, trial.of);
                if let Some(number) = trial.take(tried, &self.broken[of]) {
                    taken(Back { place, of, number });
                }
            }
        })
    }

    /// Goes through all deliveries in order.
    fn each(&self, mut look: impl FnMut(&Tried<'_>)) -> Result<(), StoreError> {
        let read_back = |err| StoreError::io("read rows back from", &self.healthy.folder, err);
        let texts = &self.checked.texts;
        let mut batches = Batches::of(self.checked).map_err(read_back)?;
        let mut place = 0;
        while let Some(batch) = batches.next().map_err(read_back)? {
            let stored = self.versions(&batch)?;
            let hashes = batch.hashes(texts);
            for numbers in batch.units() {
                if self.progress.is_stopped() {
                    return Err(StoreError::TooLong);
                }
                let (first, _) = batch.delivery(numbers.start);
                let fits = self.broken.iter();
                let fits: Vec<bool> = fits
                    .map(|it| may_hold(it.file, &first.unit, texts))
                    .collect();
                let newest = Newest::of(&stored[&first.unit], &self.broken);
                let mut before = None;
                for number in numbers {
                    let (delivery, _) = batch.delivery(number);
                    let hash = hashes[number];
                    let is_same = |stored: ContentHash| {
                        stored == hash
                            || !stored.covers_unit() && batch.is_again(number, stored, texts)
                    };
                    let (was_known, is_known) = newest.known(is_same);
                    look(&Tried {
                        place,
                        file: delivery.file,
                        hash,
                        before: before.replace((delivery.file, hash)),
                        was_known: &was_known,
                        is_known,
                        fits: &fits,
                    });
                    place += 1;
                }
            }
        }
        Ok(())
    }

    /// All readable versions of the units of a batch.
    fn versions(&self, batch: &Batch) -> Result<Versions, StoreError> {
        let table = self.healthy;
        let versions = versions(self.session, table, batch, &self.checked.texts);
        work_threads().block_on(versions)
    }
}

/// The newest stored versions of a unit.
struct Newest<'a> {
    /// Among all versions.
    of_all: Option<&'a Version>,
    /// For each broken file, among the versions that were recorded before it.
    before: Vec<Option<&'a Version>>,
}

impl<'a> Newest<'a> {
    fn of(stored: &'a [Version], broken: &[Broken<'_>]) -> Self {
        let newest = |before: i64| {
            let stored = stored.iter().filter(|it| it.recorded_at < before);
            stored.max_by_key(|it| it.delivery_id)
        };
        let before = broken.iter();
        Self {
            of_all: newest(i64::MAX),
            before: before
                .map(|it| newest(it.recorded_at.as_microsecond()))
                .collect(),
        }
    }

    /// Whether a delivery has the content of each of `before`, and that of the newest of all.
    fn known(&self, is_same: impl Fn(ContentHash) -> bool) -> (Vec<bool>, bool) {
        let is_same = |version: &Option<&Version>| version.is_some_and(|it| is_same(it.hash));
        (
            self.before.iter().map(is_same).collect(),
            is_same(&self.of_all),
        )
    }
}

/// The sequences that a rule allows for a broken file, the likeliest first: these have as many deliveries
/// as the file, or as its import. Of sequences with the same deliveries, one is enough.
fn likely(
    sums: Vec<(Range, Sum)>,
    rule: Rule,
    broken: &Broken<'_>,
    sizes: &[u64],
    most_steps: u64,
) -> impl Iterator<Item = Range> {
    let up_to_file = broken.file.numbers().end().abs_diff(broken.begin) + 1;
    let may_be = |sum: &Sum| match rule {
        Rule::Numbered => sum.count >= up_to_file,
        Rule::Then | Rule::Now => sum.count == broken.deliveries(),
    };
    let mut seen: HashSet<Sum, RandomState> = HashSet::default();
    let mut likely: Vec<(u64, u64, Range)> = Vec::new();
    for (files, sum) in sums {
        if may_be(&sum) && seen.insert(sum) {
            let far = match rule {
                Rule::Numbered => sum.count.abs_diff(broken.of_import()),
                Rule::Then | Rule::Now => 0,
            };
            let sizes = &sizes[*files.start() as usize..=*files.end() as usize];
            let steps = sizes.len() as u64 + sizes.iter().sum::<u64>();
            likely.push((far, steps, files));
        }
    }
    likely.sort_by_key(|(far, steps, _)| (*far, *steps));
    let mut steps = 0;
    let first = likely
        .into_iter()
        .enumerate()
        .take_while(move |(place, (_, own, _))| {
            steps += own;
            *place == 0 || steps <= most_steps
        });
    first.map(|(_, (_, _, files))| files)
}

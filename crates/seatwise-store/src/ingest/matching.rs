//! Determines which deliveries of an import a damaged file had, by trials that the file's content
//! sum in the log confirms.
//!
//! A trial repeats what the import that wrote the file did: it goes through the deliveries of some
//! of the current files, leaves out what was known then, and numbers the others.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use datafusion::prelude::SessionContext;
use jiff::Timestamp;

use crate::ingest::batch::{Batch, Batches};
use crate::ingest::broken::may_hold;
use crate::ingest::checked::Checked;
use crate::ingest::known::{Known, known};
use crate::model::content_hash::{ContentHash, Contents, UnitText};
use crate::model::error::StoreError;
use crate::model::fact::Unit;
use crate::table::data_file::DataFile;
use crate::table::delta::{Table, damaged};
use crate::table::engine::work_threads;

/// The limit of tried deliveries, over all damaged files. Beyond it, only each single file of the
/// import and all files together are tried, but no other sequences of files. The limit takes about
/// ten seconds.
const MOST_TRIED: u64 = 1 << 26;

/// The inputs: an import, the unreadable files, and the table without them.
pub(crate) struct Matching<'a> {
    pub(crate) session: &'a SessionContext,
    pub(crate) healthy: &'a Table,
    pub(crate) broken: Vec<Broken<'a>>,
    pub(crate) checked: &'a Checked,
}

/// An unreadable data file that one import wrote.
pub(crate) struct Broken<'a> {
    pub(crate) file: &'a DataFile,
    /// The number of the first delivery of that import.
    pub(crate) begin: i64,
    pub(crate) recorded_at: Timestamp,
    pub(crate) contents: Contents,
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

/// What was known when the file was written, and which deliveries it can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Known is what versions before it have. The deliveries of the import are numbered from its
    /// first one, and the file has those with its numbers.
    Numbered,
    /// Known is the same. The file has the deliveries that the log allows.
    Then,
    /// Known is everything stored: the import that wrote the file had less than this one.
    Now,
}

const RULES: [Rule; 3] = [Rule::Numbered, Rule::Then, Rule::Now];

struct Trial {
    /// The index of the file among the broken ones.
    of: usize,
    rule: Rule,
    /// The numbers of the current files in the trial.
    sources: RangeInclusive<u32>,
    /// The number of the next new delivery.
    next: i64,
    taken: i64,
    contents: Contents,
    /// The last version of a unit in these files so far.
    last: Option<(Unit, ContentHash)>,
}

/// A delivery in a trial.
struct Tried {
    unit: Unit,
    file: u32,
    hash: ContentHash,
    /// Whether the newest stored version has the same content: among versions before the file, and
    /// among all.
    was_known: bool,
    is_known: bool,
    /// Whether the log allows it in the file.
    fits: bool,
}

impl Matching<'_> {
    /// The confirmed deliveries in the order of the import: a file had exactly these.
    ///
    /// # Errors
    /// If the table or the rows of the import cannot be read.
    pub(crate) fn find(&self) -> Result<Vec<Back>, StoreError> {
        let sources = self.sources();
        let mut trials = Vec::new();
        for of in 0..self.broken.len() {
            for sources in &sources {
                trials.extend(RULES.map(|rule| self.trial(of, sources.clone(), rule)));
            }
        }
        let mut back = Vec::new();
        if trials.is_empty() {
            return Ok(back);
        }
        self.run(&mut trials, |_| {})?;
        let mut proven: BTreeMap<usize, Trial> = BTreeMap::new();
        for trial in trials.into_iter().filter(|trial| self.is_proven(trial)) {
            let Trial {
                of, rule, sources, ..
            } = trial;
            let again = || self.trial(of, sources, rule);
            proven.entry(of).or_insert_with(again);
        }
        let mut trials: Vec<Trial> = proven.into_values().collect();
        if !trials.is_empty() {
            self.run(&mut trials, |it| back.push(it))?;
        }
        back.sort_unstable();
        Ok(back)
    }

    /// The sequences of files to try: all, if there are not too many.
    fn sources(&self) -> Vec<RangeInclusive<u32>> {
        let files = self.checked.roles.len().max(1) as u32;
        let last = files - 1;
        let ranges = u64::from(files) * u64::from(files + 1) / 2;
        let tried = ranges.saturating_mul(self.broken.len() as u64 * self.checked.good);
        if tried > MOST_TRIED {
            let each = (0..files).map(|file| file..=file);
            return std::iter::once(0..=last).chain(each).collect();
        }
        let all = (0..files).flat_map(|from| (from..files).map(move |to| from..=to));
        all.collect()
    }

    fn trial(&self, of: usize, sources: RangeInclusive<u32>, rule: Rule) -> Trial {
        let Broken { file, begin, .. } = self.broken[of];
        Trial {
            of,
            rule,
            sources,
            next: match rule {
                Rule::Numbered => begin,
                Rule::Then | Rule::Now => *file.numbers().start(),
            },
            taken: 0,
            contents: Contents::default(),
            last: None,
        }
    }

    /// Whether the taken deliveries are those of the file.
    fn is_proven(&self, trial: &Trial) -> bool {
        let Broken { file, contents, .. } = self.broken[trial.of];
        let numbers = file.numbers();
        contents == trial.contents && trial.taken == numbers.end() - numbers.start() + 1
    }

    /// Goes through all deliveries, and passes those that the trials take to `taken`.
    fn run(&self, trials: &mut [Trial], mut taken: impl FnMut(Back)) -> Result<(), StoreError> {
        let read_back = |err| StoreError::io("read rows back from", &self.healthy.path, err);
        let texts = &self.checked.texts;
        let imports = trials.iter().map(|it| self.broken[it.of].recorded_at);
        let imports: BTreeSet<Timestamp> = imports.collect();
        let mut batches = Batches::of(self.checked).map_err(read_back)?;
        let mut first = 0;
        while let Some(batch) = batches.next().map_err(read_back)? {
            let now = self.known(&batch, None)?;
            for import in &imports {
                let before = self.known(&batch, Some(*import))?;
                let of_import = |it: &&mut Trial| self.broken[it.of].recorded_at == *import;
                let mut trials: Vec<&mut Trial> = trials.iter_mut().filter(of_import).collect();
                for (place, (delivery, rows)) in (first..).zip(batch.iter()) {
                    let unit = delivery.unit;
                    let text = UnitText::new(&unit, texts);
                    let has = |known: &Known| {
                        let version = known.get(&unit).copied().flatten();
                        version.is_some_and(|it| it.hash == it.hash.again(&text, rows, texts))
                    };
                    let mut tried = Tried {
                        unit,
                        file: delivery.file,
                        hash: ContentHash::of(&text, rows, texts),
                        was_known: has(&before),
                        is_known: has(&now),
                        fits: false,
                    };
                    let mut fits_in = None;
                    for trial in &mut trials {
                        let (of, file) = (trial.of, self.broken[trial.of].file);
                        // Trials of the same file are consecutive.
                        if fits_in.replace(of) != Some(of) {
                            tried.fits = may_hold(file, &unit, texts);
                        }
                        if let Some(number) = trial.take(&tried, &file.numbers()) {
                            taken(Back { place, of, number });
                        }
                    }
                }
            }
            first += batch.len() as u64;
        }
        Ok(())
    }

    /// The newest versions of the units of a batch, among those recorded before an instant.
    fn known(&self, batch: &Batch, before: Option<Timestamp>) -> Result<Known, StoreError> {
        let table = self.healthy;
        let known = known(self.session, table, batch, &self.checked.texts, before);
        work_threads().block_on(known).map_err(|err| {
            let (partner, kind) = (table.partner, table.kind);
            damaged(partner, kind, "read its deliveries", &table.path, err)
        })
    }
}

impl Trial {
    /// The number of a delivery after the previous ones, if it is within `numbers`.
    fn take(&mut self, tried: &Tried, numbers: &RangeInclusive<i64>) -> Option<i64> {
        if !self.sources.contains(&tried.file) || self.rule != Rule::Numbered && !tried.fits {
            return None;
        }
        let is_same = match self.last.replace((tried.unit, tried.hash)) {
            Some((unit, hash)) if unit == tried.unit => hash == tried.hash,
            _ if self.rule == Rule::Now => tried.is_known,
            _ => tried.was_known,
        };
        if is_same {
            return None;
        }
        let number = self.next;
        self.next += 1;
        if !numbers.contains(&number) {
            return None;
        }
        let place = number.abs_diff(*numbers.start());
        self.contents.add(tried.hash, place);
        self.taken += 1;
        Some(number)
    }
}

//! A trial: whether some files of an import make a damaged data file again.
//!
//! A trial repeats what the import that wrote the file did: it goes through the deliveries of these files,
//! leaves out what was known then, and numbers the others.

use jiff::Timestamp;

use crate::ingest::ranges::Range;
use crate::model::content_hash::{ContentHash, Contents};
use crate::table::data_file::DataFile;

/// An unreadable data file that one import wrote.
pub(crate) struct Broken<'a> {
    pub(crate) file: &'a DataFile,
    /// The number of the first delivery of that import.
    pub(crate) begin: i64,
    /// The number of the last one that is in a file of that import alone.
    pub(crate) end: i64,
    pub(crate) recorded_at: Timestamp,
    pub(crate) contents: Contents,
}

impl Broken<'_> {
    /// The number of deliveries that the file had.
    pub(crate) fn deliveries(&self) -> u64 {
        self.file
            .numbers()
            .end()
            .abs_diff(*self.file.numbers().start())
            + 1
    }

    /// The number of deliveries that its import recorded, or fewer if some are merged or erased.
    pub(crate) fn of_import(&self) -> u64 {
        self.end.abs_diff(self.begin) + 1
    }
}

/// What was known when the file was written, and which deliveries it can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Known is what versions before it have. The deliveries of the import are numbered from its
    /// first one, and the file has those with its numbers.
    Numbered,
    /// Known is the same. The file has the deliveries that the log allows.
    Then,
    /// Known is everything stored: the import that wrote the file had less than this one.
    Now,
}

/// A delivery in a trial.
pub(crate) struct Tried<'a> {
    /// Its place in the import.
    pub(crate) place: u64,
    /// The number of its file.
    pub(crate) file: u32,
    pub(crate) hash: ContentHash,
    /// The version before it in the import: its file and hash.
    pub(crate) before: Option<(u32, ContentHash)>,
    /// For each broken file, whether the newest version that was recorded before it is the same.
    pub(crate) was_known: &'a [bool],
    /// Whether the newest version of all is the same.
    pub(crate) is_known: bool,
    /// For each broken file, whether the log allows the delivery to be in it.
    pub(crate) fits: &'a [bool],
}

impl Tried<'_> {
    fn is_known_by(&self, of: usize, rule: Rule) -> bool {
        match rule {
            Rule::Numbered | Rule::Then => self.was_known[of],
            Rule::Now => self.is_known,
        }
    }

    /// Whether an import of the files from this one on has it as news, as far as a rule looks.
    fn is_news(&self, first: u32, of: usize, rule: Rule) -> bool {
        match self.before {
            _ if rule != Rule::Numbered && !self.fits[of] => false,
            Some((file, hash)) if first <= file => hash != self.hash,
            _ => !self.is_known_by(of, rule),
        }
    }

    /// The files from which on it is news; none if it never is.
    pub(crate) fn is_news_from(&self, of: usize, rule: Rule) -> Option<Range> {
        let since = self.before.map_or(0, |(file, _)| file + 1);
        match (self.is_news(0, of, rule), self.is_news(self.file, of, rule)) {
            (true, true) => Some(0..=self.file),
            (true, false) => Some(0..=since - 1),
            (false, true) => Some(since..=self.file),
            (false, false) => None,
        }
    }
}

/// A sequence of current files, as the files that a broken file was made of.
#[derive(Debug, Clone)]
pub(crate) struct Trial {
    /// The index of the file among the broken ones.
    pub(crate) of: usize,
    pub(crate) rule: Rule,
    pub(crate) files: Range,
    /// The number of the next new delivery.
    next: i64,
    taken: u64,
    contents: Contents,
    /// Whether the file would have a delivery that the log does not allow.
    is_refuted: bool,
}

impl Trial {
    pub(crate) fn new(of: usize, broken: &Broken<'_>, rule: Rule, files: Range) -> Self {
        Self {
            of,
            rule,
            files,
            next: match rule {
                Rule::Numbered => broken.begin,
                Rule::Then | Rule::Now => *broken.file.numbers().start(),
            },
            taken: 0,
            contents: Contents::default(),
            is_refuted: false,
        }
    }

    /// The number of the next delivery of these files, if the broken file had it.
    pub(crate) fn take(&mut self, tried: &Tried<'_>, broken: &Broken<'_>) -> Option<i64> {
        let (of, rule) = (self.of, self.rule);
        if self.is_refuted || !tried.is_news(*self.files.start(), of, rule) {
            return None;
        }
        let number = self.next;
        self.next += 1;
        let numbers = broken.file.numbers();
        if !numbers.contains(&number) {
            return None;
        }
        if !tried.fits[of] {
            self.is_refuted = true;
            return None;
        }
        self.contents
            .add(tried.hash, number.abs_diff(*numbers.start()));
        self.taken += 1;
        Some(number)
    }

    /// Whether the taken deliveries are those of the file.
    pub(crate) fn is_proven(&self, broken: &Broken<'_>) -> bool {
        !self.is_refuted && broken.contents == self.contents && self.taken == broken.deliveries()
    }
}

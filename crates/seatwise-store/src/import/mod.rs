//! Import: files of licence facts become deliveries in the store.
//!
//! A file is read, checked and sorted as a whole before anything of it is stored, so a bad row
//! stops it in time. Memory stays bounded: rows beyond a limit wait on the disk. Several files
//! are stored by one commit.

mod block;
mod caught;
mod check;
mod csv;
mod fields;
mod json;
mod parquet;
mod reject;
mod report;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use jiff::Timestamp;
use seatwise_types::{CustomerId, PartnerId};
use serde::Serialize;
use tokio::task::spawn_blocking;

use self::block::Block;
use self::caught::caught;
use self::check::Checker;
pub(crate) use self::check::canonical;
pub use self::check::{BadRow, BadRows, LARGEST_COUNT, MOST_AHEAD};
use self::csv::CsvRows;
use self::fields::Columns;
use self::json::JsonRows;
use self::parquet::ParquetRows;
use self::reject::Rejects;
pub use self::source::{Format, Input, Progress};
use crate::record::{Checked, Tally, record};
use crate::staging::ROWS_IN_MEMORY;
use crate::{Kind, Store, StoreError};

/// Files are stored together until they have this many rows.
const ROWS_IN_COMMIT: u64 = 8 << 20;

/// What to import and how.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// Whose facts these are.
    pub partner: PartnerId,
    /// Which facts; found from the columns if none.
    pub kind: Option<Kind>,
    /// How they are written down.
    pub format: Format,
    /// The customer of saved answers that do not name it.
    pub customer: Option<CustomerId>,
    /// Check and compare everything, store nothing.
    pub dry_run: bool,
    /// Leave out deliveries that hold a bad row, instead of stopping.
    pub skip_bad_rows: bool,
    /// How many rows may wait in memory, 56 bytes each; the others wait on the disk.
    pub rows_in_memory: usize,
    /// How many bytes a compressed file may have when it is unpacked, and a Parquet file as text;
    /// without bound for files that the caller trusts.
    pub longest_unpacked: u64,
}

impl ImportOptions {
    /// Everything found from the files themselves, all or nothing of each.
    pub fn new(partner: PartnerId) -> Self {
        Self {
            partner,
            kind: None,
            format: Format::Auto,
            customer: None,
            dry_run: false,
            skip_bad_rows: false,
            rows_in_memory: ROWS_IN_MEMORY,
            longest_unpacked: u64::MAX,
        }
    }
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Files that were read to their end.
    pub files: u64,
    /// Rows that were read, bad ones among them.
    pub rows_read: u64,
    /// Rows that were stored.
    pub rows_stored: u64,
    /// Deliveries of units that were not known.
    pub deliveries_new: u64,
    /// Deliveries that were known already.
    pub deliveries_unchanged: u64,
    /// Deliveries that say something else than before about a known unit.
    pub deliveries_restated: u64,
    /// Deliveries that were left out because a row of them is bad.
    pub deliveries_rejected: u64,
    /// Rows that are bad; the rows left out with them are not counted.
    pub bad_rows: u64,
    /// The first ten bad rows that were left out.
    pub first_bad_rows: Vec<BadRow>,
    /// Where the rejected rows are.
    pub rejected_files: Vec<PathBuf>,
    /// Columns that are not used.
    pub ignored_columns: BTreeSet<String>,
    /// Nothing was stored because nothing was to be stored.
    pub dry_run: bool,
    /// How many files were taken for what: `usage`, `deployment`, or the name of a download of
    /// Partner Center's Insights, `OfficeUsage` or `DynamicsUsage`.
    pub taken_for: BTreeMap<&'static str, u64>,
    /// Rows of downloads that were left out because they are marked as duplicates.
    pub duplicate_rows: u64,
}

/// A receipt, with the time it took: the form in which receipts are given to programs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TimedReceipt<'a> {
    /// What the import did.
    #[serde(flatten)]
    pub receipt: &'a Receipt,
    /// How long it took.
    pub seconds: f64,
    /// Rows read in a second, on average.
    pub rows_per_second: u64,
}

impl Receipt {
    /// With the time that it took.
    pub fn timed(&self, took: Duration) -> TimedReceipt<'_> {
        let seconds = took.as_secs_f64();
        TimedReceipt {
            receipt: self,
            seconds,
            rows_per_second: (self.rows_read as f64 / seconds.max(1e-6)) as u64,
        }
    }

    fn add(&mut self, tally: Tally) {
        self.rows_stored += tally.rows;
        self.deliveries_new += tally.new;
        self.deliveries_unchanged += tally.unchanged;
        self.deliveries_restated += tally.restated;
    }

    fn add_bad(&mut self, bad: BadRows) {
        self.bad_rows += bad.count;
        let room = 10_usize.saturating_sub(self.first_bad_rows.len());
        self.first_bad_rows.extend(bad.first.into_iter().take(room));
    }
}

/// Why an import stopped. What the receipt says was stored is stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// A file cannot be opened or read, or is not a file of rows.
    #[error("cannot import `{file}`: {source}")]
    File {
        /// The file, as it was given.
        file: String,
        /// Why, and what to do.
        source: io::Error,
        /// What was stored before.
        receipt: Box<Receipt>,
    },
    /// A file has bad rows; nothing of it was stored.
    #[error("`{file}` has {bad}: nothing of it was stored")]
    BadRows {
        /// The file, as it was given.
        file: String,
        /// The rows.
        bad: BadRows,
        /// What was stored before.
        receipt: Box<Receipt>,
    },
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ImportError {
    /// Whether it is the input that is wrong, and not this computer: imported again as it is, it is
    /// refused again.
    pub fn is_of_input(&self) -> bool {
        use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
        match self {
            Self::BadRows { .. } => true,
            Self::File { source, .. } => matches!(
                source.kind(),
                InvalidData | InvalidInput | Other | UnexpectedEof
            ),
            Self::Store(_) => false,
        }
    }
}

/// Imports files in the order in which they are given; a unit that comes again in a later file is
/// a restatement. `now` is when the deliveries count as recorded.
///
/// # Errors
/// If a file cannot be read or has bad rows (unless those are to be skipped): files before it are
/// stored, nothing of it or of later ones is. If the store cannot be written.
///
/// # Example
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// use std::sync::Arc;
/// use seatwise_store::{Store, import::{import, ImportOptions, Input, Progress}};
///
/// let file = folder.path().join("usage.csv");
/// std::fs::write(&file, "\
/// processedDateTime,workloadCode,workloadName,serviceCode,serviceName,channel,customerTenantId,customerName,productId,productName,licensesActive,licensesQualified
/// 2017-03-09,EXO,Exchange,o365,Microsoft Office 365,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,Fabrikam,,EXCHANGE ONLINE (PLAN 1),3,5
/// ")?;
/// let store = Store::create(&folder.path().join("data"))?;
/// let partner = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse()?;
/// let options = ImportOptions::new(partner);
/// let now = "2017-03-15T12:00:00Z".parse()?;
/// let inputs = vec![Input::File(file)];
/// let receipt = import(&store, &options, inputs, now, Arc::new(Progress::default())).await?;
/// assert_eq!((receipt.rows_stored, receipt.deliveries_new), (1, 1));
/// assert_eq!(store.usage_figures(partner).await?[0].percent(), 60.0);
/// # Ok(()) }
/// ```
pub async fn import(
    store: &Store,
    options: &ImportOptions,
    inputs: Vec<Input>,
    now: Timestamp,
    progress: Arc<Progress>,
) -> Result<Receipt, ImportError> {
    let mut receipt = Receipt {
        dry_run: options.dry_run,
        ..Receipt::default()
    };
    let mut inputs = inputs.into_iter().peekable();
    while inputs.peek().is_some() {
        let run = Run::new(options, store.path(), now);
        let (run, rest) = {
            let progress = Arc::clone(&progress);
            let read = spawn_blocking(move || run.read(inputs, &progress));
            read.await
                .map_err(|err| StoreError::from_cause("read into", store.path(), err.into()))?
        };
        inputs = rest;
        let stopped = run.store(store, options.dry_run, now, &mut receipt).await?;
        if let Some(stopped) = stopped {
            return Err(stopped.told(store.path(), receipt));
        }
    }
    Ok(receipt)
}

type Inputs = std::iter::Peekable<std::vec::IntoIter<Input>>;

/// Files that are read, checked, and then stored together.
struct Run {
    options: ImportOptions,
    folder: PathBuf,
    now: Timestamp,
    /// The names of the files, by their numbers.
    names: Vec<String>,
    checkers: BTreeMap<Kind, Checker>,
    rejects: BTreeMap<u32, Rejects>,
    bad: BadRows,
    rows: u64,
    duplicates: u64,
    taken_for: BTreeMap<&'static str, u64>,
    ignored: BTreeSet<String>,
    stopped: Option<Stopped>,
}

/// The file at which a run ended early.
struct Stopped {
    number: u32,
    file: String,
    why: Why,
}

enum Why {
    Unreadable(io::Error),
    BadRows(BadRows),
}

impl Stopped {
    /// What the caller is told, with the receipt of what was stored before.
    fn told(self, folder: &Path, receipt: Receipt) -> ImportError {
        use io::ErrorKind::{QuotaExceeded, StorageFull};
        let (file, receipt) = (self.file, Box::new(receipt));
        match self.why {
            // Its rows had no room on the disk: the file is not to blame.
            Why::Unreadable(err) if matches!(err.kind(), StorageFull | QuotaExceeded) => {
                StoreError::io("put rows aside in", folder, err).into()
            }
            Why::Unreadable(source) => ImportError::File {
                file,
                source,
                receipt,
            },
            Why::BadRows(bad) => ImportError::BadRows { file, bad, receipt },
        }
    }
}

impl Run {
    fn new(options: &ImportOptions, folder: &Path, now: Timestamp) -> Self {
        Self {
            options: options.clone(),
            folder: folder.to_owned(),
            now,
            names: Vec::new(),
            checkers: BTreeMap::new(),
            rejects: BTreeMap::new(),
            bad: BadRows::default(),
            rows: 0,
            duplicates: 0,
            taken_for: BTreeMap::new(),
            ignored: BTreeSet::new(),
            stopped: None,
        }
    }

    /// Reads files until there are enough rows for a commit, or one stops the run.
    fn read(mut self, mut inputs: Inputs, progress: &Arc<Progress>) -> (Self, Inputs) {
        while self.stopped.is_none() && self.rows < ROWS_IN_COMMIT {
            let Some(input) = inputs.next() else {
                break;
            };
            let number = self.names.len() as u32;
            let name = input.name();
            self.names.push(name.clone());
            let mut bad = BadRows::default();
            let why = match self.read_file(&input, number, &mut bad, progress) {
                Err(err) => Why::Unreadable(err),
                Ok(()) if bad.count > 0 && !self.options.skip_bad_rows => Why::BadRows(bad),
                Ok(()) => {
                    self.bad.count += bad.count;
                    self.bad.first.extend(bad.first);
                    continue;
                }
            };
            self.stop(number, why);
        }
        (self, inputs)
    }

    /// Leaves out a file and those after it.
    fn stop(&mut self, number: u32, why: Why) {
        for checker in self.checkers.values_mut() {
            checker.checked.files_end = checker.checked.files_end.min(number);
        }
        let file = self.names[number as usize].clone();
        self.stopped = Some(Stopped { number, file, why });
    }

    fn read_file(
        &mut self,
        input: &Input,
        number: u32,
        bad: &mut BadRows,
        progress: &Arc<Progress>,
    ) -> io::Result<()> {
        let mut rows = caught(|| Rows::open(input, &self.options, &self.folder, progress))?;
        let columns = rows.columns().clone();
        self.ignored.extend(columns.ignored);
        let (name, kinds) = match columns.report {
            Some(report) => {
                let kinds = report.kinds().iter().map(|(kind, _)| *kind);
                (report.name(), kinds.collect())
            }
            None => (columns.kind.as_str(), vec![columns.kind]),
        };
        *self.taken_for.entry(name).or_default() += 1;
        for kind in kinds {
            self.checkers.entry(kind).or_insert_with(|| {
                let rows_in_memory = self.options.rows_in_memory;
                let checked = check::nothing_checked(kind, &self.folder, rows_in_memory);
                Checker::new(checked, self.now)
            });
        }
        // A download can be had again as it was, so its rows are not written down.
        if self.options.skip_bad_rows
            && !self.options.dry_run
            && columns.report.is_none()
            && let Some(of) = input.rejects_beside()
        {
            self.rejects.insert(number, Rejects::new(&of, columns.kind));
        }
        let mut file = check::File {
            number,
            name: &self.names[number as usize],
            bad,
            leaves_out: self.options.skip_bad_rows,
            rejects: self.rejects.get_mut(&number),
        };
        // One thread takes the file apart, this one checks what it gets.
        let (send, blocks) = sync_channel::<io::Result<Block>>(8);
        std::thread::scope(|threads| {
            threads.spawn(move || {
                loop {
                    let block = caught(|| rows.next_block());
                    let last = !matches!(&block, Ok(block) if block.len() > 0);
                    if send.send(block).is_err() || last {
                        break;
                    }
                }
            });
            for block in blocks {
                let block = block?;
                let count = block.len() as u64;
                progress.add_rows(count);
                self.rows += count;
                if let Some(report) = columns.report {
                    self.duplicates += report::take(report, &block, &mut self.checkers, &mut file)?;
                } else if let Some(checker) = self.checkers.get_mut(&columns.kind) {
                    checker.take(&block, &mut file)?;
                }
            }
            Ok(())
        })
    }

    /// Stores what was read, as far as it is good; says what stopped the run, if anything did.
    async fn store(
        mut self,
        store: &Store,
        dry_run: bool,
        now: Timestamp,
        receipt: &mut Receipt,
    ) -> Result<Option<Stopped>, ImportError> {
        let path = store.path().to_owned();
        let fail = |err: io::Error| {
            ImportError::Store(StoreError::io("put rows aside in", path.clone(), err))
        };
        let sorted = spawn_blocking(move || self.check_deliveries().map(|()| self)).await;
        let mut run = sorted
            .map_err(io::Error::from)
            .and_then(|run| run)
            .map_err(&fail)?;
        // A dry run of a folder that holds nothing compares with nothing.
        for checker in std::mem::take(&mut run.checkers).into_values() {
            let checked = Arc::new(checker.checked);
            receipt.deliveries_rejected += checked
                .rejected
                .keys()
                .filter(|delivery| delivery.file < checked.files_end)
                .count() as u64;
            let tally = record(
                store,
                run.options.partner,
                Arc::clone(&checked),
                now,
                dry_run,
            )
            .await?;
            receipt.add(tally);
            run.reject_rows(&checked).map_err(&fail)?;
        }
        for rejects in std::mem::take(&mut run.rejects).into_values() {
            receipt
                .rejected_files
                .extend(rejects.finish().map_err(&fail)?);
        }
        let read = run
            .stopped
            .as_ref()
            .map(|stopped| u64::from(stopped.number));
        receipt.files += read.unwrap_or(run.names.len() as u64);
        receipt.rows_read += run.rows;
        receipt.add_bad(run.bad);
        receipt.ignored_columns.extend(run.ignored);
        receipt.duplicate_rows += run.duplicates;
        for (name, files) in run.taken_for {
            *receipt.taken_for.entry(name).or_default() += files;
        }
        Ok(run.stopped)
    }

    /// Sorts the rows and looks at each delivery as a whole.
    fn check_deliveries(&mut self) -> io::Result<()> {
        let skip = self.options.skip_bad_rows;
        let mut contradictions = Vec::new();
        for checker in self.checkers.values_mut() {
            checker.checked.staging.sort();
            contradictions.extend(Checker::check_deliveries(
                &mut checker.checked,
                skip,
                &self.names,
            )?);
        }
        contradictions.sort_by_key(|(file, row)| (*file, row.line));
        let Some((first_file, _)) = contradictions.first().cloned() else {
            return Ok(());
        };
        let mut bad = BadRows::default();
        for (file, row) in contradictions {
            if skip || file == first_file {
                bad.add(row);
            }
        }
        if skip {
            self.bad.count += bad.count;
            self.bad.first.extend(bad.first);
        } else {
            self.stop(first_file, Why::BadRows(bad));
        }
        Ok(())
    }

    /// Writes the good rows of rejected deliveries beside the bad ones.
    fn reject_rows(&mut self, checked: &Checked) -> io::Result<()> {
        if checked.rejected.is_empty() || self.rejects.is_empty() {
            return Ok(());
        }
        let mut sorted = checked.staging.sorted()?;
        let mut rows = Vec::new();
        while let Some(delivery) = sorted.next(&mut rows)? {
            let Some(bad) = checked.rejected.get(&delivery) else {
                continue;
            };
            let Some(rejects) = self.rejects.get_mut(&delivery.file) else {
                continue;
            };
            for row in &rows {
                let reason = format!("line {bad} is of the same delivery, and is bad");
                rejects.fact(&delivery.unit, row, &checked.texts, &reason)?;
            }
        }
        Ok(())
    }
}

/// The rows of a file in any format.
enum Rows {
    Csv(Box<CsvRows>),
    Json(JsonRows),
    Parquet(ParquetRows),
}

impl Rows {
    fn open(
        input: &Input,
        options: &ImportOptions,
        folder: &Path,
        progress: &Arc<Progress>,
    ) -> io::Result<Self> {
        let longest = options.longest_unpacked;
        let source = source::open(input, options.format, longest, progress)?;
        let kind = options.kind;
        match source.format {
            Format::Auto | Format::Csv => {
                CsvRows::open(source.content, kind).map(|rows| Self::Csv(Box::new(rows)))
            }
            Format::Ndjson => JsonRows::lines(source.content, kind).map(Self::Json),
            Format::Json => {
                JsonRows::answer(source.content, kind, options.customer).map(Self::Json)
            }
            Format::Parquet => {
                let file = source::seekable(input, source, folder)?;
                ParquetRows::open(file, kind, longest).map(Self::Parquet)
            }
        }
    }

    fn columns(&self) -> &Columns {
        match self {
            Self::Csv(rows) => rows.columns(),
            Self::Json(rows) => rows.columns(),
            Self::Parquet(rows) => rows.columns(),
        }
    }

    /// The next rows; an empty block at the end.
    fn next_block(&mut self) -> io::Result<Block> {
        match self {
            Self::Csv(rows) => rows.next_block(),
            Self::Json(rows) => rows.next_block(),
            Self::Parquet(rows) => rows.next_block(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_not_the_fault_of_the_file_whose_rows_have_no_room() {
        let told = |kind: io::ErrorKind| {
            let stopped = Stopped {
                number: 0,
                file: "usage.csv".to_owned(),
                why: Why::Unreadable(kind.into()),
            };
            stopped.told(Path::new("/data"), Receipt::default())
        };
        let full = told(io::ErrorKind::StorageFull);
        assert!(matches!(full, ImportError::Store(StoreError::Full { .. })));
        assert!(!full.is_of_input());
        let broken = told(io::ErrorKind::InvalidData);
        assert!(matches!(broken, ImportError::File { .. }));
        assert!(broken.is_of_input());
    }
}

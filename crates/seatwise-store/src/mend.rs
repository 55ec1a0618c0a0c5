//! Mending: deliveries of an import take the place of data files that are damaged or gone.
//!
//! Of such a file the log still has the sum of the hashes of its deliveries, their numbers and when they
//! were recorded. An import that has just these deliveries brings the file back as it was. Anything
//! else loses something, and has to be asked for.

use std::sync::Arc;

use deltalake::kernel::Remove;
use jiff::Timestamp;
use serde::Serialize;
use tokio::task::spawn_blocking;

use crate::compare::Comparison;
use crate::data_file::DataFile;
use crate::delivery::Contents;
use crate::error::Cause;
use crate::record::Checked;
use crate::staging::{Texts, Unit};
use crate::table::Table;
use crate::write::{customer, day};
use crate::{Store, StoreError};

/// What an import did about damaged data files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mended {
    /// Files that were damaged or gone, and that no table names any more.
    pub files: u64,
    /// Deliveries that they had, and that are again as they were.
    pub deliveries: u64,
    /// Rows that they had, and that are lost because the import does not have them.
    pub rows_lost: u64,
    /// Deliveries of the import that were left out, as the tables have a version that is newer than
    /// all that the files had.
    pub older: u64,
}

impl Mended {
    pub(crate) fn add(&mut self, other: Self) {
        self.files += other.files;
        self.deliveries += other.deliveries;
        self.rows_lost += other.rows_lost;
        self.older += other.older;
    }
}

/// Data files that cannot be read, and whose place an import takes.
pub(crate) struct Mending {
    /// The table without all files that cannot be read.
    pub(crate) healthy: Table,
    /// Those of which the import has deliveries.
    pub(crate) files: Vec<BrokenFile>,
}

/// A data file that cannot be read, and what an import has of it.
pub(crate) struct BrokenFile {
    pub(crate) file: DataFile,
    problem: String,
    /// The import has deliveries that may have been in it, as no other file has them.
    is_touched: bool,
    /// Some of them may have been in another broken file as well.
    is_unclear: bool,
    /// How many there are, without those that are counted for another broken file.
    deliveries: u64,
    /// Their rows.
    rows: u64,
    /// What they have.
    contents: Contents,
}

impl Mending {
    /// Finds what an import can mend; none if all files of the table can be read.
    ///
    /// # Errors
    /// If a file would lose something, unless that is meant.
    pub(crate) async fn find(
        store: &Store,
        table: &Table,
        checked: &Arc<Checked>,
        may_lose: bool,
    ) -> Result<Option<Self>, StoreError> {
        let folder = table.path.clone();
        let (live, known, kind) = (
            Arc::clone(&table.files),
            Arc::clone(&table.checked),
            table.kind,
        );
        let looked = spawn_blocking(move || {
            let check = |file: &DataFile| known.check(&folder, kind, file).err();
            live.iter().map(check).collect::<Vec<_>>()
        });
        let problems = looked
            .await
            .map_err(|err| StoreError::from_cause("read", &table.path, err.into()))?;
        let (mut broken, mut healthy) = (Vec::new(), Vec::new());
        for (file, problem) in table.files.iter().zip(problems) {
            match problem {
                None => healthy.push(file.clone()),
                Some(problem) => broken.push(BrokenFile {
                    file: file.clone(),
                    problem: problem.to_string(),
                    is_touched: false,
                    is_unclear: false,
                    deliveries: 0,
                    rows: 0,
                    contents: Contents::default(),
                }),
            }
        }
        if broken.is_empty() {
            return Ok(None);
        }
        let healthy = Table {
            files: Arc::new(healthy),
            ..table.clone()
        };
        let comparison = Comparison {
            store: store.clone(),
            table: Some(healthy.clone()),
            checked: Arc::clone(checked),
            replace: true,
            mending: None,
        };
        let texts = Arc::clone(checked);
        let counted = spawn_blocking(move || {
            comparison.run(|unit, rows, hash| {
                let may_hold = |it: &&mut BrokenFile| it.may_hold(&unit, &texts.texts);
                let mut holders: Vec<_> = broken.iter_mut().filter(may_hold).collect();
                let is_unclear = holders.len() > 1;
                for file in &mut holders {
                    file.is_touched = true;
                    file.is_unclear |= is_unclear;
                }
                if let Some(file) = holders.first_mut() {
                    file.contents.add(hash, file.deliveries);
                    file.deliveries += 1;
                    file.rows += rows.len() as u64;
                }
                Ok(())
            })?;
            Ok::<_, StoreError>(broken)
        });
        let counted = counted.await.map_err(Cause::from);
        let mut files =
            counted.map_err(|err| StoreError::from_cause("read", &table.path, err))??;
        files.retain(|file| file.is_touched);
        match files.iter().find(|file| !file.comes_back()) {
            Some(lacking) if !may_lose => Err(lacking.refusal(table)),
            _ => Ok(Some(Self { healthy, files })),
        }
    }

    /// The file that a delivery of this unit comes back to, as it was; by its place in the list.
    pub(crate) fn comes_back_to(&self, unit: &Unit, texts: &Texts) -> Option<usize> {
        let files = self.files.iter();
        let mut places = files.enumerate().filter(|(_, it)| it.comes_back());
        let place = places.find(|(_, it)| it.may_hold(unit, texts));
        place.map(|(place, _)| place)
    }

    /// Whether a delivery of this unit may have been in a file that does not come back, and all that
    /// the file had is older than the version with this number.
    pub(crate) fn is_older(&self, unit: &Unit, texts: &Texts, known: i64) -> bool {
        let lost = |it: &&BrokenFile| !it.comes_back() && it.may_hold(unit, texts);
        let files = self.files.iter().filter(lost);
        let newest = files.map(BrokenFile::last_delivery).max();
        newest.is_some_and(|newest| newest < known)
    }

    /// How many rows of the files the import does not have.
    pub(crate) fn rows_lost(&self) -> u64 {
        let lost = self.files.iter().map(BrokenFile::rows_lost);
        lost.sum()
    }

    /// The entries of the log that take the files out of the table.
    pub(crate) fn removes(&self) -> impl Iterator<Item = Remove> {
        let files = self.files.iter();
        files.map(|it| it.file.remove(!it.comes_back()))
    }

    /// Moves the files out of the table's folder, where no version needs them any more. Who looks
    /// for their last bytes finds them in `damaged`.
    pub(crate) async fn put_aside(&self, store: &Store, table: &Table) {
        let to = store.damaged_files(table.partner, table.kind);
        let (files, from) = (store.files().clone(), table.path.clone());
        let names: Vec<String> = self.files.iter().map(|it| it.file.name.clone()).collect();
        let moved = spawn_blocking(move || {
            files.create_folder(&to)?;
            for name in names {
                match std::fs::rename(from.join(&name), to.join(&name)) {
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

impl BrokenFile {
    /// Whether the log allows a delivery of this unit to be in the file.
    fn may_hold(&self, unit: &Unit, texts: &Texts) -> bool {
        let (min, max) = (&self.file.stats.min_values, &self.file.stats.max_values);
        let id = customer(unit.customer).to_string();
        let within = |from: &str, to: &str, text: &str| from <= text && text <= to;
        (min.processed_date..=max.processed_date).contains(&day(unit.day))
            && within(&min.customer_tenant_id, &max.customer_tenant_id, &id)
            && within(
                &min.service_code,
                &max.service_code,
                texts.text(0, unit.service),
            )
            && within(&min.channel, &max.channel, texts.text(1, unit.channel))
    }

    /// Whether the file comes back as it was: with the same deliveries, the same numbers and the same
    /// instant of recording.
    fn comes_back(&self) -> bool {
        let numbers = self.first_delivery()..=self.last_delivery();
        !self.is_unclear
            && self.recorded_at().is_some()
            && self.file.contents == Some(self.contents)
            && i64::try_from(self.deliveries) == Ok(numbers.end() - numbers.start() + 1)
    }

    /// The number of its first delivery.
    pub(crate) fn first_delivery(&self) -> i64 {
        self.file.stats.min_values.delivery_id
    }

    /// The number of its last delivery.
    fn last_delivery(&self) -> i64 {
        self.file.stats.max_values.delivery_id
    }

    /// When all of it was recorded; none if several imports were merged in it.
    pub(crate) fn recorded_at(&self) -> Option<Timestamp> {
        let (min, max) = (&self.file.stats.min_values, &self.file.stats.max_values);
        (min.recorded_at == max.recorded_at).then_some(min.recorded_at)
    }

    fn rows_lost(&self) -> u64 {
        self.file.stats.num_records.saturating_sub(self.rows)
    }

    fn refusal(&self, table: &Table) -> StoreError {
        let (min, max) = (&self.file.stats.min_values, &self.file.stats.max_values);
        StoreError::Unmended {
            partner: table.partner,
            table: table.kind,
            problem: self.problem.clone(),
            from: min.processed_date,
            to: max.processed_date,
            rows: self.file.stats.num_records,
            why: match self.rows_lost() {
                _ if self.is_unclear => {
                    "what this import has of them may be of another damaged file as well".to_owned()
                }
                0 if self.recorded_at().is_none() => "several imports were merged in it".to_owned(),
                0 => "this import has other ones".to_owned(),
                _ => format!("this import has {} of them", self.rows),
            },
        }
    }
}

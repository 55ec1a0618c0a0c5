//! Mending: deliveries of an import take the place of data files that are damaged or gone.
//!
//! Of such a file the log still has the sum of the hashes of its deliveries, their numbers and when they
//! were recorded. An import that has just these deliveries, perhaps beside others, brings the file back
//! as it was. Anything else loses something, and has to be asked for.

use std::collections::BTreeSet;
use std::sync::Arc;

use deltalake::kernel::Remove;
use tokio::task::spawn_blocking;

use crate::ingest::checked::Checked;
use crate::ingest::compare::Comparison;
use crate::ingest::matching::{Back, Broken, Matched, Matching, may_hold};
use crate::model::error::{Cause, StoreError};
use crate::model::fact::Unit;
use crate::model::texts::Texts;
use crate::table::data_file::DataFile;
use crate::table::delta::Table;
use crate::table::store::Store;

/// Data files that cannot be read, and whose place an import takes.
pub(crate) struct Mending {
    /// The table without all files that cannot be read.
    pub(crate) healthy: Table,
    /// Those of which the import has deliveries.
    pub(crate) files: Vec<BrokenFile>,
    /// How many others there are.
    pub(crate) others: u64,
    /// The deliveries that come back as they were, in their order. One may have been in several files.
    back: Vec<Back>,
    /// The places of deliveries that are known from the same imports.
    again: BTreeSet<u64>,
}

/// A data file that cannot be read, and what an import has of it.
pub(crate) struct BrokenFile {
    pub(crate) file: DataFile,
    problem: String,
    /// It comes back as it was: with the same deliveries, the same numbers and the same instant of
    /// recording.
    comes_back: bool,
    /// The import has other deliveries that may have been in it, as no other file has them.
    is_touched: bool,
    /// Their rows, without those that are counted for another broken file.
    rows: u64,
}

/// The table without the files that cannot be read, and those files with what is wrong with them.
pub(crate) async fn without_broken(
    table: &Table,
) -> Result<(Table, Vec<(DataFile, String)>), StoreError> {
    let own = table.clone();
    let looked = spawn_blocking(move || {
        let (mut healthy, mut broken) = (Vec::new(), Vec::new());
        for file in own.files.iter() {
            match own.checked.check(&own.path, own.kind, file) {
                Ok(()) => healthy.push(file.clone()),
                Err(problem) => broken.push((file.clone(), problem.to_string())),
            }
        }
        let files = Arc::new(healthy);
        (Table { files, ..own }, broken)
    });
    let looked = looked.await;
    looked.map_err(|err| StoreError::from_cause("read", &table.path, err.into()))
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
        let (healthy, broken) = without_broken(table).await?;
        if broken.is_empty() {
            return Ok(None);
        }
        let (own, all, import) = (store.clone(), table.clone(), Arc::clone(checked));
        let found = spawn_blocking(move || Self::compare(&own, &all, healthy, broken, &import));
        let found = found.await.map_err(Cause::from);
        let mending = found.map_err(|err| StoreError::from_cause("read", &table.path, err))??;
        match mending.files.iter().find(|file| !file.comes_back) {
            Some(lacking) if !may_lose => Err(lacking.refusal(table)),
            _ => Ok(Some(mending)),
        }
    }

    /// Compares the deliveries of an import with the broken files, and then what is left with those
    /// that can be read.
    fn compare(
        store: &Store,
        table: &Table,
        healthy: Table,
        broken: Vec<(DataFile, String)>,
        checked: &Arc<Checked>,
    ) -> Result<Self, StoreError> {
        // Files of several imports, or of a version without sums, cannot come back as they were.
        let (of_one, mut others): (Vec<_>, Vec<_>) = broken
            .into_iter()
            .map(BrokenFile::from)
            .partition(|it| it.as_broken(table).is_some());
        let matching = Matching {
            session: store.session(),
            healthy: &healthy,
            broken: of_one.iter().filter_map(|it| it.as_broken(table)).collect(),
            checked,
        };
        let Matched { mut back, again } = matching.find()?;
        let proven: BTreeSet<usize> = back.iter().map(|it| it.of).collect();
        let mut files = Vec::new();
        for (place, mut file) in of_one.into_iter().enumerate() {
            file.comes_back = proven.contains(&place);
            let list = if file.comes_back {
                &mut files
            } else {
                &mut others
            };
            list.push(file);
        }
        let proven: Vec<usize> = proven.into_iter().collect();
        for it in &mut back {
            it.of = proven.partition_point(|file| *file < it.of);
        }
        let mending = Arc::new(Self {
            healthy: healthy.clone(),
            files,
            others: 0,
            back,
            again,
        });
        let comparison = Comparison {
            store: store.clone(),
            table: Some(healthy),
            checked: Arc::clone(checked),
            replace: true,
            mending: Some(Arc::clone(&mending)),
        };
        let mut news = 0;
        comparison.run(|delivery| {
            if !delivery.back.is_empty() {
                return Ok(());
            }
            news += 1;
            let may_hold =
                |it: &&mut BrokenFile| may_hold(&it.file, &delivery.unit, &checked.texts);
            let mut rows = delivery.rows.len() as u64;
            for file in others.iter_mut().filter(may_hold) {
                file.is_touched = true;
                file.rows += std::mem::take(&mut rows);
            }
            Ok(())
        })?;
        drop(comparison);
        let mut mending = Arc::into_inner(mending).ok_or_else(|| {
            let cause = "a comparison goes on that has ended".into();
            StoreError::from_cause("read", &table.path, cause)
        })?;
        // Where other deliveries may be of a file, it is refused for those.
        let may_be_refused = mending.files.is_empty() && others.iter().any(|file| file.is_touched);
        if news > 0
            && checked.is_completed_for_damaged
            && !may_be_refused
            && let Some(file) = mending.files.first().or(others.first())
        {
            let why = "what --complete adds on other days is known when it is mended: import the \
                       files of its days alone";
            return Err(file.refused(table, why.to_owned()));
        }
        let (touched, others): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|file| file.is_touched);
        mending.files.extend(touched);
        mending.others = others.len() as u64;
        Ok(mending)
    }

    /// Whether a delivery is known from the import that is done again, by its place in this one.
    pub(crate) fn is_again(&self, place: u64) -> bool {
        self.again.contains(&place)
    }

    /// Where a delivery comes back to, by its place in the import.
    pub(crate) fn back(&self, place: u64) -> &[Back] {
        let from = self.back.partition_point(|it| it.place < place);
        let count = self.back[from..].partition_point(|it| it.place == place);
        &self.back[from..from + count]
    }

    /// Whether a delivery of this unit may have been in a file that does not come back, and all that
    /// the file had is older than the version with this number.
    pub(crate) fn is_older(&self, unit: &Unit, texts: &Texts, known: i64) -> bool {
        let lost = |it: &&BrokenFile| !it.comes_back && may_hold(&it.file, unit, texts);
        let files = self.files.iter().filter(lost);
        let newest = files.map(|it| *it.file.numbers().end()).max();
        newest.is_some_and(|newest| newest < known)
    }

    /// How many rows of the files the import does not have.
    pub(crate) fn rows_lost(&self) -> u64 {
        let lost = self.files.iter().filter(|file| !file.comes_back);
        lost.map(BrokenFile::rows_lost).sum()
    }

    /// The entries of the log that take the files out of the table.
    pub(crate) fn removes(&self) -> impl Iterator<Item = Remove> {
        let files = self.files.iter();
        files.map(|it| it.file.remove(!it.comes_back))
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

impl From<(DataFile, String)> for BrokenFile {
    fn from((file, problem): (DataFile, String)) -> Self {
        Self {
            file,
            problem,
            comes_back: false,
            is_touched: false,
            rows: 0,
        }
    }
}

impl BrokenFile {
    /// The file with what its log says; none if that is not enough to prove what it had.
    fn as_broken(&self, table: &Table) -> Option<Broken<'_>> {
        let recorded_at = self.file.recorded_at()?;
        let of_import = |it: &&DataFile| it.recorded_at() == Some(recorded_at);
        let firsts = table.files.iter().filter(of_import);
        Some(Broken {
            file: &self.file,
            begin: firsts.map(|it| *it.numbers().start()).min()?,
            recorded_at,
            contents: self.file.contents?,
        })
    }

    fn rows_lost(&self) -> u64 {
        self.file.stats.num_records.saturating_sub(self.rows)
    }

    fn refusal(&self, table: &Table) -> StoreError {
        let numbers = self.file.numbers();
        let numbers = numbers.end().abs_diff(*numbers.start());
        let why = if self.file.recorded_at().is_none() {
            "several imports were merged in it".to_owned()
        } else if self.file.contents.is_none() {
            "the log does not say what they have".to_owned()
        } else if numbers >= self.file.stats.num_records {
            "others were erased from it".to_owned()
        } else if self.rows_lost() == 0 {
            "this import has other ones".to_owned()
        } else {
            format!("this import has {} of them", self.rows)
        };
        self.refused(table, why)
    }

    fn refused(&self, table: &Table, why: String) -> StoreError {
        let (min, max) = (&self.file.stats.min_values, &self.file.stats.max_values);
        StoreError::Unmended {
            partner: table.partner,
            table: table.kind,
            problem: self.problem.clone(),
            from: min.processed_date,
            to: max.processed_date,
            rows: self.file.stats.num_records,
            why,
            is_merged: self.file.recorded_at().is_none(),
        }
    }
}

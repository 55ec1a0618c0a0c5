//! Damaged or missing data files, and those that block an import: by the log, they may have a
//! delivery of it, so that the last version of that delivery is unknown.

use std::sync::Arc;

use seatwise_types::PartnerId;
use tokio::task::spawn_blocking;

use crate::ingest::batch::Batches;
use crate::ingest::checked::Checked;
use crate::ingest::trial::Broken;
use crate::model::days::day;
use crate::model::error::{Cause, StoreError};
use crate::model::fact::{Unit, customer};
use crate::model::kind::Kind;
use crate::model::texts::Texts;
use crate::table::checksum::damage;
use crate::table::damage::damaged;
use crate::table::data_file::DataFile;
use crate::table::delta::Table;
use crate::table::store::Store;

/// A data file that cannot be read.
pub(crate) struct DamagedFile {
    pub(crate) file: DataFile,
    /// What is wrong with it.
    problem: String,
}

/// The damage of a table from the view of an import.
pub(crate) struct Damage {
    /// The table without unreadable files.
    pub(crate) healthy: Table,
    /// The unreadable files that block the import.
    pub(crate) in_the_way: Vec<DamagedFile>,
    /// The number of other unreadable files.
    pub(crate) others: u64,
}

/// Separates the table from its damaged and missing files.
///
/// # Errors
/// If a file cannot be read for another reason, so that its state is unknown.
pub(crate) async fn without_damaged(
    table: &Table,
) -> Result<(Table, Vec<DamagedFile>), StoreError> {
    let own = table.clone();
    let looked = spawn_blocking(move || {
        let (mut healthy, mut broken) = (Vec::new(), Vec::new());
        for file in own.files.iter() {
            let Err(problem) = own.checked.check(&own.folder, own.kind, file) else {
                healthy.push(file.clone());
                continue;
            };
            match damaged(
                own.partner,
                own.kind,
                "read its files",
                &own.folder,
                problem,
            ) {
                StoreError::Damaged { source, .. } => broken.push(DamagedFile {
                    file: file.clone(),
                    problem: source.to_string(),
                }),
                err => return Err(err),
            }
        }
        let files = Arc::new(healthy);
        Ok((Table { files, ..own }, broken))
    });
    let looked = looked.await.map_err(Cause::from);
    looked.map_err(|err| StoreError::from_cause("read", &table.folder, err))?
}

impl Damage {
    /// Looks for damage where an import has deliveries; `None` if all files there are readable.
    /// Verified files are not read again.
    ///
    /// # Errors
    /// If the rows of the import cannot be read back.
    pub(crate) async fn find(
        table: &Table,
        checked: &Arc<Checked>,
    ) -> Result<Option<Self>, StoreError> {
        let near = checked.areas.files_of(table);
        if checked.completed_without.is_none() && table.check(&near).await.is_ok() {
            return Ok(None);
        }
        let (healthy, broken) = without_damaged(table).await?;
        let import = Arc::clone(checked);
        let sorted = spawn_blocking(move || in_the_way(broken, &import)).await;
        let sorted =
            sorted.map_err(|err| StoreError::from_cause("read", &table.folder, err.into()))?;
        let (in_the_way, others) =
            sorted.map_err(|err| StoreError::io("read rows back from", &table.folder, err))?;
        Ok(Some(Self {
            healthy,
            in_the_way,
            others: others.len() as u64,
        }))
    }

    /// Whether a damaged file blocks an import, in any of its tables.
    ///
    /// # Errors
    /// If a table cannot be read. Also if no file blocks, but deliveries without rows were determined
    /// without an unreadable file.
    pub(crate) async fn blocks(
        store: &Store,
        partner: PartnerId,
        kinds: &[(Kind, Arc<Checked>)],
    ) -> Result<bool, StoreError> {
        let mut incomplete = None;
        for (kind, checked) in kinds.iter().filter(|(_, checked)| checked.good > 0) {
            let Some(table) = store.table(partner, *kind).await? else {
                continue;
            };
            if let Some(it) = Self::find(&table, checked).await?
                && !it.in_the_way.is_empty()
            {
                return Ok(true);
            }
            if let (None, Some(problem)) = (&incomplete, &checked.completed_without) {
                let action = "read its customers";
                let problem = damage(problem.as_str());
                incomplete = Some(damaged(partner, *kind, action, &table.folder, problem));
            }
        }
        incomplete.map_or(Ok(false), Err)
    }
}

/// The files that block an import, and the others.
fn in_the_way(
    broken: Vec<DamagedFile>,
    checked: &Checked,
) -> std::io::Result<(Vec<DamagedFile>, Vec<DamagedFile>)> {
    let (mut found, mut others) = (Vec::new(), broken);
    let mut batches = Batches::of(checked)?;
    while let Some(batch) = batches.next()?
        && !others.is_empty()
    {
        for (delivery, _) in batch.iter() {
            let is_in_it = |it: &mut DamagedFile| it.is_in_the_way(&delivery.unit, checked);
            found.extend(others.extract_if(.., is_in_it));
        }
    }
    // In the order of the table.
    found.sort_by_key(|it| *it.file.numbers().start());
    Ok((found, others))
}

impl DamagedFile {
    /// Whether it blocks a delivery of this unit. If the import is complete, a file blocks all
    /// customers of its days.
    pub(crate) fn is_in_the_way(&self, unit: &Unit, checked: &Checked) -> bool {
        match checked.completed_without {
            Some(_) => may_hold_day(&self.file, unit, &checked.texts),
            None => may_hold(&self.file, unit, &checked.texts),
        }
    }

    /// The file with its statement in the log; `None` if that does not prove its content: several
    /// imports were merged in it, or an earlier version of Seatwise wrote it.
    pub(crate) fn as_damaged(&self, table: &Table) -> Option<Broken<'_>> {
        let recorded_at = self.file.recorded_at()?;
        let of_import = |it: &&DataFile| it.recorded_at() == Some(recorded_at);
        let numbers = table.files.iter().filter(of_import).map(DataFile::numbers);
        Some(Broken {
            file: &self.file,
            begin: numbers.clone().map(|it| *it.start()).min()?,
            end: numbers.map(|it| *it.end()).max()?,
            recorded_at,
            contents: self.file.contents?,
        })
    }

    /// The number of its rows that are lost if this many replace them.
    pub(crate) fn rows_lost(&self, rows: u64) -> u64 {
        self.file.stats.num_records.saturating_sub(rows)
    }

    /// Why an import does not restore it. `rows` is the number of the import's rows that may have
    /// been in it.
    pub(crate) fn refusal(&self, table: &Table, rows: u64) -> StoreError {
        let numbers = self.file.numbers();
        let numbers = numbers.end().abs_diff(*numbers.start());
        let why = if self.file.recorded_at().is_none() {
            "several imports were merged in it".to_owned()
        } else if self.file.contents.is_none() {
            "the log does not say what they have".to_owned()
        } else if numbers >= self.file.stats.num_records {
            "others were erased from it".to_owned()
        } else if rows == 0 {
            "this import has none of them".to_owned()
        } else if self.rows_lost(rows) == 0 {
            "this import has other ones".to_owned()
        } else {
            format!("this import has {rows} of them")
        };
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

/// Whether a file may have a delivery of this unit, by the log.
pub(crate) fn may_hold(file: &DataFile, unit: &Unit, texts: &Texts) -> bool {
    let (min, max) = (&file.stats.min_values, &file.stats.max_values);
    may_hold_day(file, unit, texts) && {
        let id = customer(unit.customer).to_string();
        min.customer_tenant_id <= id && id <= max.customer_tenant_id
    }
}

/// Whether a file may have a delivery of the same service, channel and day, by the log.
fn may_hold_day(file: &DataFile, unit: &Unit, texts: &Texts) -> bool {
    let (service, channel) = (texts.text(0, unit.service), texts.text(1, unit.channel));
    file.may_have(day(unit.day), service, channel)
}

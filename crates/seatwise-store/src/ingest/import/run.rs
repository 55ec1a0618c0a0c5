//! The course of an import: files are read and checked, then examined together, then recorded.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{channel, sync_channel};

use jiff::Timestamp;

use super::bad_rows::BadRows;
use super::block::Block;
use super::catch_panic::catch_panic;
use super::check::{self, Checker};
use super::deliveries::{self, Found, MOST_REJECTED};
use super::error::ImportError;
use super::fields::DOMAIN;
use super::folder::files_of;
use super::of_export::is_of_export;
use super::options::ImportOptions;
use super::parts;
use super::receipt::{EXAMPLES, PassedOver, Receipt};
use super::reject::Rejects;
use super::report;
use super::rows::Rows;
use super::source::{Input, is_empty};
use crate::ingest::checked::{Checked, nothing_checked};
use crate::ingest::commit::{How, record};
use crate::ingest::damaged_files::Damage;
use crate::ingest::domains::AcceptedDomains;
use crate::ingest::progress::Progress;
use crate::ingest::whole_deliveries::Deliveries;
use crate::model::fact::RowPlace;
use crate::model::kind::Kind;
use crate::table::store::Store;

/// The files of an import and what was read from them.
pub(super) struct Run {
    pub(super) options: ImportOptions,
    pub(super) folder: PathBuf,
    pub(super) progress: Arc<Progress>,
    now: Timestamp,
    /// The names of the files, by number.
    pub(super) names: Vec<String>,
    /// The kinds in each file, by number.
    pub(super) kinds: Vec<Vec<Kind>>,
    pub(super) checkers: BTreeMap<Kind, Checker>,
    pub(super) rejects: BTreeMap<u32, Rejects>,
    pub(super) receipt: Receipt,
}

impl Run {
    pub(super) fn new(
        options: &ImportOptions,
        folder: &Path,
        progress: Arc<Progress>,
        now: Timestamp,
    ) -> Self {
        Self {
            options: options.clone(),
            folder: folder.to_owned(),
            progress,
            now,
            names: Vec::new(),
            kinds: Vec::new(),
            checkers: BTreeMap::new(),
            rejects: BTreeMap::new(),
            receipt: Receipt {
                dry_run: options.dry_run,
                ..Receipt::default()
            },
        }
    }

    /// Reads all files and sorts their rows.
    pub(super) fn read(mut self, inputs: Vec<Input>) -> Result<Self, ImportError> {
        let inputs = match files_of(inputs) {
            Ok((inputs, passed_over)) => {
                self.receipt.passed_over = passed_over;
                inputs
            }
            Err((folder, err)) => return Err(self.unreadable(folder, err)),
        };
        self.names = inputs.iter().map(Input::name).collect();
        self.kinds = vec![Vec::new(); inputs.len()];
        let mut nothing = None;
        for (number, input) in (0..).zip(&inputs) {
            let name = self.names[number as usize].clone();
            let mut bad = BadRows::default();
            match self.read_file(input, number, &mut bad) {
                Err(err) if is_empty(&err) || is_of_export(&err) => {
                    let reason = match is_empty(&err) {
                        true => "it is empty".to_owned(),
                        false => err.to_string(),
                    };
                    let file = name.clone();
                    self.receipt.passed_over.push(PassedOver { file, reason });
                    nothing.get_or_insert((name, err));
                    continue;
                }
                Err(err) => return Err(self.unreadable(name, err)),
                Ok(()) if bad.count > 0 && !self.options.leaves_out() => {
                    return Err(self.bad_rows(name, bad));
                }
                Ok(()) => self.receipt.add_bad(bad),
            }
            self.receipt.files += 1;
        }
        match nothing {
            Some((file, err)) if self.receipt.files == 0 => Err(self.unreadable(file, err)),
            _ => {
                for checker in self.checkers.values_mut() {
                    checker.checked.staging.sort();
                }
                Ok(self)
            }
        }
    }

    #[expect(
        clippy::too_many_lines,
        reason = "two threads share the rows of one file, its checks and its rejects"
    )]
    fn read_file(&mut self, input: &Input, number: u32, bad: &mut BadRows) -> io::Result<()> {
        let progress = &Arc::clone(&self.progress);
        let leaves_out = self.options.leaves_out();
        let mut rows = catch_panic(|| Rows::open(input, &self.options, &self.folder, progress))?;
        let columns = rows.columns().clone();
        self.receipt.ignored_columns.extend(columns.ignored);
        let (name, kinds) = match columns.report {
            Some(report) => {
                report::accept(report, &self.options)?;
                let kinds = report.kinds().iter().map(|(kind, _)| *kind);
                (report.name(), kinds.collect())
            }
            None => {
                report::refuse_other(&self.options)?;
                (columns.kind.as_str(), vec![columns.kind])
            }
        };
        *self.receipt.taken_for.entry(name).or_default() += 1;
        for kind in &kinds {
            self.checkers.entry(*kind).or_insert_with(|| {
                let rows_in_memory = self.options.rows_in_memory;
                let checked = nothing_checked(*kind, &self.folder, rows_in_memory);
                Checker::new(checked, self.now)
            });
        }
        self.kinds[number as usize] = kinds;
        // A download can be fetched again, so its rows are not written.
        if leaves_out
            && !self.options.dry_run
            && columns.report.is_none()
            && let Some(of) = input.rejects_beside()
        {
            let has_domains = columns.place[DOMAIN].is_some();
            let rejects = Rejects::new(&of, columns.kind, has_domains);
            self.rejects.insert(number, rejects);
        }
        let mut file = check::File {
            number,
            name: &self.names[number as usize],
            bad,
            leaves_out,
            rejects: self.rejects.get_mut(&number),
        };
        // One thread splits the file into rows, this one checks them and gives the blocks back.
        let (send, blocks) = sync_channel::<io::Result<Block>>(12);
        let (give_back, checked) = channel::<Block>();
        std::thread::scope(|threads| {
            threads.spawn(move || {
                loop {
                    let mut block = checked.try_recv().unwrap_or_default();
                    let block = catch_panic(|| rows.fill(&mut block)).map(|()| block);
                    let last = !matches!(&block, Ok(block) if block.len() > 0);
                    if send.send(block).is_err() || last {
                        break;
                    }
                }
            });
            for block in blocks {
                let mut block = block?;
                progress.check()?;
                let count = block.len() as u64;
                progress.add_rows(count);
                self.receipt.rows_read += count;
                if let Some(report) = columns.report {
                    let any_content = self.options.download.is_some();
                    let checkers = &mut self.checkers;
                    self.receipt.duplicate_rows +=
                        report::take(report, &block, any_content, checkers, &mut file)?;
                } else if let Some(checker) = self.checkers.get_mut(&columns.kind) {
                    checker.take(&block, &mut file)?;
                }
                for checker in self.checkers.values() {
                    bounded(&checker.checked, self.options.longest_texts)?;
                }
                block.clear();
                give_back.send(block).ok();
            }
            Ok(())
        })
    }

    /// Determines the roles of the files, and checks each delivery as a whole.
    pub(super) fn look_at_deliveries(mut self) -> Result<Self, ImportError> {
        match self.find_deliveries() {
            Ok(Ok(())) => Ok(self),
            Ok(Err(err)) => Err(err),
            Err(err) => Err(self.staging_error(err).into()),
        }
    }

    fn find_deliveries(&mut self) -> io::Result<Result<(), ImportError>> {
        let leaves_out = self.options.leaves_out();
        let mut found = Found::default();
        let mut unclear = None;
        for (kind, checker) in &mut self.checkers {
            let checked = &mut checker.checked;
            match parts::roles(checked, self.options.files, self.names.len())? {
                Ok(roles) => checked.roles = roles,
                Err(why) => {
                    unclear = Some((*kind, why));
                    break;
                }
            }
            deliveries::look_at(checked, leaves_out, &self.names, &mut found)?;
            bounded(checked, self.options.longest_texts)?;
        }
        if let Some((kind, why)) = unclear {
            return Ok(Err(self.unclear(kind, why)));
        }
        let joined = found.joined_files.iter().take(EXAMPLES);
        self.receipt.joined_files = joined
            .map(|file| self.names[*file as usize].clone())
            .collect();
        self.receipt.deliveries_joined = found.joined;
        self.receipt.repeated_rows = found.repeated;
        if leaves_out {
            self.receipt.add_bad(found.bad.all());
        } else if let Some((file, bad)) = found.bad.of_first_file() {
            let name = self.names[file as usize].clone();
            return Ok(Err(self.bad_rows(name, bad)));
        }
        Ok(Ok(()))
    }

    /// Records each kind in one commit, and then the domains. If damaged data files block the
    /// import, only mends.
    pub(super) async fn record(
        mut self,
        store: &Store,
        now: Timestamp,
    ) -> Result<Receipt, ImportError> {
        let how = How {
            dry_run: self.options.dry_run,
            replace: self.options.replace,
            mend: self.options.mend,
        };
        let mut kinds = Vec::new();
        for (kind, mut checker) in std::mem::take(&mut self.checkers) {
            checker.checked.staging.close();
            let words = &checker.no_value_words;
            words.add_to(&mut self.receipt.no_value_words);
            kinds.push((kind, Arc::new(checker.checked)));
        }
        if Damage::blocks(store, self.options.partner, &kinds).await? {
            return self.mend(store, kinds, how, now).await;
        }
        let mut stored_some = false;
        let mut domains = AcceptedDomains::default();
        for (kind, checked) in kinds {
            let recorded = record(store, self.options.partner, Arc::clone(&checked), now, how);
            let mut tally = match recorded.await {
                Ok(tally) => tally,
                Err(source) if stored_some => {
                    let receipt = self.receipt_of_failure(|of| of >= kind);
                    return Err(ImportError::Partly { source, receipt });
                }
                Err(source) => return Err(source.into()),
            };
            if let Some(share) = tally.refused.take() {
                return Err(self.loses_too_much(kind, share, tally, |of| of >= kind));
            }
            stored_some |= !how.dry_run && tally.rows > 0;
            self.receipt.add(tally);
            if let Err(err) = self.write_rejects(&checked) {
                let source = self.staging_error(err);
                let receipt = self.receipt_of_failure(|of| of > kind);
                return Err(ImportError::Partly { source, receipt });
            }
            domains.add(&checked);
        }
        let partner = self.options.partner;
        let recorded = store.record_domains(partner, domains, now, how.dry_run);
        match recorded.await {
            Ok(count) => self.receipt.domains_stored += count,
            Err(source) if stored_some => {
                let receipt = self.receipt_of_failure(|_| false);
                return Err(ImportError::Partly { source, receipt });
            }
            Err(source) => return Err(source.into()),
        }
        Ok(self.receipt)
    }

    /// Writes the good rows of left-out deliveries beside the bad ones.
    pub(super) fn write_rejects(&mut self, checked: &Checked) -> io::Result<()> {
        self.receipt.deliveries_rejected += deliveries::rejected(checked);
        if !checked.rejected.is_empty() && !self.rejects.is_empty() {
            let mut deliveries = Deliveries::of(checked)?;
            let mut rows = Vec::new();
            while let Some(delivery) = deliveries.next(&mut rows)? {
                if let Some(bad) = delivery.bad {
                    for row in &rows {
                        let RowPlace { file, .. } = RowPlace::of(row);
                        if let Some(rejects) = self.rejects.get_mut(&file) {
                            let line = deliveries::line(bad, file, &self.names);
                            let reason = format!("{line} is of the same delivery, and is bad");
                            let domain = checked.domains.of(&delivery.unit, file);
                            rejects.fact(&delivery.unit, row, &checked.texts, domain, &reason)?;
                        }
                    }
                }
                rows.clear();
            }
        }
        let of_kind = |rejects: &Rejects| rejects.kind() == checked.kind;
        let of_kind = self.rejects.extract_if(.., |_, rejects| of_kind(rejects));
        for (_, rejects) in of_kind {
            self.receipt.rejected_files.extend(rejects.finish()?);
        }
        Ok(())
    }
}

/// Checks the limits of an import's memory.
fn bounded(checked: &Checked, longest_texts: usize) -> io::Result<()> {
    let reason = if checked.texts.bytes() + checked.domains.bytes() > longest_texts {
        format!(
            "its names, codes and domains take more than {longest_texts} bytes of memory: import it \
             in parts"
        )
    } else if checked.rejected.len() > MOST_REJECTED {
        format!("more than {MOST_REJECTED} deliveries have a bad row: mend them")
    } else {
        return Ok(());
    };
    Err(io::Error::new(io::ErrorKind::InvalidData, reason))
}

//! The errors of an import, with the receipt of what was done before.

use std::io;

use super::bad_rows::BadRows;
use super::error::ImportError;
use super::parts::Unclear;
use super::receipt::Receipt;
use super::run::Run;
use crate::ingest::tally::{Share, Tally};
use crate::model::days::day;
use crate::model::error::StoreError;
use crate::model::fact::{Unit, customer};
use crate::model::kind::Kind;

impl Run {
    /// The error of a file that loses too much. `lacks` says of which kinds nothing was stored.
    pub(super) fn loses_too_much(
        &mut self,
        kind: Kind,
        share: Share,
        tally: Tally,
        lacks: impl Fn(Kind) -> bool,
    ) -> ImportError {
        self.receipt.losses.add(tally.losses);
        ImportError::Loses {
            file: self.names[share.file as usize].clone(),
            kind,
            what: "rows",
            lost: share.lost,
            known: share.known,
            receipt: self.receipt_of_failure(lacks),
        }
    }

    /// The receipt of an import that ended with an error. `lacks` says of which kinds nothing was
    /// stored. Discards rejected rows of their files, which the next import produces again.
    pub(super) fn receipt_of_failure(&mut self, lacks: impl Fn(Kind) -> bool) -> Box<Receipt> {
        let files = self.names.iter().zip(&self.kinds);
        let not_stored = files.filter(|(_, kinds)| kinds.iter().any(|kind| lacks(*kind)));
        self.receipt.not_stored = not_stored.map(|(name, _)| name.clone()).collect();
        for rejects in std::mem::take(&mut self.rejects).into_values() {
            rejects.discard();
        }
        Box::new(std::mem::take(&mut self.receipt))
    }

    /// The receipt of an import that ended before anything was stored. It lists all given files,
    /// read or not.
    pub(super) fn nothing_stored(&mut self) -> Box<Receipt> {
        let mut receipt = self.receipt_of_failure(|_| true);
        let passed_over = &receipt.passed_over;
        let names = std::mem::take(&mut self.names).into_iter();
        receipt.not_stored = names
            .filter(|name| passed_over.iter().all(|passed| passed.file != *name))
            .collect();
        receipt
    }

    pub(super) fn unreadable(&mut self, file: String, source: io::Error) -> ImportError {
        use io::ErrorKind::{QuotaExceeded, StorageFull};
        match source.kind() {
            // There was no space for its rows: the file is not the cause.
            StorageFull | QuotaExceeded => self.staging_error(source).into(),
            _ => ImportError::File {
                file,
                source,
                receipt: self.nothing_stored(),
            },
        }
    }

    pub(super) fn bad_rows(&mut self, file: String, bad: BadRows) -> ImportError {
        let receipt = self.nothing_stored();
        ImportError::BadRows { file, bad, receipt }
    }

    pub(super) fn unclear(&mut self, kind: Kind, why: Unclear) -> ImportError {
        let Unclear {
            file,
            before,
            unit,
            why,
        } = why;
        ImportError::Unclear {
            file: self.names[file as usize].clone(),
            before: self.names[before as usize].clone(),
            delivery: self.name_of(kind, &unit),
            why,
            receipt: self.nothing_stored(),
        }
    }

    /// The name of a delivery in messages.
    fn name_of(&self, kind: Kind, unit: &Unit) -> String {
        let texts = &self.checkers[&kind].checked.texts;
        format!(
            "{kind} of customer {}, {}, {}, {}",
            customer(unit.customer),
            texts.text(0, unit.service),
            texts.text(1, unit.channel),
            day(unit.day)
        )
    }

    pub(super) fn staging_error(&self, err: io::Error) -> StoreError {
        StoreError::io("put rows aside in", &self.folder, err)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use jiff::Timestamp;

    use super::*;
    use crate::ingest::import::ImportOptions;

    #[test]
    fn a_full_disk_is_not_the_fault_of_the_file_whose_rows_have_no_room() {
        let message = |kind: io::ErrorKind| {
            let partner = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse().unwrap();
            let options = ImportOptions::new(partner);
            let (folder, progress) = (Path::new("/data"), Arc::default());
            let mut run = Run::new(&options, folder, progress, Timestamp::UNIX_EPOCH);
            run.unreadable("usage.csv".to_owned(), kind.into())
        };
        let full = message(io::ErrorKind::StorageFull);
        assert!(matches!(full, ImportError::Store(StoreError::Full { .. })));
        assert!(!full.is_of_input());
        let broken = message(io::ErrorKind::InvalidData);
        assert!(matches!(broken, ImportError::File { .. }));
        assert!(broken.is_of_input());
    }
}

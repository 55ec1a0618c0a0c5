//! Imports that meet damaged data files: they only mend.
//!
//! Such an import cannot know whether its content is new, or older than the content of the damaged
//! files. So it restores deliveries as they were, in all tables, and stores no other delivery, no
//! domain, and nothing that `--complete` adds.

use std::sync::Arc;

use jiff::Timestamp;

use super::error::ImportError;
use super::receipt::Receipt;
use super::run::Run;
use crate::ingest::checked::Checked;
use crate::ingest::commit::How;
use crate::ingest::mend::Mending;
use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::table::store::Store;

impl Run {
    /// Determines for all tables what is restored, and then stores it, kind by kind.
    ///
    /// # Errors
    /// If nothing is restored and some content is unknown, unless the options allow to lose damaged
    /// content. Nothing is stored then.
    pub(super) async fn mend(
        mut self,
        store: &Store,
        kinds: Vec<(Kind, Arc<Checked>)>,
        how: How,
        now: Timestamp,
    ) -> Result<Receipt, ImportError> {
        let partner = self.options.partner;
        let lock = match how.dry_run {
            true => None,
            false => Some(store.lock(partner, now).await?),
        };
        store.check_clock(partner, now).await?;
        self.receipt.deliveries_emptied = 0;
        self.receipt.first_emptied.clear();
        let mut plans = Vec::new();
        let (mut comes_back, mut left_out, mut refusal) = (0, 0, None);
        for (kind, checked) in &kinds {
            let mut plan = Mending::plan(store, partner, checked, how, &self.progress).await?;
            if let Some(share) = plan.tally.refused.take() {
                return Err(self.loses_too_much(*kind, share, plan.tally, |_| true));
            }
            comes_back += plan.tally.mended.files;
            left_out += plan.tally.mended.left_out;
            refusal = refusal.or(plan.refusal.take());
            plans.push((*kind, plan));
        }
        match refusal {
            Some(refusal) if comes_back == 0 && left_out > 0 => return Err(refusal.into()),
            // Another process came first and restored all of them.
            None if comes_back == 0 => {
                let table = plans.first().map_or(Kind::Usage, |(kind, _)| *kind);
                let attempts = 1;
                return Err(StoreError::Contended {
                    partner,
                    table,
                    attempts,
                }
                .into());
            }
            _ => {}
        }
        let mut stored_some = false;
        for (kind, plan) in plans {
            if let Some(lock) = &lock {
                match plan.mending.record(now, lock).await {
                    Err(source) if stored_some => {
                        let receipt = self.receipt_of_failure(|of| of >= kind);
                        return Err(ImportError::Partly { source, receipt });
                    }
                    recorded => recorded?,
                }
                stored_some |= plan.tally.mended.files > 0;
            }
            self.receipt.add(plan.tally);
            if let Err(err) = self.write_rejects(&plan.mending.checked) {
                let source = self.staging_error(err);
                let receipt = self.receipt_of_failure(|of| of > kind);
                return Err(ImportError::Partly { source, receipt });
            }
        }
        Ok(self.receipt)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::ingest::import::{ImportOptions, Input, import};

    const ROWS: &str =
        "processedDateTime,serviceCode,channel,customerTenantId,customerName,productName,\
        licensesDeployed,licensesSold
2026-05-01,o365,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,C,E3,1,2
";

    fn data_files(table: &Path) -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(table).expect("a table");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        paths.filter(|path| path.is_file()).collect()
    }

    #[tokio::test]
    async fn an_import_that_is_stopped_while_it_looks_for_what_files_had_loses_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::create(&folder.path().join("data")).expect("a data folder");
        let partner = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse();
        let partner = partner.expect("a GUID");
        let file = folder.path().join("rows.csv");
        std::fs::write(&file, ROWS).expect("a file");
        let now = "2026-06-01T00:00:00Z".parse().expect("an instant");
        let inputs = || vec![Input::File(file.clone())];
        let options = ImportOptions::new(partner);
        let imported = import(&store, &options, inputs(), now, Arc::default());
        imported.await.expect("an import");
        let table = store.table(partner, Kind::Deployment).await;
        let table = table.expect("a table").expect("a table");
        for file in data_files(table.folder.path().expect("a folder")) {
            std::fs::remove_file(file).expect("a file");
        }

        let progress = Arc::new(crate::ingest::import::Progress::default());
        let run = Run::new(&options, store.work_dir(), Arc::clone(&progress), now);
        let run = run.read(inputs()).expect("rows");
        let run = run.look_at_deliveries().expect("deliveries");
        progress.stop();
        let err = run.record(&store, now).await.expect_err("an error");
        assert!(matches!(err, ImportError::Store(StoreError::TooLong)));
        assert!(err.is_of_input() && err.store().is_some_and(|it| it.hint().is_some()));
        assert!(data_files(table.folder.path().expect("a folder")).is_empty());

        let imported = import(&store, &options, inputs(), now, Arc::default());
        let receipt = imported.await.expect("an import");
        assert_eq!((receipt.mended.files, receipt.mended.still_damaged), (1, 0));
    }
}

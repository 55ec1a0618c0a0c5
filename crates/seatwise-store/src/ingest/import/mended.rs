//! Imports that meet damaged data files: they only mend.
//!
//! Such an import cannot know whether its content is new, or older than the content of the damaged
//! files. So it restores deliveries as they were, in all tables, and stores no other delivery, no
//! domain, and nothing that `--complete` adds.

use std::sync::Arc;

use jiff::Timestamp;
use seatwise_types::PartnerId;

use super::error::ImportError;
use super::receipt::Receipt;
use super::run::Run;
use crate::ingest::broken::Damage;
use crate::ingest::checked::Checked;
use crate::ingest::mend::Mending;
use crate::ingest::record::How;
use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::table::checksum::damage;
use crate::table::delta::damaged;
use crate::table::store::Store;

/// Whether a damaged file blocks an import, in any of its tables.
///
/// # Errors
/// If a table cannot be read. Also if no file blocks, but deliveries without rows were determined
/// without an unreadable file.
pub(super) async fn meets_damage(
    store: &Store,
    partner: PartnerId,
    kinds: &[(Kind, Arc<Checked>)],
) -> Result<bool, StoreError> {
    let mut incomplete = None;
    for (kind, checked) in kinds.iter().filter(|(_, checked)| checked.good > 0) {
        let Some(table) = store.table(partner, *kind).await? else {
            continue;
        };
        if let Some(it) = Damage::find(&table, checked).await?
            && !it.in_the_way.is_empty()
        {
            return Ok(true);
        }
        if let (None, Some(problem)) = (&incomplete, &checked.completed_without) {
            let action = "read its customers";
            let problem = damage(problem.as_str());
            incomplete = Some(damaged(partner, *kind, action, &table.path, problem));
        }
    }
    incomplete.map_or(Ok(false), Err)
}

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
            let mut plan = Mending::plan(store, partner, checked, how).await?;
            if let Some(share) = plan.tally.refused.take() {
                return Err(self.loses(*kind, share, plan.tally, |_| true));
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
                        let receipt = self.ended(|of| of >= kind);
                        return Err(ImportError::Partly { source, receipt });
                    }
                    recorded => recorded?,
                }
                stored_some |= plan.tally.mended.files > 0;
            }
            self.receipt.add(plan.tally);
            if let Err(err) = self.write_rejects(&plan.mending.checked) {
                let source = self.put_aside(err);
                let receipt = self.ended(|of| of > kind);
                return Err(ImportError::Partly { source, receipt });
            }
        }
        Ok(self.receipt)
    }
}

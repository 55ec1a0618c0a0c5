//! Whether the list of imports is as it was written.

use seatwise_types::PartnerId;

use crate::model::error::StoreError;
use crate::table::store::Store;
use crate::upkeep::finding::{Finding, Verified};
use crate::upkeep::remedy::Remedy;

impl Store {
    /// Reads the list of a partner's imports, and compares each of its files with its checksum. None if
    /// nothing is listed.
    ///
    /// # Errors
    /// If it cannot be listed or read. Damage is no error, but part of the answer.
    pub async fn verify_past_imports(
        &self,
        partner: PartnerId,
    ) -> Result<Option<Verified>, StoreError> {
        self.blocking("read", move |store| {
            let (damaged, files) = store.damaged_past_imports(partner)?;
            let mut verified = Verified {
                files,
                ..Verified::default()
            };
            for name in &damaged {
                let problem = "it does not have the SHA-256 that it was written with";
                verified.found(Finding::of_file(name, problem, Remedy::DeleteImport));
            }
            Ok((files > 0).then_some(verified))
        })
        .await
    }
}

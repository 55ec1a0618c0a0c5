//! Verification of stored data: the log, each file, each delivery.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;

use foldhash::fast::RandomState;
use futures::FutureExt as _;
use seatwise_types::PartnerId;

use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::table::delta::Table;
use crate::table::names::{LEDGERS, RECORDED};
use crate::table::store::Store;
use crate::upkeep::finding::{Finding, Verified};
use crate::upkeep::remedy::Remedy;
use crate::upkeep::verify_file::FileReading;
use crate::upkeep::verify_log::{Others, list_is_gone, list_name, verify_log};

impl Store {
    /// Verifies a whole table: each log file and each data file exists and has its checksum, each
    /// data file has the rows that the log says, and each delivery occurs once, complete, with the
    /// content of its hash. The ledger on the disk is recalculated and compared. `None` if the
    /// partner has no such table.
    ///
    /// Memory is bounded by the largest file, 16 bytes for each delivery, and two ledgers.
    ///
    /// # Errors
    /// If the table is missing or cannot be opened. Damage in its files is not an error, but part
    /// of the result.
    ///
    /// # Example
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// use seatwise_store::{Kind, Store};
    ///
    /// let store = Store::create(&folder.path().join("data"))?;
    /// let partner = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse()?;
    /// assert_eq!(store.verify(partner, Kind::Usage).await?, None);
    /// # Ok(()) }
    /// ```
    pub async fn verify(
        &self,
        partner: PartnerId,
        kind: Kind,
    ) -> Result<Option<Verified>, StoreError> {
        self.is_there()?;
        let location = self.location(partner, kind);
        let findings = self
            .blocking("read", move |store| verify_log(store.root(), &location))
            .await?;
        let mut verified = Verified::default();
        findings.into_iter().for_each(|it| verified.found(it));
        let location = self.location(partner, kind);
        // Libraries can panic on damaged bytes.
        let opened = AssertUnwindSafe(Table::open(&location))
            .catch_unwind()
            .await;
        let table = match opened {
            Ok(Ok(Some(table))) => table,
            Ok(Ok(None)) if verified.damages == 0 => return Ok(None),
            Ok(Err(err @ StoreError::Gone { .. })) => return Err(err),
            Ok(Err(err)) if verified.damages == 0 => return Err(err),
            // The findings in the log are the reason.
            Ok(_) => return Ok(Some(verified)),
            Err(_) => {
                let problem = "it cannot be read: its reader panicked";
                verified.found(Finding::of_file("_delta_log", problem, Remedy::Restore));
                return Ok(Some(verified));
            }
        };
        verified.version = table.version();
        verified.files = table.files.len() as u64;
        if let Err(err) = table.recorded.read() {
            verified.found(Finding::of_file(RECORDED, err.to_string(), Remedy::Restore));
        }
        let is_gone = list_is_gone(&table, &location);
        if is_gone.map_err(|err| StoreError::io("read", &location.checksums.0, err))? {
            let list = list_name(self.root(), &location);
            verified.found(Finding::of_file(&list, "it is missing", Remedy::NextImport));
        }
        self.verify_others(&table, &mut verified).await?;
        self.verify_files(&table, &mut verified).await;
        // With damaged rows, there is no correct sum.
        if verified.damages == 0 && !kind.is_of_months() {
            let differences = self.ledger_differences(&table).await?;
            if differences > 0 {
                let folder = format!("{LEDGERS}/{partner}/{kind}");
                let problem = format!("{differences} of its sums are not those of the table");
                verified.found(Finding::of_file(&folder, problem, Remedy::DeleteLedger));
            }
        }
        Ok(Some(verified))
    }

    /// Verifies the files in the folder of a table that its version does not name.
    async fn verify_others(
        &self,
        table: &Table,
        verified: &mut Verified,
    ) -> Result<(), StoreError> {
        let of_folder = table.clone();
        let others = self.blocking("read", move |_| {
            let failed = |err| StoreError::io("read the files of", &of_folder.folder, err);
            let others = Others::of(&of_folder).map_err(failed)?;
            let damaged = others.damaged(&of_folder.folder).map_err(failed)?;
            let damaged = damaged.into_iter().map(|name| {
                let problem = "it belongs to earlier versions, and does not have the SHA-256 that \
                               it was written with";
                Finding::of_file(name, problem, Remedy::Compact)
            });
            Ok::<_, StoreError>((others.unnamed, damaged.collect::<Vec<_>>()))
        });
        let (unnamed, damaged) = others.await?;
        verified.unnamed_files = unnamed.files;
        verified.unnamed_bytes = unnamed.bytes;
        damaged.into_iter().for_each(|it| verified.found(it));
        Ok(())
    }

    /// Verifies each data file, and that each delivery occurs once.
    async fn verify_files(&self, table: &Table, verified: &mut Verified) {
        let mut file_of: HashMap<i64, u32, RandomState> = HashMap::default();
        for (number, file) in (0..).zip(table.files.iter()) {
            let mut reading = FileReading::new(table.kind, file, verified);
            let read = AssertUnwindSafe(reading.read(self, table)).catch_unwind();
            let problem = match read.await {
                Ok(Ok(())) => None,
                Ok(Err(err)) => Some(err.to_string()),
                Err(_) => Some("its reader panicked".to_owned()),
            };
            if let Some(problem) = problem {
                // One finding: the rows read so far say nothing about the file.
                let (min, max) = (&file.stats.min_values, &file.stats.max_values);
                let (from, to) = (min.processed_date, max.processed_date);
                let problem = format!("it cannot be read: {problem} (rows of {from} to {to})");
                let remedy = match file.recorded_at() {
                    Some(_) => Remedy::ImportAgain,
                    // The log does not say which import had which rows.
                    None => Remedy::Mend,
                };
                verified.found(Finding::of_file(&file.name, problem, remedy));
                continue;
            }
            for delivery in reading.finish() {
                if let Some(other) = file_of.insert(delivery, number) {
                    let other = &table.files[other as usize].name;
                    let problem = format!("it stands in `{other}` too");
                    verified.damage(file, Some(delivery), problem);
                }
            }
        }
    }
}

//! Remedies for damage.

use serde::Serialize;

/// A remedy for a finding of `verify`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Remedy {
    /// Restore the folder from a backup.
    Restore,
    /// Import the files of these days again: equal deliveries replace the damaged ones. A backup
    /// helps too.
    ImportAgain,
    /// Restore the folder from a backup, or import all files of these days again and allow the loss
    /// of earlier instants: several imports were merged into the damaged file.
    Mend,
    /// Delete the list of checksums. The next import writes it again from the existing log.
    DeleteList,
    /// Delete the folder of the ledger. A server rebuilds it.
    DeleteLedger,
    /// Delete the file of the list of imports. Nothing depends on it.
    DeleteImport,
    /// Import anything, which rewrites the file.
    NextImport,
    /// Compact the table without earlier versions, which alone need the file.
    Compact,
    /// Restore the file of customers' domains and its list from a backup, or delete both and import
    /// files with the domains again.
    Domains,
    /// Restore the price file or policy of idle seats and its list from a backup, or delete both:
    /// answers for the time of the file then use the previous one.
    SetAgain,
    /// Run `seatwise repair`, which shows what lies in the future and repairs it.
    Repair,
}

impl Remedy {
    /// The remedy in one sentence for the user.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Restore => {
                "move the data folder away, and restore the folder from a backup with `seatwise restore`"
            }
            Self::ImportAgain => {
                "import the files of these days again, which mends data files, or restore the folder \
                 from a backup with `seatwise restore`"
            }
            Self::Mend => {
                "several imports were merged into the damaged file: restore the folder from a backup with \
                 `seatwise restore`, or import all their files again, together and with --mend: what is \
                 imported is then recorded as of now"
            }
            Self::DeleteList => {
                "delete the damaged list in `checksums`: the next import writes it again"
            }
            Self::DeleteLedger => {
                "delete the folder in `ledgers` while no server runs: the next server makes it again"
            }
            Self::DeleteImport => {
                "delete the damaged file of the list of imports in `imports`: nothing depends on it"
            }
            Self::NextImport => {
                "import anything: that writes lists of checksums, `_last_checkpoint` and \
                 `settled-at` again"
            }
            Self::Compact => {
                "only earlier versions need the damaged files, which `seatwise compact --keep 0` \
                 removes"
            }
            Self::Domains => {
                "restore `domains.ndjson` and `domains.sha256` from a backup, or delete both and import \
                 the domains again"
            }
            Self::SetAgain => {
                "restore the file in `idle` and its list in `checksums` from a backup; or delete both and \
                 set prices and policy again with `seatwise idle`"
            }
            Self::Repair => "`seatwise repair` shows the records of the future and corrects them",
        }
    }
}

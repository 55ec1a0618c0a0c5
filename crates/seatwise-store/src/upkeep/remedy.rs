//! What helps against damage.

use serde::Serialize;

/// What helps against something that `verify` found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Remedy {
    /// Restore the folder from a backup.
    Restore,
    /// Import the files of these days again: deliveries that are the same take the place of those that
    /// are damaged. A backup helps too.
    ImportAgain,
    /// Restore the folder from a backup, or import all files of these days again and say that earlier
    /// instants may be lost: several imports were merged into the damaged file.
    Mend,
    /// Delete the list of checksums. The next import writes it again, from the log that is there.
    DeleteList,
    /// Delete the folder of the ledger. A server makes it again.
    DeleteLedger,
    /// Delete the file of the list of imports. Nothing depends on it.
    DeleteImport,
    /// Import anything: that writes the file again.
    NextImport,
    /// Compact the table and keep no earlier version: only those need the file.
    Compact,
    /// Restore the file with the domains of customers and its list from a backup, or delete both and
    /// import files that have the domains again.
    Domains,
    /// Restore the price file or policy of idle seats and its list from a backup, or delete both: answers
    /// of the time when it was in force then count with the one before.
    SetAgain,
    /// Use `seatwise repair`, which shows what lies in the future and mends it.
    Repair,
}

impl Remedy {
    /// What the user can do, in one sentence.
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
            Self::Repair => "`seatwise repair` shows what lies in the future and mends it",
        }
    }
}

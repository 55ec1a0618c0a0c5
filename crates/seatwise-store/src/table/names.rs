//! The names in a data folder.

/// Marks a data folder, and has its layout.
pub(crate) const MARKER: &str = "seatwise-store.json";
/// The tables, with a folder for each partner.
pub(crate) const PARTNERS: &str = "partners";
/// The checksums of all logs, with a folder for each partner.
pub(crate) const CHECKSUMS: &str = "checksums";
/// Damaged data files that an import replaced, with a folder for each partner.
pub(crate) const DAMAGED: &str = "damaged";
/// The ledgers, with a folder for each partner. They can be rebuilt.
pub(crate) const LEDGERS: &str = "ledgers";
/// The state of collectors, with a folder for each partner.
pub(crate) const COLLECTIONS: &str = "collections";
/// In object storage: the object that writers replace after each commit.
pub(crate) const CHANGED: &str = "changed";
/// The lock file of a partner's writers.
pub(crate) const WRITER_LOCK: &str = "writer.lock";
/// The file with the latest instant used in a partner's answers.
pub(crate) const SETTLED: &str = "settled-at";
/// The file of domains, in the folder of a partner.
pub(crate) const DOMAINS: &str = "domains.ndjson";
/// The folder of price files and policies of idle seats, below the partner's folder and below its
/// checksums.
pub(crate) const IDLE: &str = "idle";
/// The suffix of the name of a list of checksums.
pub(crate) const LIST: &str = ".sha256";
/// The receipts under keys, in the folder of a partner.
pub(crate) const RECEIPTS: &str = "receipts";
/// The links for guests, in the folder of a partner.
pub(crate) const GUESTS: &str = "guests";
/// The list of imports, in the folder of a partner.
pub(crate) const IMPORTS: &str = "imports";
/// In the folder of a table: the recording times of versions whose log entries were removed. It has
/// no customers.
pub(crate) const RECORDED: &str = "_recorded";
/// In the log of a table: the hint where to start reading it.
pub(crate) const LAST_CHECKPOINT: &str = "_last_checkpoint";
/// In the folder of a table: marks an erasure in progress, from before rows are removed until all
/// files with them are gone.
pub(crate) const ERASING: &str = "_erasing";
/// The prefix of unfinished files. A killed process may leave them behind.
pub(crate) const UNFINISHED: &str = ".seatwise-";

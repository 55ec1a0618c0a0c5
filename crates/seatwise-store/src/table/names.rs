//! The names of what stands in a data folder.

/// Marks a data folder, and says which layout it has.
pub(crate) const MARKER: &str = "seatwise-store.json";
/// The tables of the partners, in a folder for each.
pub(crate) const PARTNERS: &str = "partners";
/// The checksums of the logs of all tables, in a folder for each partner.
pub(crate) const CHECKSUMS: &str = "checksums";
/// Data files that an import replaced because they were damaged, in a folder for each partner.
pub(crate) const DAMAGED: &str = "damaged";
/// What was added up of the tables, in a folder for each partner. It can be made again.
pub(crate) const LEDGERS: &str = "ledgers";
/// Where collectors keep what they need, in a folder for each partner.
pub(crate) const COLLECTIONS: &str = "collections";
/// The file that a partner's writers take turns by.
pub(crate) const WRITER_LOCK: &str = "writer.lock";
/// The file with the latest instant that a partner's answers were given as known at.
pub(crate) const SETTLED: &str = "settled-at";
/// The file of domains, in the folder of a partner.
pub(crate) const DOMAINS: &str = "domains.ndjson";
/// The price files and policies of idle seats, in the folder of a partner, and their lists below its checksums.
pub(crate) const IDLE: &str = "idle";
/// The list of imports, in the folder of a partner.
pub(crate) const IMPORTS: &str = "imports";
/// In the folder of a table: when the deliveries of versions were recorded whose entries are gone. It
/// knows no customer.
pub(crate) const RECORDED: &str = "_recorded";
/// Stands in the folder of a table from before rows leave it until all files that hold them are gone.
pub(crate) const ERASING: &str = "_erasing";
/// A file whose name begins so is unfinished; a killed process may leave it behind.
pub(crate) const UNFINISHED: &str = ".seatwise-";

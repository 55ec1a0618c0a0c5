//! The licence data of all customers of a partner, kept for ever, with exact sums.
//!
//! A [`Store`] is a folder with up to four Delta tables per partner. Deliveries come in through
//! [`import`]; figures come out of [`Store::usage_figures`] and [`Store::deployment_figures`].
//! `docs/semantics.md` defines the numbers. This crate has no code for HTTP or the wire format.
//!
//! # Rooms
//!
//! Dependencies go one way. A test (`directions.rs` of the binary) rejects every other use.
//!
//! ```text
//! room      holds                                                 uses
//! model     the words: kinds, days, rows, axes, errors            nothing
//! table     the data folder: Delta tables, files, locks, engine   model
//! ingest    files that become deliveries                          table, model
//! ledger    what was added up of the tables                        table, model
//! query     the rows that count, and what is asked of them        ledger, table, model
//! upkeep    compact, erase, verify, repair, back up, export       all of them
//! ```
//!
//! Within the crate, each item is used by its full path (`crate::table::store::Store`). The names
//! at the root are for other crates.

mod ingest;
mod ledger;
mod model;
mod query;
mod table;
mod upkeep;

pub use ingest::import;
pub use ingest::receipts::KeptReceipt;
pub use model::axes::{Axes, KnownAt};
pub use model::error::StoreError;
pub use model::kind::Kind;
pub use model::limits::LATE_AFTER_DAYS;
pub use model::percent::percent;
pub use query::by_customer::{CustomerSeats, seats_by_customer};
pub use query::changes::{ChangesQuestion, changes};
pub use query::coverage::{CoverageQuestion, coverage};
pub use query::explain::{ExplainQuestion, Explanation};
pub use query::figures::{DeploymentFigure, UsageFigure};
pub use query::history::{History, HistoryQuestion, Line, LineOf, Point};
pub use query::idle::{
    IdleFileError, IdleFound, IdleInputs, IdleQuestion, IdleRules, IdleRulesError, KeptIdleFile,
    Policy, Prices, idle, idle_by_customer,
};
pub use query::moment::Moment;
pub use query::monthly::MonthlyQuestion;
pub use query::names::CustomerName;
pub use query::question::{Answer, QuestionError};
pub use query::restatements::RestatementsQuestion;
pub use query::snapshot::{KnownCustomer, Selected, Snapshot, SnapshotRow};
pub use table::access;
pub use table::change_hint::ChangeHint;
pub use table::commits::Commits;
pub use table::data_folder::DataFolder;
pub use table::disk::{DiskStep, DurableFiles, replace_file};
pub use table::domains::{Domains, is_domain};
pub use table::engine::Reserved;
pub use table::guests::{GuestLink, GuestLinkId, GuestToken, InvalidGuestLink, NewGuestLink};
pub use table::merge::KEPT;
pub use table::storage::ObjectStorage;
pub use table::store::{Store, TableVersion};
pub use upkeep::backup::Copied;
pub use upkeep::compact::Compacted;
pub use upkeep::erase::{Erase, Erased};
pub use upkeep::finding::{Finding, Verified};
pub use upkeep::flat_file::{ExportFormat, Exported, harmless};
pub use upkeep::idle_files::{IdleFileSet, IdleFileSetError};
pub use upkeep::remedy::Remedy;
pub use upkeep::repair::{
    MovedDeliveries, RemovedDeliveries, RemovedUnit, Repaired, RepairedTable, SettledAgain,
};
pub use upkeep::status::{NewestDelivery, PartnerStatus, TableStatus};

//! The licence facts of every customer of a partner, kept for ever, added up exactly.
//!
//! A [`Store`] is one folder with two Delta tables per partner. Deliveries come in through
//! [`import`]; figures come out of [`Store::usage_figures`] and [`Store::deployment_figures`].
//! What the numbers mean is settled in `docs/semantics.md`; HTTP and the wire are not known here.

mod axes;
mod backup;
mod changes;
mod checksum;
mod clock;
mod commit;
mod compact;
mod coverage;
mod data_file;
mod delivery;
mod disk;
mod domains;
mod erase;
mod error;
mod explain;
mod export;
mod facts;
mod figures;
mod folder;
mod history;
pub mod import;
mod kind;
mod known;
mod layout;
mod log;
mod log_checksums;
mod monthly;
mod percent;
mod prune;
mod receipts;
mod record;
mod repair;
mod restatements;
mod rewrite;
mod session;
mod staging;
mod stats;
mod status;
mod store;
mod table;
mod verify;
mod verify_file;
mod verify_log;
mod workload;
mod write;

pub use axes::{Axes, KnownAt};
pub use backup::Copied;
pub use changes::changes;
pub use compact::Compacted;
pub use coverage::coverage;
pub use disk::{DiskStep, DurableFiles};
pub use domains::{Domains, is_domain};
pub use erase::{Erase, Erased};
pub use error::StoreError;
pub use explain::Explanation;
pub use export::{ExportFormat, Exported};
pub use facts::{Fact, Facts, KnownCustomer, Moment, Selected};
pub use figures::{DeploymentFigure, LATE_AFTER_DAYS, UsageFigure};
pub use history::{History, HistoryError, HistoryQuestion, Line, LineOf, Point};
pub use kind::Kind;
pub use monthly::{Monthly, MonthlyError, MonthlyQuestion};
pub use percent::percent;
pub use receipts::KeptReceipt;
pub use record::Tally;
pub use repair::{MovedDeliveries, RemovedDeliveries, Repaired, RepairedTable, SettledAgain, Unit};
pub use status::{NewestDelivery, PartnerStatus, TableStatus};
pub use store::{Store, StoreVersion, TableVersion};
pub use verify::{Finding, Verified};

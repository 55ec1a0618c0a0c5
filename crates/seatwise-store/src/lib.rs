//! The licence facts of every customer of a partner, kept for ever, added up exactly.
//!
//! A [`Store`] is one folder with two Delta tables per partner. Deliveries come in through
//! [`import`]; figures come out of [`Store::usage_figures`] and [`Store::deployment_figures`].
//! What the numbers mean is settled in `docs/semantics.md`; HTTP and the wire are not known here.

mod compact;
mod delivery;
mod disk;
mod error;
mod facts;
mod figures;
mod folder;
pub mod import;
mod kind;
mod known;
mod layout;
mod monthly;
mod percent;
mod receipts;
mod record;
mod session;
mod staging;
mod status;
mod store;
mod table;
mod write;

pub use disk::{DiskStep, DurableFiles};
pub use error::StoreError;
pub use facts::{Fact, Facts, KnownCustomer, Moment, Selected};
pub use figures::{DeploymentFigure, LATE_AFTER_DAYS, UsageFigure};
pub use kind::Kind;
pub use monthly::{InvalidMonth, Month, Monthly};
pub use percent::percent;
pub use receipts::KeptReceipt;
pub use record::Tally;
pub use status::{NewestDelivery, PartnerStatus, TableStatus};
pub use store::{Store, StoreVersion};

//! Questions: rows that count, figures, history, changes, coverage, explanations, and idle seats.
//!
//! This room is read-only. It uses `ledger`, `table` and `model`.

pub(crate) mod by_customer;
pub(crate) mod changes;
pub(crate) mod counting;
pub(crate) mod coverage;
pub(crate) mod explain;
pub(crate) mod figures;
pub(crate) mod history;
pub(crate) mod idle;
pub(crate) mod moment;
pub(crate) mod monthly;
pub(crate) mod names;
pub(crate) mod question;
pub(crate) mod restatements;
pub(crate) mod snapshot;
pub(crate) mod workload;

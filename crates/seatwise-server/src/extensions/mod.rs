//! Seatwise's endpoints, `/seatwise/v1/…`, which Partner Center does not have.

pub(crate) mod changes;
pub(crate) mod coverage;
pub(crate) mod description;
pub(crate) mod explain;
pub(crate) mod history;
pub(crate) mod idle;
pub(crate) mod import;
pub(crate) mod imports;
pub(crate) mod monthly;
mod page;
pub(crate) mod probes;
pub(crate) mod question;
pub(crate) mod restatements;
pub(crate) mod status;

//! All calls: descriptions, parameters, responses and errors.

pub(crate) mod commercial;
mod common;
pub(crate) mod customers;
pub(crate) mod extensions;
pub(crate) mod figures;
pub(crate) mod idle;
pub(crate) mod import;
mod parameters;
pub(crate) mod server;

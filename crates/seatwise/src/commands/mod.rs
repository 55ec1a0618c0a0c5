//! One file per command.

pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod figures;
pub(crate) mod import;
pub(crate) mod serve;
pub(crate) mod status;
pub(crate) mod token;

//! Operations on a whole folder: compact, erase, verify, repair, back up, export, and status.
//!
//! This room may use all others.

pub(crate) mod backup;
pub(crate) mod backup_target;
pub(crate) mod compact;
pub(crate) mod domains;
pub(crate) mod erase;
pub(crate) mod export;
pub(crate) mod finding;
pub(crate) mod flat_file;
pub(crate) mod idle_files;
pub(crate) mod past_imports;
pub(crate) mod portions;
pub(crate) mod recheck;
pub(crate) mod remedy;
pub(crate) mod repair;
pub(crate) mod status;
pub(crate) mod unnamed_files;
pub(crate) mod verify;
pub(crate) mod verify_clock;
pub(crate) mod verify_file;
pub(crate) mod verify_log;

//! A data folder, on the local disk or in object storage: the Delta tables of its partners, and the
//! files beside them.
//!
//! Durable files with checksums, the log, statistics, locks, merging and removal of files, the
//! query engine, and [`Store`](store::Store), the handle for all of it. This room uses `model`.

pub mod access;
pub(crate) mod change_hint;
pub(crate) mod checksum;
pub(crate) mod clock;
pub(crate) mod commit;
pub(crate) mod commits;
pub(crate) mod covers;
pub(crate) mod customer_range;
pub(crate) mod damage;
pub(crate) mod data_file;
pub(crate) mod data_folder;
pub(crate) mod delivery_numbers;
pub(crate) mod delta;
pub(crate) mod disk;
pub(crate) mod domains;
pub(crate) mod encode;
pub(crate) mod engine;
pub(crate) mod folder;
pub(crate) mod foreign;
pub(crate) mod guests;
pub(crate) mod idle_files;
pub(crate) mod idle_index;
pub(crate) mod layout;
pub(crate) mod listed_file;
pub(crate) mod location;
pub(crate) mod log;
pub(crate) mod log_checksums;
pub(crate) mod marker;
pub(crate) mod merge;
pub(crate) mod names;
mod packed_runs;
pub(crate) mod recorded;
pub(crate) mod removal;
pub(crate) mod rewrite;
pub(crate) mod scan;
pub(crate) mod session;
pub(crate) mod settle;
pub(crate) mod settled_in_log;
pub(crate) mod settled_note;
pub(crate) mod stats;
pub(crate) mod storage;
pub(crate) mod store;
pub(crate) mod stored_row;
mod text_column;
pub(crate) mod vacuum;
pub(crate) mod visible_files;

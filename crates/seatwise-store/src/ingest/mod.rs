//! Import: files are read, checked, sorted, compared with stored deliveries, and committed.
//!
//! Domains of customers, receipts and the list of imports are stored here too. This room uses `table` and
//! `model`.

pub(crate) mod batch;
pub(crate) mod bounds;
pub(crate) mod checked;
pub(crate) mod commit;
pub(crate) mod compare;
pub(crate) mod contradiction;
pub(crate) mod damaged_files;
pub(crate) mod domains;
pub(crate) mod domains_in_rows;
pub(crate) mod existing_deliveries;
pub mod import;
pub(crate) mod losses;
pub(crate) mod matching;
pub(crate) mod mend;
pub(crate) mod outcomes;
pub(crate) mod parquet_writer;
pub(crate) mod past_imports;
pub(crate) mod progress;
pub(crate) mod ranges;
pub(crate) mod receipts;
pub(crate) mod staging;
pub(crate) mod subject;
pub(crate) mod tally;
pub(crate) mod trial;
pub(crate) mod whole_deliveries;
pub(crate) mod writing;

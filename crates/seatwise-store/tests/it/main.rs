//! Tests of the store through its public API, on real folders.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod any_file;
mod axes;
mod backed_up;
mod cases;
mod changes_by_customer;
mod clock;
mod complete;
mod coverage;
mod damage;
mod domains;
mod durability;
mod explained;
mod exported;
mod figures;
mod folder;
mod followed;
mod foreign;
mod forgotten;
mod forms;
mod given_up;
mod history;
mod idle;
mod idle_files;
mod import;
mod ledger;
mod listing;
mod live_rows;
mod losses;
mod memory;
mod mended;
mod mended_only;
mod monthly;
mod names;
mod past_imports;
mod private;
mod receipts;
mod replaced;
mod several_files;
mod test_store;
mod together;
mod upkeep;
mod vacuumed;

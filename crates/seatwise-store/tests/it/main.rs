//! Tests of the store through its public API, on real folders.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(
    clippy::too_many_lines,
    reason = "a test is one story, with the outputs that it compares"
)]

mod any_file;
mod axes;
mod backed_up;
mod bridged;
mod cases;
mod changes_by_customer;
mod clock;
mod compacted;
mod complete;
mod coverage;
mod damage;
mod damaged_folders;
mod domains;
mod domains_file;
mod durability;
mod erased;
mod existing_deliveries;
mod explained;
mod export_files;
mod exported;
mod exported_tables;
mod figures;
mod flipped;
mod folder;
mod followed;
mod foreign;
mod forgotten;
mod forms;
mod given_up;
mod history;
mod idle;
mod idle_cases;
mod idle_files;
mod import;
mod import_formats;
mod ledger;
mod listing;
mod live_rows;
mod losses;
mod lost;
mod memory;
mod mended;
mod mended_any;
mod mended_only;
mod mended_versions;
mod monthly;
mod monthly_ranges;
mod moved;
mod names;
mod no_value;
mod objects;
mod past_imports;
mod private;
mod receipts;
mod replaced;
mod restatements;
mod settled;
mod settled_at_random;
mod several_files;
mod test_store;
mod together;
mod unreliable;
mod upkeep;
mod vacuumed;

//! Tests of the store through its public calls, on real folders.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod any_file;
mod axes;
mod complete;
mod durability;
mod explained;
mod figures;
mod folder;
mod history;
mod house;
mod import;
mod listing;
mod losses;
mod monthly;
mod receipts;
mod several_files;
mod together;
mod upkeep;

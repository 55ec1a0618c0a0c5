//! Tests of the store through its public calls, on real folders.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod any_file;
mod axes;
mod cases;
mod clock;
mod coverage;
mod damage;
mod domains;
mod durability;
mod explained;
mod figures;
mod folder;
mod forms;
mod history;
mod house;
mod import;
mod listing;
mod monthly;
mod receipts;
mod together;
mod upkeep;

//! Tests of the store through its public calls, on real folders.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod any_file;
mod durability;
mod figures;
mod folder;
mod house;
mod import;
mod monthly;
mod receipts;
mod together;

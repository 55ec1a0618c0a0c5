//! Tests of the store through its public calls, on real folders.

mod durability;
mod figures;
mod folder;
mod house;
mod import;
mod together;

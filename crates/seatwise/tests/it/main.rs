//! Tests of the binary as people and scripts meet it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod demo;
mod directions;
mod documents;
mod figures;
mod house;
mod import;
mod killed;
mod seed;
mod sign_in;

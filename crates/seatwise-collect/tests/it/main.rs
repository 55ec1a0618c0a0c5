//! Tests of the collector against real servers and a store in a temporary folder.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod domains;
mod fake;
mod gaps;
mod mended;
mod pace;
mod pages;
mod portfolio;
mod source;
mod stopped;

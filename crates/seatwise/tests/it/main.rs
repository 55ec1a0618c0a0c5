//! Tests of the binary from the outside.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(
    clippy::too_many_lines,
    reason = "a test is one story, with the outputs that it compares"
)]

#[cfg(target_os = "linux")]
mod abuse;
mod circles;
mod clients;
mod collect;
mod collect_on_request;
mod collecting_server;
mod crash;
mod customers;
mod damaged;
mod demo;
mod development_sign_in;
mod directions;
mod documents;
mod emulator;
mod emulator_page;
mod end_to_end;
mod exported;
mod extensions;
mod figures;
mod forget;
mod health_check;
mod help;
mod hints;
mod idle;
mod import;
mod killed;
mod man;
mod monthly;
mod object_storage;
mod one_build;
mod operations;
mod page_sign_in;
mod process;
mod profile;
mod query;
mod read_here;
mod readme;
mod ready;
mod repair;
mod sdk_examples;
mod sdk_tls;
mod secure;
mod seed;
mod served;
mod sign_in;
mod upkeep;
mod uploads;

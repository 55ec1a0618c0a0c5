//! The server through its router and over real sockets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(
    clippy::too_many_lines,
    reason = "a test is one story, with the outputs that it compares"
)]

mod agreement;
mod answers;
mod axes;
mod changes;
mod commercial;
mod customers;
mod documented;
mod dotnet;
mod duties;
mod erased;
mod errors;
mod extensions;
mod extractors;
mod fake_issuer;
mod harness;
mod hostile_tokens;
mod idle;
mod import_folder;
mod import_folder_waits;
mod imports;
mod issuers;
mod java;
mod limits;
mod local;
mod log;
mod mfa;
mod monthly;
mod news;
mod openapi;
mod operators;
#[cfg(unix)]
mod permissions;
mod published;
mod questions;
mod recorder;
mod running;
mod sockets;
mod targets;
mod tls;
mod tokens;
mod unreadable;
mod unusual_tokens;

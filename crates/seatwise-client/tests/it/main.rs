//! The client against servers that return raw bytes.

#![expect(
    clippy::unwrap_used,
    reason = "clippy does not see that the helpers belong to tests"
)]

mod answers;
mod axes;
mod base_url;
mod chain;
mod commercial;
mod connections;
mod customers;
mod faults;
mod in_process;
mod pace;
mod readiness;
mod redirects;
mod requests;
mod retries;
mod scripted;
mod secret_file;
mod secrets;
mod sign_in;
mod support;

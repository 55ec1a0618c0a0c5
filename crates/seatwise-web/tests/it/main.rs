//! The pages through the router of a server.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod agreement;
mod downloads;
mod every_page;
mod harness;
mod hostile;
mod other_times;
mod sign_in;

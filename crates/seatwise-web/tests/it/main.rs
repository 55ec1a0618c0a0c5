//! Tests of the pages through the router of a server.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(
    clippy::too_many_lines,
    reason = "a test is one story, with the outputs that it compares"
)]

mod agreement;
mod ahead;
mod customer_names;
mod data_page;
mod downloads;
mod every_page;
mod fake_issuer;
mod guests;
mod harness;
mod hostile;
mod late_customer;
mod open_id;
mod other_times;
mod routes;
mod sign_in;

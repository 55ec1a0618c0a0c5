//! The contract, tested to the byte.

#![expect(
    clippy::unwrap_used,
    reason = "clippy does not see that the helpers belong to tests"
)]
#![expect(
    clippy::too_many_lines,
    reason = "a test is one story, with the outputs that it compares"
)]

mod any_json;
mod customers;
mod date;
mod encoding;
mod errors;
mod query;
mod round_trip;
mod samples;
mod tolerance;
mod values;

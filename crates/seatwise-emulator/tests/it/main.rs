//! The emulator and the development identity in a server, through its router and over real sockets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(
    clippy::too_many_lines,
    reason = "a test is one story, with the outputs that it compares"
)]

mod control;
mod dev_identity;
mod dev_provider;
mod faults;
mod limits;
mod real_clock;
mod token;

#[path = "../../../seatwise-server/tests/it/fake_issuer.rs"]
#[expect(dead_code, reason = "the server's tests use all of it")]
mod fake_issuer;
#[path = "../../../seatwise-server/tests/it/harness.rs"]
#[expect(dead_code, reason = "the server's tests use all of it")]
mod harness;
#[path = "../../../seatwise-server/tests/it/recorder.rs"]
mod recorder;
#[path = "../../../seatwise-server/tests/it/running.rs"]
#[expect(dead_code, reason = "the server's tests use all of it")]
mod running;
#[path = "../../../seatwise-server/tests/it/tokens.rs"]
#[expect(dead_code, reason = "the server's tests use all of it")]
mod tokens;

//! The emulator's settings from the command line.

use std::io;
use std::sync::Arc;

use seatwise_emulator::{DevIdentity, Emulator};

use crate::cli;
use crate::portfolio;

/// The settings. Portfolios are made like the demo's.
pub(crate) fn settings(args: cli::Emulator, identity: Option<DevIdentity>) -> Emulator {
    let make =
        |recipe, folder: &_| portfolio::write_files(recipe, folder).map_err(io::Error::other);
    Emulator {
        faults: args.fault,
        seed: args.fault_seed,
        limits: args.limits,
        now: args.now,
        identity,
        ..Emulator::new(Arc::new(make))
    }
}

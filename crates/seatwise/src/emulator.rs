//! The emulator as the command line asks for it.

use std::io;
use std::sync::Arc;

use seatwise_server::Emulator;

use crate::cli;
use crate::portfolio;

/// The settings, with the portfolios of the demo.
pub(crate) fn settings(args: cli::Emulator) -> Emulator {
    let make =
        |recipe, folder: &_| portfolio::write_files(recipe, folder).map_err(io::Error::other);
    Emulator {
        faults: args.fault,
        seed: args.fault_seed,
        limits: args.limits,
        now: args.now,
        ..Emulator::new(Arc::new(make))
    }
}

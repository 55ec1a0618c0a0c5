//! `seatwise completions`: a script that completes this command line.

use clap::CommandFactory as _;

use seatwise_service::Result;

use crate::cli::{Cli, Completions};
use crate::output;

pub(crate) fn run(args: Completions) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "seatwise", &mut script);
    output::line(String::from_utf8_lossy(&script).trim_end())
}

//! `seatwise man`: a man page for each command.

use std::path::Path;
use std::{fs, io};

use clap::{Command, CommandFactory as _};

use seatwise_service::{Error, Result};

use crate::cli::{Cli, Man};
use crate::output;

pub(crate) fn run(args: &Man) -> Result<()> {
    let folder = args.to.display();
    // Not `access::create_folder`: man pages are for all users of the computer.
    fs::create_dir_all(&args.to).map_err(Error::cannot(format!("create `{folder}`")))?;
    let mut command = Cli::command().disable_help_subcommand(true);
    // Gives the commands their full names, such as `seatwise-query-usage`.
    command.build();
    write(&command, &args.to).map_err(Error::cannot(format!("write man pages into `{folder}`")))?;
    output::line(format_args!("man pages are in {folder}"))
}

/// Writes the page of a command, and those of the commands below it.
fn write(command: &Command, folder: &Path) -> io::Result<()> {
    for below in command.get_subcommands() {
        write(below, folder)?;
    }
    let page = clap_mangen::Man::new(command.clone())
        .source(concat!("seatwise ", env!("CARGO_PKG_VERSION")))
        .manual("Seatwise");
    page.generate_to(folder)?;
    Ok(())
}

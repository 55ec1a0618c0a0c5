//! `seatwise`: the one binary. Reads the command line, runs one command, says how it ended.

mod cli;
mod commands;
mod connection;
mod emulator;
mod exit;
mod output;
mod portfolio;
mod profile;
mod system;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command};

fn main() -> ExitCode {
    let cli = Cli::parse();
    system::log(&cli.command);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(err) => return exit::failed(&err.into()),
    };
    // Commands are large state machines: on the heap they do not weigh on this thread's stack.
    let ended = runtime.block_on(Box::pin(run(cli.command)));
    // A blocking read of standard input may never end; nobody waits for it.
    runtime.shutdown_background();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => exit::failed(&err),
    }
}

async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Demo(args) => commands::demo::run(args).await,
        Command::Import(args) => commands::import::run(args).await,
        Command::Serve(args) => commands::serve::run(*args).await,
        Command::Usage(args) => commands::figures::usage(args).await,
        Command::Deployment(args) => commands::figures::deployment(args).await,
        Command::Customers(args) => commands::customers::run(args).await,
        Command::Query(args) => commands::query::run(args).await,
        Command::Login(args) => commands::login::run(args).await,
        Command::Logout(args) => commands::logout::run(&args),
        Command::Status(args) => commands::status::run(args).await,
        Command::Token(args) => commands::token::run(args),
        Command::Completions(args) => commands::completions::run(args),
    }
}

//! The command line of Seatwise: parses arguments, runs one command, and returns an exit code.
//!
//! This is a library, so that cargo compiles it in parallel with its dependencies. `main.rs` calls
//! it.

mod browser;
mod cli;
mod commands;
mod connection;
mod customer;
mod demo_folder;
mod demo_prices;
mod emulator;
mod local;
mod output;
mod portfolio;
mod profile;
mod ready_file;
mod system;
mod table;

use std::process::ExitCode;

use seatwise_service::{Error, Log, Result};

use crate::cli::{Cli, Command, TextOrJson};

/// Runs the command in the arguments of this process, and returns its exit code.
pub fn main() -> ExitCode {
    let cli = match profile::command_line(std::env::args_os().collect()) {
        Ok(cli) => cli,
        Err(err) => return failed(&err),
    };
    let log = match &cli.command {
        Command::Serve(args) => Log::of_server(args.log == TextOrJson::Json),
        _ => {
            Log::of_command();
            None
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(err) => return failed(&err.into()),
    };
    // Commands are large futures. On the heap they do not overflow this thread's stack.
    let ended = runtime.block_on(Box::pin(run(cli)));
    // A blocking read of standard input may never return, so do not wait for it.
    runtime.shutdown_background();
    drop(log);
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => failed(&err),
    }
}

/// Prints the error to standard error, and returns its exit code.
fn failed(err: &Error) -> ExitCode {
    if !matches!(err, Error::OutputClosed) {
        output::error(err);
    }
    err.exit_code().code().into()
}

async fn run(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Init(args) => commands::init::run(args, &cli.settings),
        Command::Demo(args) => commands::demo::run(args).await,
        Command::Import(args) => commands::import::run(args).await,
        Command::Collect(args) => commands::collect::run(args).await,
        Command::Runs(args) => commands::runs::run(&args),
        Command::Doctor(args) => commands::doctor::run(args).await,
        Command::Serve(args) => Box::pin(commands::serve::run(*args)).await,
        Command::Usage(args) => commands::figures::usage(args).await,
        Command::Deployment(args) => commands::figures::deployment(args).await,
        Command::Customers(args) => commands::customers::run(args).await,
        Command::Query(args) => commands::query::run(args).await,
        Command::History(args) => commands::history::run(args).await,
        Command::Explain(args) => commands::explain::run(args).await,
        Command::Imports(args) => commands::imports::run(args).await,
        Command::Coverage(args) => commands::coverage::run(args).await,
        Command::Changes(args) => commands::changes::run(args).await,
        Command::Idle(args) => match args.file {
            Some(files) => commands::idle_files::run(files).await,
            None => Box::pin(commands::idle::run(*args.question)).await,
        },
        Command::Monthly(args) => commands::monthly::run(args).await,
        Command::Login(args) => commands::login::run(args).await,
        Command::Logout(args) => commands::logout::run(&args),
        Command::Status(args) => commands::status::run(args).await,
        Command::Compact(args) => commands::compact::run(args).await,
        Command::Verify(args) => commands::verify::run(args).await,
        Command::Repair(args) => commands::repair::run(args).await,
        Command::Backup(args) => commands::backup::backup(args).await,
        Command::Restore(args) => commands::backup::restore(args).await,
        Command::Export(args) => commands::export::run(args).await,
        Command::Forget(args) => commands::forget::run(args).await,
        Command::Guests(args) => commands::guests::run(args).await,
        Command::Token(args) => commands::token::run(args),
        Command::Ready(args) => commands::ready::run(args).await,
        Command::Completions(args) => commands::completions::run(args),
        Command::Man(args) => commands::man::run(&args),
    }
}

/// Compiles the examples of the page for users of .NET.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/from-dotnet.md")]
struct FromDotnet;

/// Compiles the example of the page for Rust programs.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/clients/rust.md")]
struct RustPage;

/// Compiles the Rust example of the page about the emulator.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/emulator.md")]
struct EmulatorPage;

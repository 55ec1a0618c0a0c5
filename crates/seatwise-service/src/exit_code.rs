//! The exit codes of commands.

use std::fmt::Write as _;

/// How a command ends, as a number for scripts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ExitCode {
    /// Done.
    Done = 0,
    /// Any other failure.
    Unexpected = 1,
    /// Invalid arguments; clap uses the same code.
    Arguments = 2,
    /// Not signed in, or not allowed.
    NotAllowed = 3,
    /// The requested item does not exist.
    NotFound = 4,
    /// The service returned another error.
    Service = 5,
    /// The service cannot be reached, or the address is in use.
    Connection = 6,
    /// A file to import is invalid.
    Input = 7,
    /// The data folder cannot be used.
    Store = 8,
    /// Stopped with Ctrl-C: 128 plus the number of the signal, as in shells.
    Interrupted = 128 + 2,
    /// Stopped with SIGTERM.
    Terminated = 128 + 15,
}

impl ExitCode {
    /// The codes with a line of their own in the help.
    const IN_HELP: [Self; 9] = [
        Self::Done,
        Self::Unexpected,
        Self::Arguments,
        Self::NotAllowed,
        Self::NotFound,
        Self::Service,
        Self::Connection,
        Self::Input,
        Self::Store,
    ];

    /// The number.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// What it means, for the help.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done (also when everything was known already)",
            Self::Unexpected => "unexpected failure",
            Self::Arguments => "arguments that cannot be used",
            Self::NotAllowed => "not signed in, or not allowed",
            Self::NotFound => "not found",
            Self::Service => "the service answered with an error",
            Self::Connection => "the service cannot be reached, or the address is taken",
            Self::Input => "a file to import is wrong: nothing of it was stored",
            Self::Store => "the data folder cannot be used",
            Self::Interrupted => "stopped before the end, with Ctrl-C",
            Self::Terminated => "stopped before the end, with SIGTERM",
        }
    }

    /// The list of all codes, for the help.
    pub fn help() -> String {
        let mut help = "Exit codes:\n".to_owned();
        for exit in Self::IN_HELP {
            // Writing into memory does not fail.
            writeln!(help, "  {}  {}", exit.code(), exit.meaning()).ok();
        }
        let (interrupted, terminated) = (Self::Interrupted.code(), Self::Terminated.code());
        let stopped = "stopped before the end, with Ctrl-C or SIGTERM";
        write!(help, "  {interrupted}, {terminated}  {stopped}").ok();
        help
    }
}

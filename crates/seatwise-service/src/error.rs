//! The error of a command: one type, with an exit code and a hint.

use std::error::Error as StdError;
use std::io;

use seatwise_client::{Error as ClientError, ErrorKind};
use seatwise_collect::CollectError;
use seatwise_emulator::{ClockStartError, DevIdentityError};
use seatwise_server::StartError;
use seatwise_store::StoreError;
use seatwise_store::import::ImportError;

use crate::ExitCode;
use crate::hint::{client_hint, collect_hint, import_hint, start_hint};

/// The result of a command or a part of it.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A failure with its own code and hint.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// A failure with its own code and hint, and its cause.
    #[error("{failure}")]
    Caused {
        /// The failure.
        failure: Failure,
        /// Its cause.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// Files cannot be imported.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A call of a service failed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A collection failed.
    #[error(transparent)]
    Collect(#[from] CollectError),
    /// The data folder cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The development identity in the data folder cannot be used.
    #[error(transparent)]
    DevIdentity(#[from] DevIdentityError),
    /// The clock of the emulator cannot begin at this instant.
    #[error(transparent)]
    EmulatorClock(#[from] ClockStartError),
    /// The server cannot start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The same, in a server that is to collect.
    #[error("cannot collect while serving")]
    WhileServing(#[source] Box<Error>),
    /// A file or folder cannot be read or written.
    #[error("cannot {action}")]
    File {
        /// What was tried, such as "create `data`".
        action: String,
        /// What the system said.
        source: io::Error,
    },
    /// Standard output was closed by its reader, as in `seatwise usage | head -1`. This is no
    /// failure.
    #[error("standard output was closed by its reader")]
    OutputClosed,
    /// Any other error.
    #[error(transparent)]
    Unexpected(Box<dyn StdError + Send + Sync>),
}

/// A failure with its own exit code and hint.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The exit code.
    pub code: ExitCode,
    /// What is wrong.
    pub message: String,
    /// What to do about it; `None` if there is nothing to do.
    pub hint: Option<String>,
}

impl Error {
    /// Makes the error of an action on a file, such as "create `data`".
    pub fn cannot(action: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let action = action.into();
        move |source| Self::File { action, source }
    }

    /// The exit code.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Failure(failure) | Self::Caused { failure, .. } => failure.code,
            Self::Import(err) => import_code(err),
            Self::Client(err) => client_code(err),
            Self::Collect(err) => match err {
                CollectError::Import(err) => import_code(err),
                CollectError::Store(_) | CollectError::Busy { .. } | CollectError::File { .. } => {
                    ExitCode::Store
                }
                _ => err.of_the_source().map_or(ExitCode::Service, client_code),
            },
            Self::Store(_) | Self::DevIdentity(_) => ExitCode::Store,
            Self::Start(StartError::Listen { .. }) => ExitCode::Connection,
            Self::Start(_) | Self::EmulatorClock(_) => ExitCode::Arguments,
            Self::WhileServing(err) => err.exit_code(),
            Self::OutputClosed => ExitCode::Done,
            Self::File { .. } | Self::Unexpected(_) => ExitCode::Unexpected,
        }
    }

    /// What to do about it; `None` if nothing is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Failure(failure) | Self::Caused { failure, .. } => failure.hint.clone(),
            Self::Import(err) => import_hint(err).map(ToOwned::to_owned),
            Self::Client(err) => client_hint(err, "--url"),
            Self::Collect(err) => Some(collect_hint(err)),
            Self::Store(err) => err.hint().map(ToOwned::to_owned),
            Self::Start(err) => start_hint(err).map(ToOwned::to_owned),
            Self::WhileServing(err) => err.hint(),
            Self::DevIdentity(_)
            | Self::EmulatorClock(_)
            | Self::File { .. }
            | Self::OutputClosed
            | Self::Unexpected(_) => None,
        }
    }

    /// Lines between the error and the hint: the bad rows of a file.
    pub fn details(&self) -> Vec<String> {
        match self {
            Self::Import(ImportError::BadRows { bad, .. }) => bad.lines().collect(),
            _ => Vec::new(),
        }
    }
}

/// Errors without a code of their own.
macro_rules! unexpected {
    ($($error:ty),+) => {
        $(impl From<$error> for Error {
            fn from(err: $error) -> Self {
                Self::Unexpected(Box::new(err))
            }
        })+
    };
}

unexpected!(
    io::Error,
    jiff::Error,
    serde_json::Error,
    tokio::task::JoinError,
    seatwise_store::IdleFileSetError
);

fn import_code(err: &ImportError) -> ExitCode {
    match err.store() {
        Some(_) => ExitCode::Store,
        None => ExitCode::Input,
    }
}

/// The exit code of a failed call.
pub fn client_code(err: &ClientError) -> ExitCode {
    match err.kind() {
        _ if err.is_unauthorized() || err.is_forbidden() => ExitCode::NotAllowed,
        _ if err.is_not_found() => ExitCode::NotFound,
        ErrorKind::SignIn { .. } if err.is_retryable() => ExitCode::Service,
        ErrorKind::Auth | ErrorKind::DevelopmentToken | ErrorKind::SignIn { .. } => {
            ExitCode::NotAllowed
        }
        ErrorKind::Connection | ErrorKind::Timeout | ErrorKind::Tls { .. } => ExitCode::Connection,
        ErrorKind::Invalid => ExitCode::Arguments,
        _ => ExitCode::Service,
    }
}

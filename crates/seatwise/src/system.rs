//! What the process gets from the system: time, random ids, signals, the settings folder.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use seatwise_server::{Clock, NewId};
use seatwise_service::ExitCode;
use sysinfo::{MemoryRefreshKind, System};
use uuid::{Builder, Uuid};

/// The time now.
#[expect(
    clippy::disallowed_methods,
    reason = "here the clock is read for all other code"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// The columns of the terminal, from the environment; `None` if it is not set.
#[expect(
    clippy::disallowed_methods,
    reason = "here the environment is read for all other code"
)]
pub(crate) fn columns() -> Option<usize> {
    std::env::var("COLUMNS").ok()?.parse().ok()
}

/// The variables of the environment whose names and values are text.
pub(crate) fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// The clock of the system.
pub(crate) fn clock() -> Clock {
    Arc::new(now)
}

/// The memory of the machine or container, in bytes; 0 if unknown.
pub(crate) fn memory() -> u64 {
    let mut system = System::new();
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let container = system.cgroup_limits().map(|limits| limits.total_memory);
    let machine = system.total_memory();
    container.map_or(machine, |bytes| bytes.min(machine))
}

/// Makes random ids. The generator is seeded from the system from time to time, so most ids need no
/// system call.
pub(crate) fn new_id() -> NewId {
    #[expect(
        clippy::disallowed_methods,
        reason = "here ids are made for all other code"
    )]
    fn random() -> Uuid {
        Builder::from_random_bytes(rand::random()).into_uuid()
    }
    Arc::new(random)
}

/// The folder for settings of the user's programs; `None` if there is none.
pub(crate) fn settings_folder() -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "where a system has such a folder is its convention and not a setting of Seatwise"
    )]
    let named = std::env::var_os(if cfg!(windows) {
        "APPDATA"
    } else {
        "XDG_CONFIG_HOME"
    });
    // The XDG convention ignores a relative path.
    match named
        .map(PathBuf::from)
        .filter(|folder| folder.is_absolute())
    {
        Some(folder) => Some(folder),
        None => Some(std::env::home_dir()?.join(".config")),
    }
}

/// The signal that asked the process to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// With Ctrl-C.
    Interrupt,
    /// With SIGTERM, from a service manager.
    Terminate,
}

impl Asked {
    /// The exit code of a command that was interrupted.
    pub(crate) fn code(self) -> ExitCode {
        match self {
            Self::Interrupt => ExitCode::Interrupted,
            Self::Terminate => ExitCode::Terminated,
        }
    }
}

/// The signals that ask the process to end: Ctrl-C, and SIGTERM from a service manager.
///
/// While this exists, the signals do not kill the process: the command ends by itself. Create it
/// before you report that the command runs, because a signal can arrive at once.
pub(crate) struct EndSignals {
    interrupt: Signal,
    #[cfg(unix)]
    terminate: Signal,
}

#[cfg(not(unix))]
type Signal = tokio::signal::windows::CtrlC;
#[cfg(unix)]
type Signal = tokio::signal::unix::Signal;

impl EndSignals {
    /// Registers for the signals. Fails if the system does not allow it.
    #[cfg(unix)]
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Registers for the signal. Fails if the system does not allow it.
    #[cfg(not(unix))]
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: tokio::signal::windows::ctrl_c()?,
        })
    }

    /// Waits for the first signal.
    #[cfg(unix)]
    pub(crate) async fn first(mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked::Interrupt,
            _ = self.terminate.recv() => Asked::Terminate,
        }
    }

    /// Waits for the first signal.
    #[cfg(not(unix))]
    pub(crate) async fn first(mut self) -> Asked {
        self.interrupt.recv().await;
        Asked::Interrupt
    }
}

//! What the process takes from the system: the time, random ids, signals, the user's settings folder.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use seatwise_server::{Clock, NewId};
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

/// How many columns the terminal has, if the environment says it.
#[expect(
    clippy::disallowed_methods,
    reason = "here the environment is read for all other code"
)]
pub(crate) fn columns() -> Option<usize> {
    std::env::var("COLUMNS").ok()?.parse().ok()
}

/// The clock of the system.
pub(crate) fn clock() -> Clock {
    Arc::new(now)
}

/// Bytes of memory that the machine has, or the container in which the process runs; 0 if that
/// cannot be found out.
pub(crate) fn memory() -> u64 {
    let mut system = System::new();
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let container = system.cgroup_limits().map(|limits| limits.total_memory);
    let machine = system.total_memory();
    container.map_or(machine, |bytes| bytes.min(machine))
}

/// Random ids. The generator is seeded by the system, and again every now and then, so that an answer
/// need not ask the system for each of its ids.
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

/// The folder in which the user's programs keep their settings; nothing if there is none.
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
    // The convention says that a relative one does not count.
    match named
        .map(PathBuf::from)
        .filter(|folder| folder.is_absolute())
    {
        Some(folder) => Some(folder),
        None => Some(std::env::home_dir()?.join(".config")),
    }
}

/// How the process was asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// With Ctrl-C.
    Interrupt,
    /// With SIGTERM, as service managers do.
    Terminate,
}

impl Asked {
    /// The exit code of a command that ends for it before it is done, as shells have it: 128 and the
    /// number of the signal.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Interrupt => 128 + 2,
            Self::Terminate => 128 + 15,
        }
    }
}

/// The signals that ask the process to end: Ctrl-C, and SIGTERM from a service manager.
///
/// From when this is made, these signals no longer kill the process: the command that made it ends by itself.
/// So make it before anything says that the command runs, or a signal that comes at once kills it.
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
    /// Takes the signals over. An error means that the system does not allow it.
    #[cfg(unix)]
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Takes the signal over. An error means that the system does not allow it.
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

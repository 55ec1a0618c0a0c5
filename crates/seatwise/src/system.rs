//! What the process takes from the system: the time, random ids, signals, the user's settings folder.

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

/// Ends when the process is asked to end: Ctrl-C, or SIGTERM from a service manager.
pub(crate) async fn asked_to_end() -> Asked {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without the signal the process ends the hard way.
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => Asked::Interrupt,
        () = terminate => Asked::Terminate,
    }
}

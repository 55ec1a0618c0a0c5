//! The progress of an import, and a way to stop it.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The progress of an import, and a way to stop it, for use from another thread.
#[derive(Debug, Default)]
pub struct Progress {
    bytes: AtomicU64,
    rows: AtomicU64,
    is_stopped: AtomicBool,
}

impl Progress {
    /// Bytes read so far, compressed if the files are.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Rows read so far.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Stops the import because it takes too long. It ends with an error of its input, and nothing
    /// is stored. An import that has read all its files continues, unless it is still finding out what
    /// damaged files had.
    pub fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }

    pub(crate) fn add_bytes(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn add_rows(&self, rows: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }

    /// Whether the import was stopped.
    pub(crate) fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    /// # Errors
    /// If the import was stopped.
    pub(crate) fn check(&self) -> io::Result<()> {
        if self.is_stopped() {
            let reason = "it takes too long to read: import it in parts";
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        Ok(())
    }
}

//! How far an import is, and whether it may go on.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How far an import is, and whether it may go on; to be looked at from another thread.
#[derive(Debug, Default)]
pub struct Progress {
    bytes: AtomicU64,
    rows: AtomicU64,
    is_stopped: AtomicBool,
}

impl Progress {
    /// Bytes read so far, of the files as they are on the disk.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Rows read so far.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Stops the import because it takes too long: it ends with an error of its input, and nothing
    /// is stored. An import that has read all of its files goes on, unless it is still looking for what
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

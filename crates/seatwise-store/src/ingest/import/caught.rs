//! A panic over what stands in a file is an error of that file, and of no other.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a step of reading a file. Libraries may panic over bytes that no program has written, such as
/// a Parquet file with a flipped bit.
///
/// # Errors
/// Those of the step; if it panics, that the file is damaged. What the step read from is not to be
/// used after an error.
pub(super) fn caught<T>(step: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    catch_unwind(AssertUnwindSafe(step)).unwrap_or_else(|_| {
        let reason = "it is damaged: it holds what no program writes; write it once more";
        Err(io::Error::new(io::ErrorKind::InvalidData, reason))
    })
}

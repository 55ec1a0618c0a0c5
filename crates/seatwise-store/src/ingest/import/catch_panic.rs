//! Turns a panic over the content of a file into an error of that file.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a step of reading a file. Libraries can panic over damaged bytes, such as a flipped bit in
/// a Parquet file.
///
/// # Errors
/// Those of the step; if it panics, that the file is damaged. After an error, do not use the reader
/// again.
pub(super) fn catch_panic<T>(step: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    catch_unwind(AssertUnwindSafe(step)).unwrap_or_else(|_| {
        let reason = "it is damaged: it contains what no program writes; write it again";
        Err(io::Error::new(io::ErrorKind::InvalidData, reason))
    })
}

//! Writes the body of a request to the disk, never all of it to memory.

use std::fs::File;
use std::io;
use std::path::Path;

use anyhow::anyhow;
use aws_lc_rs::digest::{Context, SHA256};
use axum::body::{Body, Bytes};
use http::StatusCode;
use http_body_util::BodyExt;
use seatwise_types::ErrorCode;
use tokio::io::AsyncWriteExt;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout, timeout_at};

use super::bounds::body_too_long;
use super::error::ApiError;
use super::limits::Limits;

/// A complete body.
pub(crate) struct Upload {
    /// A file without a name, which disappears with the process at the latest.
    pub(crate) file: File,
    /// The SHA-256 of the content, in hexadecimal digits.
    pub(crate) hash: String,
}

/// Writes a body to a temporary file in this folder. It reads the next bytes after it has written
/// the previous ones, so a fast client waits for the disk.
pub(crate) async fn receive(
    mut body: Body,
    folder: &Path,
    limits: &Limits,
) -> Result<Upload, ApiError> {
    let at = folder.to_owned();
    let file = spawn_blocking(move || tempfile::tempfile_in(at)).await;
    let file = file.map_err(io::Error::from).flatten().map_err(unwritten)?;
    let mut file = tokio::fs::File::from_std(file);
    let mut hash = Context::new(&SHA256);
    let mut room = limits.import_body;
    let end = Instant::now() + limits.import_body_timeout;
    while let Some(bytes) = next_bytes(&mut body, end, limits).await? {
        room = room
            .checked_sub(bytes.len() as u64)
            .ok_or_else(|| body_too_long(limits.import_body))?;
        hash.update(&bytes);
        file.write_all(&bytes).await.map_err(unwritten)?;
    }
    file.flush().await.map_err(unwritten)?;
    let hash = hash.finish();
    Ok(Upload {
        file: file.into_std().await,
        hash: hash
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
    })
}

/// The next bytes of a body, with a deadline; `None` at its end.
async fn next_bytes(
    body: &mut Body,
    end: Instant,
    limits: &Limits,
) -> Result<Option<Bytes>, ApiError> {
    let too_slow = |description| {
        ApiError::new(ErrorCode::InvalidInput, description).with_status(StatusCode::REQUEST_TIMEOUT)
    };
    loop {
        let frame = timeout(limits.import_idle, timeout_at(end, body.frame())).await;
        let frame = frame.map_err(|_| {
            let waited = limits.import_idle;
            too_slow(format!("nothing of the body came for {waited:?}"))
        })?;
        let frame = frame.map_err(|_| {
            let longest = limits.import_body_timeout;
            too_slow(format!("the body did not come within {longest:?}"))
        })?;
        match frame.transpose() {
            Ok(None) => return Ok(None),
            // Other frames are trailers, which are ignored.
            Ok(Some(frame)) => {
                if let Ok(bytes) = frame.into_data() {
                    return Ok(Some(bytes));
                }
            }
            Err(err) => {
                let description = format!("the body broke off: {err}");
                return Err(ApiError::new(ErrorCode::InvalidInput, description));
            }
        }
    }
}

fn unwritten(err: io::Error) -> ApiError {
    use io::ErrorKind::{QuotaExceeded, StorageFull};
    let is_full = matches!(err.kind(), StorageFull | QuotaExceeded);
    ApiError::unstored(
        is_full,
        anyhow!(err).context("cannot write a body to the disk"),
    )
}

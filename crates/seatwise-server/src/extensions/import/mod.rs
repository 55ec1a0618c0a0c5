//! Imports by request: `POST /seatwise/v1/import`.

mod idempotency;
mod parameters;
mod refusal;

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, anyhow};
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use seatwise_store::import::{ImportOptions, Input, Receipt};
use seatwise_store::{KeptReceipt, StoreError};
use seatwise_types::ErrorCode;
use seatwise_types::extensions::ImportWay;
use tokio::task::spawn_blocking;
use tracing::Instrument as _;

use self::idempotency::idempotency_key;
use self::parameters::{how, options};
use self::refusal::{LINE_ENDS, refused};
use crate::gate::Permit;
use crate::importing::{Claim, import_within, labels};
use crate::plumbing::error::{ApiError, JSON};
use crate::plumbing::upload::{self, Upload};
use crate::sign_in::Writer;
use crate::state::AppState;

pub(crate) use self::idempotency::IDEMPOTENCY_KEY;
pub(crate) use self::parameters::{DOWNLOADS, FORMATS, KINDS};
#[cfg(test)]
pub(crate) use self::refusal::BadRowsBody;

/// `POST /seatwise/v1/import`
pub(crate) async fn post(
    State(app): State<Arc<AppState>>,
    writer: Writer,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let options = options(&uri, writer.partner, &app.limits)?;
    refuse_form(&headers)?;
    // A dry run stores nothing, so it needs no protection against repetition.
    let key = idempotency_key(&headers)?.filter(|_| !options.dry_run);
    let place = app.imports.enter(writer.partner)?;
    let claim = key.map(|key| app.imports.claim(writer.partner, key));
    let claim = claim.transpose()?;
    let store = &app.imports.store;
    let upload = upload::receive(body, store.work_dir(), &app.limits).await?;
    let accepted = Accepted {
        content: format!("{} {}", upload.hash, how(&options)),
        upload,
        options,
        claim,
        place,
        is_marked_as_form: is_of_type(&headers, b"application/x-www-form-urlencoded"),
    };
    // In a separate task, so that a complete body is stored even if the client disconnects.
    let task = tokio::spawn(accepted.finish(Arc::clone(&app)).in_current_span());
    task.await.map_err(|err| {
        let cause = anyhow!(err).context("an import was not finished");
        ApiError::internal(StatusCode::INTERNAL_SERVER_ERROR, cause)
    })?
}

/// Rejects other methods.
pub(crate) async fn only_post() -> ApiError {
    let description = "this endpoint accepts files with POST, and nothing can be read from it";
    ApiError::new(ErrorCode::NotSupported, description).with_status(StatusCode::METHOD_NOT_ALLOWED)
}

/// A complete body, and everything that its import needs.
struct Accepted {
    upload: Upload,
    options: ImportOptions,
    /// Identifies the body and the parameters.
    content: String,
    /// Present if the import has a key.
    claim: Option<Claim>,
    place: Permit,
    /// curl sets the media type of a form with `-d`, which removes line ends, and also with
    /// `--data-binary`, which does not.
    is_marked_as_form: bool,
}

impl Accepted {
    async fn finish(self, app: Arc<AppState>) -> Result<Response, ApiError> {
        // Take the turn after the body has arrived, so that slow clients do not block others.
        let _turn = self.place.turn().await;
        let store = app.imports.store.clone();
        let (partner, now) = (self.options.partner, (app.real_clock)());
        let key = self.claim.as_ref().map(|claim| claim.import.1.clone());
        if let Some(key) = &key {
            let (store, key) = (store.clone(), key.clone());
            let kept = on_disk(move || store.kept_receipt(partner, &key, now)).await;
            let kept =
                kept.map_err(|cause| ApiError::internal(StatusCode::INTERNAL_SERVER_ERROR, cause))?;
            if let Some(kept) = kept {
                return the_receipt_again(kept, &self.content);
            }
        }
        let started = Instant::now();
        let input = Input::Open {
            name: "body".to_owned(),
            file: self.upload.file,
        };
        let longest = app.limits.import_reading;
        let imported = import_within(longest, &store, &self.options, input, now).await;
        app.metrics.imported(labels(ImportWay::Request, &imported));
        let receipt = imported.map_err(|err| refused(err, self.is_marked_as_form))?;
        if self.is_marked_as_form && receipt.rows_read == 0 {
            let description = format!("{LINE_ENDS}the body has no row below its header");
            return Err(ApiError::new(ErrorCode::InvalidInput, description));
        }
        log(&receipt);
        let text = serde_json::to_string(&receipt.timed(started.elapsed()));
        let text = text.expect("counts and names have a JSON form");
        if let Some(key) = key {
            let kept = KeptReceipt {
                key,
                content: self.content,
                kept_at: now,
                receipt: text.clone(),
            };
            if let Err(err) = on_disk(move || store.keep_receipt(partner, &kept)).await {
                // The rows are stored, so the response must be a success.
                tracing::error!(
                    error = format!("{err:#}"),
                    "the receipt of an import is not kept"
                );
            }
        }
        Ok(receipt_response(text))
    }
}

/// Rejects forms, which have the file among other parts.
fn refuse_form(headers: &HeaderMap) -> Result<(), ApiError> {
    if !is_of_type(headers, b"multipart/") {
        return Ok(());
    }
    let description = "the body must be the file itself and not a form: send it like `curl \
        --data-binary @FILE`";
    Err(ApiError::new(ErrorCode::InvalidInput, description)
        .with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE))
}

/// Whether the body's media type starts like this, in any case.
fn is_of_type(headers: &HeaderMap, beginning: &[u8]) -> bool {
    let media_type = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    media_type.is_some_and(|it| it.to_ascii_lowercase().starts_with(beginning))
}

fn the_receipt_again(kept: KeptReceipt, content: &str) -> Result<Response, ApiError> {
    if kept.content == content {
        return Ok(receipt_response(kept.receipt));
    }
    let description = "this `Idempotency-Key` was used for another body or other parameters: use \
        a new one";
    Err(ApiError::new(ErrorCode::InvalidInput, description)
        .with_status(StatusCode::UNPROCESSABLE_ENTITY))
}

fn receipt_response(receipt: String) -> Response {
    ([(CONTENT_TYPE, JSON)], receipt).into_response()
}

fn log(receipt: &Receipt) {
    tracing::info!(
        rows_read = receipt.rows_read,
        rows_stored = receipt.rows_stored,
        new = receipt.deliveries_new,
        unchanged = receipt.deliveries_unchanged,
        restated = receipt.deliveries_restated,
        losses = receipt.losses.rows,
        rejected = receipt.deliveries_rejected,
        dry_run = receipt.dry_run,
        "import finished"
    );
}

/// Runs a file operation on a blocking thread.
async fn on_disk<T: Send + 'static>(
    step: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> anyhow::Result<T> {
    let done = spawn_blocking(step).await.context("it panicked")?;
    done.context("cannot look after the receipts")
}

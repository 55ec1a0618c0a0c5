//! Imports by request: `POST /seatwise/v1/import`.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use jiff::Timestamp;
use seatwise_store::import::{
    BadRow, BadRows, Format, ImportError, ImportOptions, Input, Progress, Receipt, Report, import,
};
use seatwise_store::{KeptReceipt, Kind, Store, StoreError};
use seatwise_types::extensions::ImportWay;
use seatwise_types::{CustomerId, ErrorBody, ErrorCode, PartnerId, wire};
use serde::Serialize;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::Instrument as _;

use crate::AppState;
use crate::error::{ApiError, JSON};
use crate::gate::{Gate, Permit, Room};
use crate::limits::Limits;
use crate::metrics::ImportLabels;
use crate::parameters::Parameters;
use crate::sign_in::Writer;
use crate::upload::{self, Upload};

/// The path of imports.
pub(crate) const PATH: &str = "/seatwise/v1/import";

/// The parameters, named like the options of `seatwise import`.
const PARAMETERS: [&str; 9] = [
    "kind",
    "format",
    "download",
    "customer",
    "dryRun",
    "skipBadRows",
    "replace",
    "mend",
    "complete",
];

/// The values of `kind`.
pub(crate) const KINDS: [(&str, Kind); 2] =
    [("usage", Kind::Usage), ("deployment", Kind::Deployment)];

/// The values of `download`.
pub(crate) const DOWNLOADS: [(&str, Report); 2] = [
    ("OfficeUsage", Report::OfficeUsage),
    ("DynamicsUsage", Report::DynamicsUsage),
];

/// The values of `format`.
pub(crate) const FORMATS: [(&str, Format); 5] = [
    ("auto", Format::Auto),
    ("csv", Format::Csv),
    ("ndjson", Format::Ndjson),
    ("parquet", Format::Parquet),
    ("json", Format::Json),
];

/// The header that makes it safe to send an import again.
pub(crate) const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// Seconds after which a client can try again if too many bodies arrive or wait.
const COME_AGAIN: u32 = 5;

/// The most bodies that arrive or wait, for each import that can run.
const WAITING: usize = 3;

/// The most partners whose bodies can arrive at once, so that a few slow clients do not block
/// others. Each body is a temporary file of at most the largest body size.
const PARTNERS: usize = 16;

/// The shared state of imports.
pub(crate) struct Imports {
    pub(crate) store: Store,
    gate: Gate,
    /// The running imports that have a key.
    running: Arc<Mutex<HashSet<Running>>>,
}

/// The partner and key of an import.
type Running = (PartnerId, String);

impl Imports {
    pub(crate) fn new(store: Store, limits: &Limits) -> Self {
        let room = Room {
            at_once: limits.imports,
            of_partner: limits.imports_per_partner.min(limits.imports),
            waiting: WAITING,
            partners: PARTNERS,
        };
        Self {
            store,
            gate: Gate::new(room),
            running: Arc::default(),
        }
    }

    /// Rejects other imports with this key until the returned claim is dropped.
    fn claim(&self, partner: PartnerId, key: String) -> Result<Claim, ApiError> {
        let import = (partner, key);
        if !lock(&self.running).insert(import.clone()) {
            let description = "an import with this `Idempotency-Key` is running: try again later";
            let conflict = ApiError::new(ErrorCode::InvalidInput, description);
            return Err(conflict.with_status(StatusCode::CONFLICT));
        }
        Ok(Claim {
            import,
            running: Arc::clone(&self.running),
        })
    }
}

/// A panic between two statements leaves the set consistent.
fn lock(running: &Mutex<HashSet<Running>>) -> std::sync::MutexGuard<'_, HashSet<Running>> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Exists while an import with a key is running.
struct Claim {
    import: Running,
    running: Arc<Mutex<HashSet<Running>>>,
}

impl Drop for Claim {
    fn drop(&mut self) {
        lock(&self.running).remove(&self.import);
    }
}

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
    let place = app.imports.gate.enter(writer.partner);
    let place = place.map_err(|_| {
        let description = "too many imports are in progress: try again later";
        ApiError::busy(description, COME_AGAIN)
    })?;
    let claim = key.map(|key| app.imports.claim(writer.partner, key));
    let claim = claim.transpose()?;
    let store = &app.imports.store;
    let upload = upload::receive(body, store.path(), &app.limits).await?;
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

/// Imports with a time limit for reading. After all rows are read, it no longer applies.
pub(crate) async fn import_within(
    longest: Duration,
    store: &Store,
    options: &ImportOptions,
    input: Input,
    now: Timestamp,
) -> Result<Receipt, ImportError> {
    let progress = Arc::new(Progress::default());
    let importing = import(store, options, vec![input], now, Arc::clone(&progress));
    let mut importing = pin!(importing);
    match timeout(longest, &mut importing).await {
        Ok(imported) => imported,
        Err(_) => {
            progress.stop();
            importing.await
        }
    }
}

/// Parses the parameters. Unlike elsewhere, an unknown one is an error: a misspelt `dryRun` would
/// store.
fn options(uri: &Uri, partner: PartnerId, limits: &Limits) -> Result<ImportOptions, ApiError> {
    let query = Parameters::parse(uri.query().unwrap_or_default())?;
    if let Some((name, _)) = query.without(&PARAMETERS).next() {
        return Err(ApiError::new(
            ErrorCode::InvalidProperty,
            format!(
                "there is no parameter `{}`; there are {}; the partner is that of the token",
                name.escape_debug(),
                PARAMETERS.join(", ")
            ),
        ));
    }
    let answers = [("true", true), ("false", false)];
    let customer = query.get("customer").map(str::parse::<CustomerId>);
    let customer = customer.transpose().map_err(|_| {
        let description = "customer: the customer's tenant id is expected, a GUID";
        ApiError::new(ErrorCode::InvalidProperty, description)
    })?;
    let is_set = |name| one_of(&query, name, &answers).map(Option::unwrap_or_default);
    let (skip_bad_rows, complete) = (is_set("skipBadRows")?, is_set("complete")?);
    if skip_bad_rows && complete {
        let description =
            "complete and skipBadRows: a body with bad rows does not have all customers";
        return Err(ApiError::new(ErrorCode::InvalidProperty, description));
    }
    Ok(ImportOptions {
        way: ImportWay::Request,
        kind: one_of(&query, "kind", &KINDS)?,
        format: one_of(&query, "format", &FORMATS)?.unwrap_or_default(),
        download: one_of(&query, "download", &DOWNLOADS)?,
        customer,
        dry_run: is_set("dryRun")?,
        skip_bad_rows,
        replace: is_set("replace")?,
        mend: is_set("mend")?,
        complete,
        longest_unpacked: limits.import_unpacked,
        ..ImportOptions::new(partner)
    })
}

/// The value of a parameter, one of `values` in any case.
fn one_of<T: Copy>(
    query: &Parameters<'_>,
    name: &'static str,
    values: &[(&'static str, T)],
) -> Result<Option<T>, ApiError> {
    let Some(text) = query.get(name) else {
        return Ok(None);
    };
    let mut known = values.iter();
    match known.find(|(value, _)| value.eq_ignore_ascii_case(text)) {
        Some((_, value)) => Ok(Some(*value)),
        None => {
            let values: Vec<&str> = values.iter().map(|(value, _)| *value).collect();
            let description = format!("{name}: one of {} is expected", values.join(", "));
            Err(ApiError::new(ErrorCode::InvalidProperty, description))
        }
    }
}

/// The options as text: the same body with other options is another import.
fn how(options: &ImportOptions) -> String {
    let ImportOptions {
        kind,
        format,
        download,
        customer,
        skip_bad_rows,
        replace,
        mend,
        complete,
        ..
    } = options;
    let mut how = format!("{kind:?} {format:?} {customer:?} {skip_bad_rows}");
    // Left out if not set, so that receipts from before these parameters stay valid.
    if *replace {
        how += " replace";
    }
    if *mend {
        how += " mend";
    }
    if *complete {
        how += " complete";
    }
    if let Some(download) = download {
        how = how + " " + download.name();
    }
    how
}

/// The idempotency key, if there is one.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let (Some(value), more) = (values.next(), values.next()) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default();
    let is_key =
        (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if more.is_some() || !is_key {
        let description = "`Idempotency-Key`: one text of 1 to 255 visible ASCII characters is \
            expected";
        return Err(ApiError::new(ErrorCode::InvalidProperty, description));
    }
    Ok(Some(text.to_owned()))
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

/// The metric labels of an import.
pub(crate) fn labels(way: ImportWay, imported: &Result<Receipt, ImportError>) -> ImportLabels {
    let outcome = match imported {
        Ok(receipt) if receipt.dry_run => "checked",
        Ok(_) => "stored",
        Err(err) if err.is_of_input() => "rejected",
        Err(_) => "failed",
    };
    let way = way.as_str();
    ImportLabels { way, outcome }
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

/// A likely cause if a body marked as a form cannot be read. It comes first, because without line
/// ends the error can quote a header as long as the file.
const LINE_ENDS: &str =
    "if curl sent the body, use `--data-binary @FILE`: `-d` takes the line ends away; ";

/// The response to an import that stored nothing.
fn refused(err: ImportError, is_marked_as_form: bool) -> ApiError {
    let of_input = err.is_of_input();
    match err {
        ImportError::BadRows { bad, .. } => bad_rows(&bad),
        ImportError::File { source, .. } if of_input => ApiError::new(
            ErrorCode::InvalidInput,
            format!(
                "{}the body cannot be imported: {source}",
                if is_marked_as_form { LINE_ENDS } else { "" }
            ),
        ),
        ImportError::Loses { .. } => {
            let description = format!(
                "{err}: if the body is right and the missing rows no longer exist, send \
                 replace=true; nothing of it was stored"
            );
            ApiError::new(ErrorCode::InvalidInput, description)
        }
        ImportError::Store(source @ StoreError::Unmended { .. }) => {
            let description = format!(
                "the store is damaged, and the body does not have everything that was in it: \
                 {source}; send all of it, or send mend=true, which records what the body has of it as \
                 of now and gives up the rest; nothing of it was stored"
            );
            ApiError::new(ErrorCode::InvalidInput, description)
        }
        ImportError::Store(source @ StoreError::TooLong) => {
            let description = format!(
                "{source}: send less at once, or import the file with the command `seatwise import`"
            );
            ApiError::new(ErrorCode::InvalidInput, description)
        }
        err => {
            let is_full = matches!(err.store(), Some(StoreError::Full { .. }));
            ApiError::unstored(is_full, anyhow!(err).context("cannot store a body"))
        }
    }
}

/// An error with the first bad rows, which have the same members as in a receipt.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BadRowsBody<'a, Error> {
    #[serde(flatten)]
    pub(crate) error: Error,
    pub(crate) bad_rows: u64,
    pub(crate) first_bad_rows: &'a [BadRow],
}

fn bad_rows(bad: &BadRows) -> ApiError {
    let description = format!(
        "the body has {bad}, nothing of it was stored: correct it, or send skipBadRows=true \
         to skip deliveries with a bad row"
    );
    let error = ErrorBody::new(ErrorCode::InvalidInput, description.clone());
    ApiError::new(ErrorCode::InvalidInput, description).with_body(|form| {
        wire::encode(&BadRowsBody {
            error: error.in_form(form),
            bad_rows: bad.count,
            first_bad_rows: &bad.first,
        })
    })
}

/// Runs a file operation on a blocking thread.
async fn on_disk<T: Send + 'static>(
    step: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> anyhow::Result<T> {
    let done = spawn_blocking(step).await.context("it panicked")?;
    done.context("cannot look after the receipts")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_mends_for_too_long_is_refused_with_another_way() {
        let answer = refused(StoreError::TooLong.into(), false);
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        assert_eq!(
            answer.description(),
            "it takes too long to find out which deliveries of damaged files the import has; nothing \
             was stored: send less at once, or import the file with the command `seatwise import`"
        );
    }
}

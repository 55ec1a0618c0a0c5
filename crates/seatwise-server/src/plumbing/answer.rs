//! Response bodies that are ready to send, and the choice of plain or gzip for a request.

use std::convert::Infallible;
use std::io::Write;
use std::mem;

use anyhow::anyhow;
use aws_lc_rs::digest;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use seatwise_store::Reserved;
use tokio::task::spawn_blocking;

use super::error::{ApiError, JSON};
use crate::snapshot_cache::SnapshotCache;

const GZIP: HeaderValue = HeaderValue::from_static("gzip");
const VARY_BY_ENCODING: HeaderValue = HeaderValue::from_static("Accept-Encoding");

/// The capacity for headers, including those that are added later. More headers would need a second
/// allocation.
const HEADERS: usize = 12;

/// The headers of a request, moved out of it, because a copy would cost more than most of the
/// response. In a handler, put this argument after those that read headers.
pub(crate) struct Headers(pub(crate) HeaderMap);

impl<S: Sync> FromRequestParts<S> for Headers {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(mem::take(&mut parts.headers)))
    }
}

/// The bytes of a successful response, plain and compressed, for many requests.
pub(crate) struct Answer {
    plain: Form,
    gzip: Form,
}

/// One form. Each has its own entity tag, because different bytes need different tags.
struct Form {
    media_type: HeaderValue,
    body: Bytes,
    etag: HeaderValue,
    coding: Option<HeaderValue>,
}

impl Answer {
    pub(crate) fn new(body: Vec<u8>) -> Self {
        Self::of_type(JSON, body)
    }

    /// Like [`Answer::new`], with another media type than JSON.
    pub(crate) fn of_type(media_type: HeaderValue, body: Vec<u8>) -> Self {
        Self {
            gzip: Form::gzip(media_type.clone(), &body, Compression::best()),
            plain: Form::plain(media_type, body),
        }
    }

    /// 200 with the bytes, or 304 if the client has them.
    ///
    /// Compresses only if `Accept-Encoding` names gzip: Microsoft's .NET SDK 3.4 sends no such
    /// header and cannot read a compressed body.
    pub(crate) fn respond(&self, request: &HeaderMap) -> Response {
        if prefers_gzip(request) {
            self.gzip.respond(request)
        } else {
            self.plain.respond(request)
        }
    }
}

/// Like [`Answer::respond`], with a small body for this request only.
pub(crate) fn respond_once(body: Vec<u8>, request: &HeaderMap) -> Response {
    if prefers_gzip(request) {
        Form::gzip(JSON, &body, Compression::fast()).respond(request)
    } else {
        Form::plain(JSON, body).respond(request)
    }
}

/// Like [`respond_once`], with a body that takes long to make and compress, which is done on a
/// blocking thread. Until it is sent, the body counts as query memory.
pub(crate) async fn respond_made(
    snapshots: &SnapshotCache,
    request: &HeaderMap,
    make: impl FnOnce() -> Vec<u8> + Send + 'static,
) -> Result<Response, ApiError> {
    respond_made_as(snapshots, request, JSON, make).await
}

/// Like [`respond_made`], with another media type than JSON.
pub(crate) async fn respond_made_as(
    snapshots: &SnapshotCache,
    request: &HeaderMap,
    media_type: HeaderValue,
    make: impl FnOnce() -> Vec<u8> + Send + 'static,
) -> Result<Response, ApiError> {
    let gzip = prefers_gzip(request);
    let made = spawn_blocking(move || {
        let body = make();
        if gzip {
            Form::gzip(media_type, &body, Compression::fast())
        } else {
            Form::plain(media_type, body)
        }
    });
    let made = made.await.map_err(|err| {
        let cause = anyhow!(err).context("an answer was not finished");
        ApiError::internal(StatusCode::INTERNAL_SERVER_ERROR, cause)
    })?;
    let memory = snapshots.reserve(made.body.len())?;
    let body = Bytes::from_owner(Unsent {
        bytes: made.body,
        _memory: memory,
    });
    Ok(Form { body, ..made }.respond(request))
}

/// The bytes of a response, and the memory reserved for them.
struct Unsent {
    bytes: Bytes,
    _memory: Reserved,
}

impl AsRef<[u8]> for Unsent {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Form {
    fn plain(media_type: HeaderValue, body: Vec<u8>) -> Self {
        Self {
            media_type,
            etag: tag(&body, ""),
            body: body.into(),
            coding: None,
        }
    }

    fn gzip(media_type: HeaderValue, body: &[u8], level: Compression) -> Self {
        let mut gzip = GzEncoder::new(Vec::new(), level);
        let compressed = gzip.write_all(body).and_then(|()| gzip.finish());
        Self {
            media_type,
            etag: tag(body, "-gzip"),
            body: compressed.expect("memory takes every byte").into(),
            coding: Some(GZIP),
        }
    }

    fn respond(&self, request: &HeaderMap) -> Response {
        let mut headers = HeaderMap::with_capacity(HEADERS);
        headers.insert(ETAG, self.etag.clone());
        headers.insert(VARY, VARY_BY_ENCODING);
        if already_has(request, &self.etag) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        headers.insert(CONTENT_TYPE, self.media_type.clone());
        if let Some(coding) = &self.coding {
            headers.insert(CONTENT_ENCODING, coding.clone());
        }
        let mut response = Response::new(Body::from(self.body.clone()));
        *response.headers_mut() = headers;
        response
    }
}

/// A tag depends only on the bytes, so it survives restarts and is equal on all servers.
fn tag(body: &[u8], form: &str) -> HeaderValue {
    let digest = digest::digest(&digest::SHA256, body);
    let hex: String = digest.as_ref()[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    HeaderValue::try_from(format!("\"{hex}{form}\"")).expect("a tag is visible ASCII")
}

/// Whether `If-None-Match` has this tag or `*`. Weak and strong tags are equal here (RFC 9110).
fn already_has(request: &HeaderMap, etag: &HeaderValue) -> bool {
    elements(request, IF_NONE_MATCH).any(|element| {
        element == "*" || element.strip_prefix("W/").unwrap_or(element).as_bytes() == etag
    })
}

/// Whether the client names gzip, with at least the weight of no compression.
fn prefers_gzip(request: &HeaderMap) -> bool {
    let (mut gzip, mut identity) = (0.0_f32, 0.0_f32);
    for element in elements(request, ACCEPT_ENCODING) {
        let (coding, quality) = quality(element);
        if coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip") {
            gzip = gzip.max(quality);
        } else if coding.eq_ignore_ascii_case("identity") {
            identity = identity.max(quality);
        }
    }
    gzip > 0.0 && gzip >= identity
}

/// Splits `gzip;q=0.8` into `gzip` and 0.8. An invalid weight counts as 0.
fn quality(element: &str) -> (&str, f32) {
    let Some((coding, weight)) = element.split_once(';') else {
        return (element, 1.0);
    };
    let weight = weight
        .trim_start()
        .strip_prefix(['q', 'Q'])
        .and_then(|q| q.strip_prefix('='));
    let weight = weight.and_then(|weight| weight.trim_end().parse::<f32>().ok());
    let weight = weight.filter(|weight| (0.0..=1.0).contains(weight));
    (coding.trim_end(), weight.unwrap_or(0.0))
}

/// The elements of a list header, which can have several lines.
fn elements(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let lines = headers
        .get_all(name)
        .into_iter()
        .filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};
    use std::thread;

    use jiff::Timestamp;
    use seatwise_store::Store;
    use uuid::Uuid;

    use super::*;
    use crate::{AppState, Config};

    #[tokio::test]
    async fn what_takes_a_while_to_make_is_made_on_no_thread_that_answers() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(&folder.path().join("data")).unwrap();
        let (clock, ids) = (|| Timestamp::UNIX_EPOCH, Uuid::nil);
        let listen = "127.0.0.1:0".parse().unwrap();
        let mut config = Config::new(listen, Arc::new(clock), Arc::new(ids));
        config.sign_in.issuers = vec!["https://sts.windows.net/{tid}/".parse().unwrap()];
        config.sign_in.tenants = vec!["2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse().unwrap()];
        let app = AppState::new(&config, store).unwrap();
        for coding in ["identity", "gzip"] {
            let mut request = HeaderMap::new();
            request.insert(ACCEPT_ENCODING, HeaderValue::from_static(coding));
            let (send, made_on) = mpsc::channel();
            let make = move || {
                send.send(thread::current().id()).unwrap();
                b"{}".to_vec()
            };
            let answer = respond_made(&app.snapshots, &request, make).await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK);
            // This test's thread answers all its requests.
            assert_ne!(made_on.recv().unwrap(), thread::current().id());
        }
    }
}

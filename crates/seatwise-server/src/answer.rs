//! A body that is ready to be sent, and the choice of its form for one request.

use std::io::Write;

use aws_lc_rs::digest;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::error::JSON;

const GZIP: HeaderValue = HeaderValue::from_static("gzip");
const VARY_BY_ENCODING: HeaderValue = HeaderValue::from_static("Accept-Encoding");

/// The bytes of a successful answer in both forms in which they are sent.
pub(crate) struct Answer {
    plain: Form,
    gzip: Form,
}

/// One form, with an entity tag of its own: the tag of other bytes must differ.
struct Form {
    body: Bytes,
    etag: HeaderValue,
}

impl Answer {
    /// The tags depend on the bytes alone: they survive a restart, and all nodes give the same.
    pub(crate) fn new(body: Vec<u8>) -> Self {
        let digest = digest::digest(&digest::SHA256, &body);
        let hex: String = digest.as_ref()[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self {
            gzip: Form {
                body: compress(&body).into(),
                etag: tag(&format!("{hex}-gzip")),
            },
            plain: Form {
                body: body.into(),
                etag: tag(&hex),
            },
        }
    }

    /// 200 with the bytes, or 304 if the caller has them.
    ///
    /// Nothing is compressed unless `Accept-Encoding` names gzip: Microsoft's .NET SDK 3.4 sends no
    /// such header and cannot read a compressed body.
    pub(crate) fn respond(&self, request: &HeaderMap) -> Response {
        let gzip = prefers_gzip(request);
        let form = if gzip { &self.gzip } else { &self.plain };
        let validators = [(ETAG, form.etag.clone()), (VARY, VARY_BY_ENCODING)];
        if already_has(request, &form.etag) {
            return (StatusCode::NOT_MODIFIED, validators).into_response();
        }
        let mut response = (
            validators,
            [(CONTENT_TYPE, JSON)],
            Body::from(form.body.clone()),
        )
            .into_response();
        if gzip {
            response.headers_mut().insert(CONTENT_ENCODING, GZIP);
        }
        response
    }
}

fn tag(text: &str) -> HeaderValue {
    HeaderValue::try_from(format!("\"{text}\"")).expect("a tag is visible ASCII")
}

fn compress(body: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(body)
        .and_then(|()| gzip.finish())
        .expect("memory takes every byte")
}

/// Whether `If-None-Match` holds this tag or `*`. Weak and strong tags count alike, as RFC 9110
/// wants for this header.
fn already_has(request: &HeaderMap, etag: &HeaderValue) -> bool {
    elements(request, IF_NONE_MATCH).any(|element| {
        element == "*" || element.strip_prefix("W/").unwrap_or(element).as_bytes() == etag
    })
}

/// Whether gzip is asked for by name, and at least as much as no compression.
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

/// `gzip;q=0.8` is `gzip` and 0.8; a weight that is none counts as a refusal.
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

/// The elements of a list header that may come in several lines.
fn elements(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let lines = headers
        .get_all(name)
        .into_iter()
        .filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim)
}

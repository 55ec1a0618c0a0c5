//! The log of requests, for assertions in tests.
//!
//! It keeps only values that cannot be secrets: those of known headers and parameters. Of others it
//! keeps the name, and of bodies nothing.

use std::collections::{BTreeMap, VecDeque};

use axum::extract::Request;
use http::uri::Uri;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use parking_lot::{Mutex, MutexGuard};
use serde::Serialize;
use url::form_urlencoded;

use crate::fault::Fault;
use crate::partner_center::is_of_partner_center;

/// The most requests to keep.
const MOST_REQUESTS: usize = 2_000;

/// The most characters to keep of a path, a query or a header.
const LONGEST_TEXT: usize = 1_024;

const REDACTED: &str = "<redacted>";

/// The headers of the API and of common HTTP clients that are not secret.
const HARMLESS_HEADERS: [&str; 26] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-length",
    "content-type",
    "host",
    "if-match",
    "if-none-match",
    "ms-continuationtoken",
    "ms-contract-version",
    "ms-correlationid",
    "ms-cv",
    "ms-partnercenter-application",
    "ms-partnercenter-client",
    "ms-requestid",
    "ms-sdkversion",
    "pragma",
    "seatwise-fault",
    "traceparent",
    "transfer-encoding",
    "user-agent",
    "validatemfa",
    "x-locale",
];

/// The parameters of Partner Center's endpoints.
const HARMLESS_PARAMETERS: [&str; 8] = [
    "continuationtoken",
    "filter",
    "groupby",
    "processeddatetime",
    "seekoperation",
    "size",
    "skip",
    "top",
];

/// A recorded request.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Seen {
    /// Counts from 1, also across resets.
    number: u64,
    time: Timestamp,
    method: String,
    /// Path and query.
    path: String,
    headers: BTreeMap<String, String>,
    /// `None` before the response, and if there is none.
    status: Option<u16>,
    /// The faults, in the form of the request header.
    fault: Option<String>,
}

/// The newest requests.
pub(crate) struct RequestLog {
    log: Mutex<Log>,
}

struct Log {
    requests: VecDeque<Seen>,
    next: u64,
}

impl RequestLog {
    pub(crate) fn new() -> Self {
        Self {
            log: Mutex::new(Log {
                requests: VecDeque::new(),
                next: 1,
            }),
        }
    }

    /// Records a request before it is answered, because its client may not wait for the response.
    pub(crate) fn arrived(&self, request: &Request, faults: &[Fault], now: Timestamp) -> u64 {
        let mut log = self.log();
        let number = log.next;
        log.next += 1;
        if log.requests.len() >= MOST_REQUESTS {
            log.requests.pop_front();
        }
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        log.requests.push_back(Seen {
            number,
            time: now,
            method: shortened(request.method().as_str()),
            path: path(request.uri()),
            headers: headers(request.headers()),
            status: None,
            fault: (!faults.is_empty()).then(|| faults.join(",")),
        });
        number
    }

    pub(crate) fn answered(&self, number: u64, status: Option<StatusCode>) {
        let mut log = self.log();
        let seen = log.requests.iter_mut().rev();
        if let Some(seen) = seen.into_iter().find(|seen| seen.number == number) {
            seen.status = status.map(|status| status.as_u16());
        }
    }

    /// The requests after this number, and the number of the newest.
    pub(crate) fn after(&self, number: u64) -> (Vec<Seen>, u64) {
        let log = self.log();
        let newer = log.requests.iter().filter(|seen| seen.number > number);
        (newer.cloned().collect(), log.next - 1)
    }

    pub(crate) fn clear(&self) {
        self.log().requests.clear();
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock()
    }
}

/// The path and query, with the values of harmless parameters.
fn path(uri: &Uri) -> String {
    let mut path = shortened(uri.path());
    let Some(query) = uri.query() else {
        return path;
    };
    let mut shown = String::new();
    for parameter in query.split('&') {
        let (name, value) = match parameter.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (parameter, None),
        };
        shown.push(if shown.is_empty() { '?' } else { '&' });
        match value {
            // A parameter without a name can be a secret value.
            None if !is_harmless(uri.path(), name) && !name.is_empty() => shown.push_str(REDACTED),
            None => shown.push_str(name),
            Some(value) if is_harmless(uri.path(), name) => {
                shown.push_str(&format!("{name}={value}"));
            }
            Some(_) => shown.push_str(&format!("{name}={REDACTED}")),
        }
    }
    path.push_str(&shortened(&shown));
    path
}

fn is_harmless(path: &str, parameter: &str) -> bool {
    let name = form_urlencoded::parse(parameter.as_bytes()).next();
    let name = name.map_or(String::new(), |(name, _)| name.to_ascii_lowercase());
    is_of_partner_center(path) && HARMLESS_PARAMETERS.contains(&name.as_str())
}

fn headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    let value = |name: &str| {
        if !HARMLESS_HEADERS.contains(&name) {
            return REDACTED.to_owned();
        }
        let values = headers.get_all(name).iter();
        let values: Vec<_> = values
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        shortened(&values.join(", "))
    };
    let names = headers.keys().map(http::HeaderName::as_str);
    names.map(|name| (shortened(name), value(name))).collect()
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

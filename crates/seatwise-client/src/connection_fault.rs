//! Causes of failed connections.

use std::error::Error as StdError;
use std::io;
use std::iter::successors;

use crate::base_url::BaseUrl;
use crate::redirect::RefusedRedirect;
use crate::{Error, ErrorKind, TlsFault};

impl Error {
    /// The error of a request without a complete answer.
    pub(crate) fn transport(err: reqwest::Error, service: &BaseUrl) -> Self {
        let to = service.origin();
        if let Some(refused) = cause::<RefusedRedirect>(&err) {
            return Self::new(ErrorKind::Redirect, refused.to_string());
        }
        let err = err.without_url();
        let (kind, message) = if err.is_timeout() {
            let message = format!("no complete answer from `{to}` in time");
            (ErrorKind::Timeout, message)
        } else if err.is_builder() {
            let message = "failed to make the request".to_owned();
            (ErrorKind::Invalid, message)
        } else if let Some((fault, reason)) = tls_fault(&err) {
            return Self::tls(&to, fault, reason.clone());
        } else if err.is_connect() {
            (
                ErrorKind::Connection,
                format!("failed to connect to `{to}`"),
            )
        } else if is_no_http(&err) {
            let message = format!("what `{to}` answered is not HTTP");
            (ErrorKind::Connection, message)
        } else {
            let message = format!("the connection to `{to}` broke before the answer was complete");
            (ErrorKind::Connection, message)
        };
        Self::new(kind, message).because(err)
    }

    fn tls(to: &str, fault: TlsFault, reason: rustls::Error) -> Self {
        let message = format!("no secure connection to `{to}`: {fault}");
        let err = Self::new(ErrorKind::Tls { fault }, message);
        match fault {
            // The library's reason would only repeat the message.
            TlsFault::Untrusted | TlsFault::OfAnAuthority | TlsFault::NoTls => err,
            // The reason has the names or times.
            _ => err.because(reason),
        }
    }
}

/// The TLS fault that a retry cannot fix, with its cause in rustls; `None` for other errors.
fn tls_fault(err: &reqwest::Error) -> Option<(TlsFault, &rustls::Error)> {
    let reason = cause::<rustls::Error>(err)?;
    Some((TlsFault::of(reason)?, reason))
}

/// Whether the answer was not HTTP, as from a server that expects TLS.
fn is_no_http(err: &reqwest::Error) -> bool {
    cause::<hyper::Error>(err).is_some_and(hyper::Error::is_parse)
}

/// The first cause of this type.
fn cause<E: StdError + 'static>(err: &reqwest::Error) -> Option<&E> {
    let causes = successors(err.source(), |&err| err.source());
    causes
        .flat_map(|err| successors(Some(err), |&err| within(err)))
        .find_map(|err| err.downcast_ref())
}

/// The error inside an I/O error, which `source` skips.
fn within<'a>(err: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    let inner = err.downcast_ref::<io::Error>()?.get_ref()?;
    Some(inner)
}

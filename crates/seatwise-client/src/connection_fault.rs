//! Why there is no connection, or no longer one.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::iter::successors;

use rustls::{CertificateError, InvalidMessage};

use crate::base_url::BaseUrl;
use crate::redirect::RefusedRedirect;
use crate::{Error, ErrorKind};

/// Why no secure connection was made. Trying again does not help.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TlsFault {
    /// No authority that is trusted here has issued the certificate.
    Untrusted,
    /// The certificate is for other names than the one in the address.
    OtherName,
    /// The certificate's time is over.
    Expired,
    /// The certificate's time has not come, or this computer's clock is behind.
    NotYetValid,
    /// The certificate is one of an authority (`CA:TRUE`), which no server may show.
    OfAnAuthority,
    /// The certificate cannot be used for another reason, which is the error's source.
    Unusable,
    /// The service speaks without TLS at this address.
    NoTls,
}

impl fmt::Display for TlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Untrusted => {
                "its certificate is not trusted, because no authority known here has issued it; \
                 SSL_CERT_FILE can name a file with those that are trusted"
            }
            Self::OtherName => "its certificate is for other names",
            Self::Expired => "its certificate has expired",
            Self::NotYetValid => "its certificate is not valid yet",
            Self::OfAnAuthority => {
                "its certificate is one of an authority (`CA:TRUE`), which no server may show"
            }
            Self::Unusable => "its certificate cannot be used",
            Self::NoTls => "it speaks without TLS there",
        })
    }
}

impl Error {
    /// What became of a request to a service at this address.
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
        } else if let Some(fault) = tls_fault(&err) {
            let message = format!("no secure connection to `{to}`: {fault}");
            (ErrorKind::Tls { fault }, message)
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
}

/// What is wrong with TLS, if anything that stays wrong.
fn tls_fault(err: &reqwest::Error) -> Option<TlsFault> {
    let err = cause::<rustls::Error>(err)?;
    Some(match err {
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => TlsFault::NoTls,
        rustls::Error::InvalidCertificate(reason) => match reason {
            // The latter two if an authority of the same name is trusted, and did not sign it.
            CertificateError::UnknownIssuer
            | CertificateError::BadSignature
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
                TlsFault::Untrusted
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                TlsFault::OtherName
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                TlsFault::Expired
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                TlsFault::NotYetValid
            }
            // webpki has a kind for it that rustls does not name.
            CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
                TlsFault::OfAnAuthority
            }
            _ => TlsFault::Unusable,
        },
        _ => return None,
    })
}

/// Whether something answered that is not a web server, or one that speaks TLS.
fn is_no_http(err: &reqwest::Error) -> bool {
    cause::<hyper::Error>(err).is_some_and(hyper::Error::is_parse)
}

/// The cause of this kind.
fn cause<'a, E: StdError + 'static>(err: &'a reqwest::Error) -> Option<&'a E> {
    let causes = successors(err.source(), |&err| err.source());
    causes
        .flat_map(|err| successors(Some(err), |&err| within(err)))
        .find_map(|err| err.downcast_ref())
}

/// The error that an error of the system was made of, which is not among its causes.
fn within<'a>(err: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    let inner = err.downcast_ref::<io::Error>()?.get_ref()?;
    Some(inner)
}

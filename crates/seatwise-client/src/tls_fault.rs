//! Faults of a certificate or of TLS.

use std::fmt;

use rustls::{CertificateError, InvalidMessage};

/// Why the client made no secure connection. Retrying does not help.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TlsFault {
    /// No trusted authority issued the certificate.
    Untrusted,
    /// The certificate is for other host names.
    OtherName,
    /// The certificate has expired.
    Expired,
    /// The certificate is not valid yet, or this computer's clock is behind.
    NotYetValid,
    /// The certificate belongs to an authority (`CA:TRUE`), which a server must not use.
    OfAnAuthority,
    /// The certificate is unusable for another reason; see the error's source.
    Unusable,
    /// The service at this address does not use TLS.
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

impl TlsFault {
    /// The fault that a retry cannot fix; `None` for other errors.
    pub(crate) fn of(reason: &rustls::Error) -> Option<Self> {
        Some(match reason {
            rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => Self::NoTls,
            rustls::Error::InvalidCertificate(reason) => match reason {
                // The last two occur if an authority of the same name is trusted, but did not sign the
                // certificate.
                CertificateError::UnknownIssuer
                | CertificateError::BadSignature
                | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
                    Self::Untrusted
                }
                CertificateError::NotValidForName
                | CertificateError::NotValidForNameContext { .. } => Self::OtherName,
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                    Self::Expired
                }
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    Self::NotYetValid
                }
                // webpki has a variant for it that rustls does not have.
                CertificateError::Other(other)
                    if other.to_string().contains("CaUsedAsEndEntity") =>
                {
                    Self::OfAnAuthority
                }
                _ => Self::Unusable,
            },
            _ => return None,
        })
    }
}

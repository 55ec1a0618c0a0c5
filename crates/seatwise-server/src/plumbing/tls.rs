//! The TLS certificate, which is read again when its files change.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::Context as _;
use parking_lot::Mutex;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

use crate::metrics::Metrics;

/// Far more than a certificate chain needs.
const MAX_FILE: u64 = 1024 * 1024;

/// The files of the certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate and its chain, in PEM.
    pub certificate: PathBuf,
    /// The private key, in PEM.
    pub key: PathBuf,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        #[source]
        source: io::Error,
    },
    /// The file does not have the expected content.
    #[error("`{}` holds no usable {what} in PEM", path.display())]
    Pem {
        /// The expected content.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The error of the PEM library.
        #[source]
        source: pem::Error,
    },
    /// Certificate and key do not match, or TLS does not support them.
    #[error("the certificate `{}` cannot be used with its key", path.display())]
    Certificate {
        /// The file of the certificate.
        path: PathBuf,
        /// The error of the TLS library.
        #[source]
        source: rustls::Error,
    },
}

/// The TLS configuration, which follows the files.
pub(crate) struct Tls {
    files: TlsFiles,
    metrics: Arc<Metrics>,
    current: Mutex<Current>,
}

struct Current {
    stamps: [Option<Stamp>; 2],
    config: Arc<ServerConfig>,
}

/// The metadata that changes when a file does.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    file: u64,
}

impl Tls {
    pub(crate) fn open(files: TlsFiles, metrics: &Arc<Metrics>) -> Result<Self, TlsError> {
        // Before reading, so that a change in between is noticed later.
        let stamps = files.stamps();
        let config = files.read(metrics)?;
        Ok(Self {
            files,
            metrics: Arc::clone(metrics),
            current: Mutex::new(Current { stamps, config }),
        })
    }

    /// The acceptor for a new connection. Open connections do not change.
    ///
    /// If the changed files cannot be used, for example because the new key is not yet written,
    /// this is logged once, and the earlier certificate stays.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        let mut current = self.current.lock();
        let stamps = self.files.stamps();
        if stamps != current.stamps {
            current.stamps = stamps;
            let read = || {
                let read = self.files.read(&self.metrics);
                read.context("cannot use the changed certificate, the earlier one stays")
            };
            if let Some(config) = self.metrics.duties.attempt_now("certificate", read) {
                tracing::info!("the certificate was read again");
                current.config = config;
            }
        }
        TlsAcceptor::from(Arc::clone(&current.config))
    }
}

impl TlsFiles {
    fn stamps(&self) -> [Option<Stamp>; 2] {
        [&self.certificate, &self.key].map(|path| fs::metadata(path).ok().map(Stamp::of))
    }

    fn read(&self, metrics: &Metrics) -> Result<Arc<ServerConfig>, TlsError> {
        let unreadable = |what, path: &Path| {
            let path = path.to_owned();
            move |source| TlsError::Pem { what, path, source }
        };
        let text = read(&self.certificate)?;
        let chain = CertificateDer::pem_slice_iter(&text)
            .collect::<Result<Vec<_>, _>>()
            .and_then(|chain| match chain.is_empty() {
                true => Err(pem::Error::NoItemsFound),
                false => Ok(chain),
            })
            .map_err(unreadable("certificate", &self.certificate))?;
        let ends = chain.first().and_then(certificate_end);
        let key = PrivateKeyDer::from_pem_slice(&read(&self.key)?)
            .map_err(unreadable("private key", &self.key))?;
        let unusable = |source| TlsError::Certificate {
            path: self.certificate.clone(),
            source,
        };
        let mut config =
            ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key))
                .map_err(unusable)?;
        // Without these, the handshake fails for clients that offer protocols.
        config.alpn_protocols = vec![b"http/1.1".to_vec(), b"http/1.0".to_vec()];
        metrics.certificate_ends(ends);
        Ok(Arc::new(config))
    }
}

impl Stamp {
    fn of(file: Metadata) -> Self {
        #[cfg(unix)]
        let number = std::os::unix::fs::MetadataExt::ino(&file);
        #[cfg(not(unix))]
        let number = 0;
        Self {
            modified: file.modified().ok(),
            length: file.len(),
            file: number,
        }
    }
}

/// The end of a certificate, in seconds since 1970; `None` if it cannot be read.
fn certificate_end(certificate: &CertificateDer<'_>) -> Option<i64> {
    use simple_asn1::ASN1Block::{GeneralizedTime, Sequence, UTCTime};

    fn parts(block: &simple_asn1::ASN1Block) -> &[simple_asn1::ASN1Block] {
        match block {
            Sequence(_, parts) => parts,
            _ => &[],
        }
    }
    let blocks = simple_asn1::from_der(certificate).ok()?;
    let signed = parts(blocks.first()?).first()?;
    // The validity is the sequence that starts with a time (RFC 5280, section 4.1).
    let validity = parts(signed).iter().map(parts);
    validity.into_iter().find_map(|times| match times {
        [
            UTCTime(..) | GeneralizedTime(..),
            UTCTime(_, end) | GeneralizedTime(_, end),
        ] => Some(end.assume_utc().unix_timestamp()),
        _ => None,
    })
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let bytes = match fs::metadata(path) {
        Ok(file) if file.len() > MAX_FILE => Err(io::ErrorKind::FileTooLarge.into()),
        Ok(_) => fs::read(path),
        Err(err) => Err(err),
    };
    bytes.map_err(|source| TlsError::Io {
        path: path.to_owned(),
        source,
    })
}

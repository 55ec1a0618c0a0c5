//! The errors that prevent the start of a server.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use jiff::SignedDuration;

use crate::plumbing::tls::TlsError;
use crate::sign_in::{Issuer, MAX_CLOCK_SKEW};

/// Errors that prevent the start of a server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// There is no trusted issuer.
    #[error("no token would be accepted: there is no trusted issuer")]
    NoIssuer,
    /// An issuer for all tenants, without tenants, would let every partner in.
    #[error("no tenant is allowed to sign in with `{issuer}`")]
    NoTenant {
        /// The first such issuer.
        issuer: Issuer,
    },
    /// The issuer does not support OpenID Connect.
    #[error("people cannot sign in at `{issuer}`, which issues Entra's v1.0 tokens")]
    SignInIssuer {
        /// The issuer.
        issuer: Issuer,
    },
    /// There is no accepted audience.
    #[error("there is no accepted audience")]
    NoAudience,
    /// There is no accepted scope.
    #[error("there is no accepted scope")]
    NoScope,
    /// Tokens would be readable on the network.
    #[error("without TLS the server cannot listen on `{listen}`, where others can read tokens")]
    PlainHttp {
        /// The address.
        listen: SocketAddr,
    },
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The HTTP client for issuers' keys cannot be made.
    #[error("cannot make HTTPS requests to issuers")]
    Http {
        /// The error of the HTTP library.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A program that can read the development key can sign in as any partner.
    #[error(
        "the development identity is for this computer only and cannot listen on `{listen}`; use a loopback address such as `127.0.0.1:{}`", listen.port()
    )]
    DevIdentityBeyondLoopback {
        /// The address.
        listen: SocketAddr,
    },
    /// A program that reaches the emulator can inject faults and read requests.
    #[error(
        "the emulator is for this computer only and cannot listen on `{listen}`; use a loopback address such as `127.0.0.1:{}`", listen.port()
    )]
    EmulatorBeyondLoopback {
        /// The address.
        listen: SocketAddr,
    },
    /// A larger skew would accept expired tokens.
    #[error("a clock skew of {skew:#} is not between 0 and {MAX_CLOCK_SKEW:#}")]
    ClockSkew {
        /// The skew.
        skew: SignedDuration,
    },
    /// The import folder cannot be watched.
    #[error("cannot import from `{}`", folder.display())]
    ImportFolder {
        /// The folder.
        folder: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// The address is in use, or does not belong to this computer.
    #[error("cannot listen on `{listen}`")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// The error of the system.
        #[source]
        source: io::Error,
    },
}

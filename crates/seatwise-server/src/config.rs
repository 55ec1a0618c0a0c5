//! The configuration of a server, and the errors that prevent its start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use seatwise_types::PartnerId;
use seatwise_types::extensions::{LastCollection, PastCollection};
use uuid::Uuid;

use crate::WireProfile;
use crate::limits::Limits;
use crate::{
    Additions, BrowserSignIn, CollectionStatus, DevSignIn, ImportFrom, Issuer, SignIn, TlsError,
    TlsFiles,
};

/// Returns the current time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Returns a new random id.
pub type NewId = Arc<dyn Fn() -> Uuid + Send + Sync>;

/// Returns the last collection of a partner, from any process. It can read files.
pub type AskLastCollection =
    Arc<dyn Fn(PartnerId) -> anyhow::Result<Option<LastCollection>> + Send + Sync>;

/// The largest allowed skew, which Entra's libraries allow too.
pub const MAX_CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Looks up the last collections of a partner, at most this many, the newest first; it may read files.
pub type AskPastCollections =
    Arc<dyn Fn(PartnerId, usize) -> anyhow::Result<Vec<PastCollection>> + Send + Sync>;

/// The configuration of a server.
#[derive(Clone)]
pub struct Config {
    /// The address to listen on; port 0 selects a free one.
    pub listen: SocketAddr,
    /// The accepted tokens: issuers, tenants, and required claims.
    pub sign_in: SignIn,
    /// The sign-in for browsers. With the development identity alone, its provider is used.
    pub browser_sign_in: Option<BrowserSignIn>,
    /// Accepts tokens of this identity too. Only on a loopback address.
    pub dev_identity: Option<DevSignIn>,
    /// What an emulator of Partner Center's failures adds. Only on a loopback address.
    pub emulator: Option<Additions>,
    /// Listens with TLS and this certificate.
    pub tls: Option<TlsFiles>,
    /// Allows listening without TLS beyond loopback addresses, because a proxy terminates TLS.
    /// Default: false.
    pub behind_proxy: bool,
    /// The allowed clock skew of an issuer. Default: 60 seconds; at most [`MAX_CLOCK_SKEW`].
    pub clock_skew: SignedDuration,
    /// The form of bodies.
    pub wire: WireProfile,
    /// How often to look for changes by other processes. Default: 500 milliseconds. Changes by this
    /// process are published at once.
    pub poll_interval: Duration,
    /// Imports the files that appear in this folder.
    pub import_from: Option<ImportFrom>,
    /// The bounds of requests and connections.
    pub limits: Limits,
    /// The status of the collections in this process. Default: none.
    pub collection: Option<Arc<CollectionStatus>>,
    /// Looks up the last collection. Default: none, so it is unknown.
    pub last_collection: Option<AskLastCollection>,
    /// Looks up the last collections. Default: none, so they are unknown.
    pub past_collections: Option<AskPastCollections>,
    /// The clock for tokens and for the dates of responses.
    pub clock: Clock,
    /// Makes ids for requests without one.
    pub new_id: NewId,
}

impl Config {
    /// The defaults, without any trusted identity.
    pub fn new(listen: SocketAddr, clock: Clock, new_id: NewId) -> Self {
        Self {
            listen,
            sign_in: SignIn::default(),
            browser_sign_in: None,
            dev_identity: None,
            emulator: None,
            tls: None,
            behind_proxy: false,
            clock_skew: SignedDuration::from_secs(60),
            wire: WireProfile::default(),
            poll_interval: Duration::from_millis(500),
            import_from: None,
            limits: Limits::default(),
            collection: None,
            last_collection: None,
            past_collections: None,
            clock,
            new_id,
        }
    }
}

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

//! What the binary tells the server, and why it may refuse to start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use seatwise_types::PartnerId;
use seatwise_types::own::{LastCollection, PastCollection};
use uuid::Uuid;

use crate::WireProfile;
use crate::limits::Limits;
use crate::{
    BrowserSignIn, CollectionStatus, DevIdentity, Emulator, ImportFrom, Issuer, SignIn, TlsError,
    TlsFiles,
};

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Makes a new random id.
pub type NewId = Arc<dyn Fn() -> Uuid + Send + Sync>;

/// Gives the newest collection of a partner, of any process; it may read files.
pub type AskLastCollection =
    Arc<dyn Fn(PartnerId) -> anyhow::Result<Option<LastCollection>> + Send + Sync>;

/// The longest skew that is accepted: the one that Entra's own libraries allow.
pub const MAX_CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Gives the newest collections of a partner, so many at the most, the newest first; it may read files.
pub type AskPastCollections =
    Arc<dyn Fn(PartnerId, usize) -> anyhow::Result<Vec<PastCollection>> + Send + Sync>;

/// How a server runs.
#[derive(Clone)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Whose tokens are taken, and what they must show.
    pub sign_in: SignIn,
    /// How people sign in who look at pages with a browser; with the development identity alone, at its
    /// provider.
    pub browser_sign_in: Option<BrowserSignIn>,
    /// Trusts tokens of this identity too. Only on a loopback address.
    pub dev_identity: Option<DevIdentity>,
    /// Emulates Partner Center's bad days too, under the control of tests. Only on a loopback
    /// address.
    pub emulator: Option<Emulator>,
    /// Speaks TLS with the certificate in these files.
    pub tls: Option<TlsFiles>,
    /// Speaks without TLS beyond loopback addresses, because something in front does it; false.
    pub behind_proxy: bool,
    /// How far the clock of a token's issuer may be off; 60 seconds, at most [`MAX_CLOCK_SKEW`].
    pub clock_skew: SignedDuration,
    /// How bodies are written.
    pub wire: WireProfile,
    /// How often the store is asked whether another process changed it; every 500 milliseconds. What
    /// this process stores is published at once.
    pub poll_interval: Duration,
    /// Imports what is dropped in this folder.
    pub import_from: Option<ImportFrom>,
    /// What one request and one connection may take.
    pub limits: Limits,
    /// The collections that run beside the server, for its status; none.
    pub collection: Option<Arc<CollectionStatus>>,
    /// What is asked for the newest collection; nothing, so that none is known.
    pub last_collection: Option<AskLastCollection>,
    /// What is asked for the newest collections; nothing, so that none is known.
    pub past_collections: Option<AskPastCollections>,
    /// The time that tokens are checked against and answers are dated with.
    pub clock: Clock,
    /// Ids for requests that bring none.
    pub new_id: NewId,
}

impl Config {
    /// The defaults, without an identity to trust.
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

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// No caller could sign in.
    #[error("no caller could sign in: no issuer of tokens is trusted")]
    NoIssuer,
    /// An issuer for all tenants would let every partner of the world in.
    #[error("no partner is named that may sign in with `{issuer}`")]
    NoTenant {
        /// The first issuer that was given.
        issuer: Issuer,
    },
    /// People cannot sign in there in the way of OpenID Connect.
    #[error("people cannot sign in at `{issuer}`, which issues Entra's v1.0 tokens")]
    SignInIssuer {
        /// The issuer that was given.
        issuer: Issuer,
    },
    /// No token could be meant for this server.
    #[error("no audience is named that tokens are issued for")]
    NoAudience,
    /// No token of a user could be enough.
    #[error("no scope is named that permits a user anything")]
    NoScope,
    /// Tokens would be readable on the way.
    #[error("without TLS the server cannot listen on `{listen}`, where others can read tokens")]
    PlainHttp {
        /// The address that was given.
        listen: SocketAddr,
    },
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Issuers cannot be asked for their keys.
    #[error("cannot make HTTPS requests to issuers")]
    Http {
        /// What the HTTP library said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A reader of the development key can sign in as any partner.
    #[error(
        "the development identity is for this computer only and cannot listen on `{listen}`; use a loopback address such as `127.0.0.1:{}`", listen.port()
    )]
    DevIdentityBeyondLoopback {
        /// The address that was given.
        listen: SocketAddr,
    },
    /// A program that reaches the emulator can make it fail and read what others asked.
    #[error(
        "the emulator is for this computer only and cannot listen on `{listen}`; use a loopback address such as `127.0.0.1:{}`", listen.port()
    )]
    EmulatorBeyondLoopback {
        /// The address that was given.
        listen: SocketAddr,
    },
    /// The emulator's clock cannot be set to this time at the start.
    #[error("the emulator cannot begin at that time")]
    EmulatorClock {
        /// Which times it can be.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A larger skew keeps expired tokens alive.
    #[error("a clock skew of {skew:#} is not between 0 and {MAX_CLOCK_SKEW:#}")]
    ClockSkew {
        /// The skew that was given.
        skew: SignedDuration,
    },
    /// The folder of imports cannot be watched.
    #[error("cannot import from `{}`", folder.display())]
    ImportFolder {
        /// The folder that was given.
        folder: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The address is taken, or not one of this computer's.
    #[error("cannot listen on `{listen}`")]
    Listen {
        /// The address that was given.
        listen: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

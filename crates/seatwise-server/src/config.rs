//! The configuration of a server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;

use crate::clock::{Clock, NewId};
use crate::collection_status::{AskLastCollection, AskPastCollections, CollectionStatus};
use crate::import_folder::ImportFrom;
use crate::plumbing::limits::Limits;
use crate::plumbing::tls::TlsFiles;
use crate::plumbing::wire_profile::WireProfile;
use crate::sign_in::{BrowserSignIn, DevSignIn, SignIn};
use crate::state::Additions;

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
    /// The allowed clock skew of an issuer. Default: 60 seconds; at most [`MAX_CLOCK_SKEW`](crate::MAX_CLOCK_SKEW).
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

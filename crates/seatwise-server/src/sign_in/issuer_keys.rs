//! The keys of one issuer, fetched when they are needed and kept while it is unreachable.

use std::sync::Arc;

use anyhow::{Context as _, anyhow, ensure};
use arc_swap::ArcSwapOption;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::DecodingKey;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, RequestBuilder, StatusCode, redirect};
use seatwise_types::PartnerId;
use serde::Deserialize;
use tokio::sync::Mutex;
use url::Url;

use super::key_set::KeySet;
use super::{Refusal, settings};
use crate::Duties;

/// How long keys count as current. Then they are fetched again behind a request that they still
/// serve, so that a key that the issuer withdrew is not trusted for much longer.
const CURRENT_FOR: SignedDuration = SignedDuration::from_hours(1);

/// The least time between two fetches, whatever the tokens say that come in.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// How long one document may take. A request waits for two of them at most.
const FETCH_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);

/// Bytes of one document. Entra's are 2 and 20 KiB.
const MAX_DOCUMENT: usize = 256 * 1024;

/// What becomes of earlier keys when new ones cannot be fetched.
const STAY: &str = "those fetched before stay trusted";

/// One issuer that is trusted, and what it published.
pub(super) struct IssuerKeys {
    issuer: String,
    /// The tenants that it may speak for.
    pub(super) tenants: Vec<PartnerId>,
    http: Client,
    current: ArcSwapOption<KeySet>,
    /// When the last fetch began. Held while fetching, so that there is one at a time.
    fetched: Mutex<Option<Timestamp>>,
    duties: Duties,
}

/// Why a key is not there.
pub(super) enum NoKey {
    /// The issuer has none with this id.
    Unknown,
    /// The issuer was never reached, so it is not known.
    Unreachable,
}

impl From<NoKey> for Refusal {
    fn from(reason: NoKey) -> Self {
        match reason {
            NoKey::Unknown => Self::UnknownKey,
            NoKey::Unreachable => Self::IssuerUnreachable,
        }
    }
}

/// What is read of a discovery document.
#[derive(Deserialize)]
pub(super) struct Discovery {
    issuer: String,
    jwks_uri: Url,
    /// Where people sign in.
    pub(super) authorization_endpoint: Option<Url>,
    /// Where their codes are exchanged.
    pub(super) token_endpoint: Option<Url>,
    /// How applications prove themselves there.
    pub(super) token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

/// What documents are fetched with.
///
/// No redirect is followed: an issuer's documents are where its name says.
pub(super) struct Http {
    /// Through the proxy that the environment names, if it does.
    outward: Client,
    /// For issuers on this computer, which no proxy finds.
    loopback: Client,
}

impl Http {
    pub(super) fn new() -> reqwest::Result<Self> {
        let client = || {
            Client::builder()
                .redirect(redirect::Policy::none())
                .timeout(FETCH_TIMEOUT)
        };
        Ok(Self {
            outward: client().build()?,
            loopback: client().no_proxy().build()?,
        })
    }

    fn of(&self, issuer: &str) -> Client {
        // Without encryption only loopback addresses are fetched from.
        if issuer.starts_with("http:") {
            self.loopback.clone()
        } else {
            self.outward.clone()
        }
    }
}

impl IssuerKeys {
    pub(super) fn new(
        issuer: String,
        tenants: Vec<PartnerId>,
        http: &Http,
        duties: Duties,
    ) -> Self {
        Self {
            http: http.of(&issuer),
            issuer,
            tenants,
            current: ArcSwapOption::empty(),
            fetched: Mutex::new(None),
            duties,
        }
    }

    /// The key with this id, and the generation of the set that it is in.
    pub(super) async fn key(
        self: &Arc<Self>,
        id: &str,
        now: Timestamp,
    ) -> Result<(DecodingKey, u64), NoKey> {
        let find = |keys: &KeySet| Some((keys.get(id)?.clone(), keys.generation));
        if let Some(found) = self.current(now).as_deref().and_then(find) {
            return Ok(found);
        }
        self.fetch(now).await;
        let keys = self.current.load_full().ok_or(NoKey::Unreachable)?;
        find(&keys).ok_or(NoKey::Unknown)
    }

    /// The generation of the keys that are trusted now.
    pub(super) fn generation(self: &Arc<Self>, now: Timestamp) -> Option<u64> {
        Some(self.current(now)?.generation)
    }

    /// What was fetched last. Old keys are given too, and new ones fetched meanwhile.
    fn current(self: &Arc<Self>, now: Timestamp) -> Option<Arc<KeySet>> {
        let keys = self.current.load_full()?;
        let is_old = is_apart(now, keys.read_at, CURRENT_FOR);
        if is_old
            && let Ok(fetched) = self.fetched.try_lock()
            && may_fetch(*fetched, now)
        {
            drop(fetched);
            tokio::spawn(Arc::clone(self).fetch_in_turn(now));
        }
        Some(keys)
    }

    /// Fetches, or waits for the one who does. In a task of its own, because a caller that goes away
    /// must not end what others wait for.
    async fn fetch(self: &Arc<Self>, now: Timestamp) {
        let fetched = tokio::spawn(Arc::clone(self).fetch_in_turn(now)).await;
        // A panic of what is read was logged and counted by the supervisor.
        fetched.ok();
    }

    async fn fetch_in_turn(self: Arc<Self>, now: Timestamp) {
        let mut fetched = self.fetched.lock().await;
        if !may_fetch(*fetched, now) {
            return;
        }
        *fetched = Some(now);
        let own = Arc::clone(&self);
        let download = async move {
            let keys = own.download(now).await;
            keys.with_context(|| format!("cannot fetch the keys of `{}`; {STAY}", own.issuer))
        };
        let Some(keys) = self.duties.attempt("keys", download).await else {
            return;
        };
        let keys = match self.current.load_full() {
            Some(earlier) => keys.after(&earlier),
            None => keys,
        };
        tracing::debug!(issuer = self.issuer, "keys fetched");
        self.current.store(Some(Arc::new(keys)));
    }

    async fn download(&self, now: Timestamp) -> anyhow::Result<KeySet> {
        let discovery = self.discovery().await?;
        let document = self.read(discovery.jwks_uri).await?;
        KeySet::parse(&document, &self.tenants, now).context("cannot use the key document")
    }

    /// The discovery document, as it is now.
    pub(super) async fn discovery(&self) -> anyhow::Result<Discovery> {
        let address = format!(
            "{}/.well-known/openid-configuration",
            self.issuer.trim_end_matches('/')
        );
        let document = self.read(address.parse()?).await?;
        let discovery: Discovery =
            serde_json::from_slice(&document).context("cannot read the discovery document")?;
        ensure!(
            discovery.issuer == self.issuer,
            "the discovery document is of the issuer `{:.200}`",
            discovery.issuer
        );
        Ok(discovery)
    }

    async fn read(&self, address: Url) -> anyhow::Result<Vec<u8>> {
        let (status, document) = self.send(&address, self.http.get(address.clone())).await?;
        ensure!(status.is_success(), "`{address}` answered with {status}");
        Ok(document)
    }

    /// Sends a form to one of the issuer's addresses, with a name and a password if there are any.
    pub(super) async fn post(
        &self,
        address: &Url,
        form: String,
        basic: Option<(&str, &str)>,
    ) -> anyhow::Result<(StatusCode, Vec<u8>)> {
        let request = self.http.post(address.clone()).body(form);
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = match basic {
            Some((name, password)) => request.basic_auth(name, Some(password)),
            None => request,
        };
        self.send(address, request).await
    }

    async fn send(
        &self,
        address: &Url,
        request: RequestBuilder,
    ) -> anyhow::Result<(StatusCode, Vec<u8>)> {
        ensure!(
            settings::is_safe(address),
            "`{address}` is not an `https` address"
        );
        let mut response = request.send().await?;
        let mut document = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if document.len() + chunk.len() > MAX_DOCUMENT {
                return Err(anyhow!("`{address}` is longer than {MAX_DOCUMENT} bytes"));
            }
            document.extend_from_slice(&chunk);
        }
        Ok((response.status(), document))
    }

    /// Its exact name.
    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }
}

fn may_fetch(fetched: Option<Timestamp>, now: Timestamp) -> bool {
    fetched.is_none_or(|fetched| is_apart(now, fetched, PAUSE))
}

/// Whether so much time lies between two moments. Their order does not count: a clock that is set
/// back must not stop the fetching.
fn is_apart(one: Timestamp, other: Timestamp, by: SignedDuration) -> bool {
    one.duration_since(other).abs() >= by
}

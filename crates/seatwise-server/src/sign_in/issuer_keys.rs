//! The keys of an issuer: fetched on demand, and kept while the issuer is unreachable.

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
use crate::duties::Duties;

/// How long keys are current. Older keys still serve the request that triggers fetching new ones,
/// so a withdrawn key is not trusted for much longer.
const CURRENT_FOR: SignedDuration = SignedDuration::from_hours(1);

/// The least time between two fetches, whatever tokens arrive.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// The time limit for a document. A request waits for at most two.
const FETCH_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);

/// The most bytes of a document. Entra's have 2 and 20 KiB.
const MAX_DOCUMENT: usize = 256 * 1024;

/// What happens to earlier keys if a fetch fails.
const STAY: &str = "those fetched before stay trusted";

/// A trusted issuer and its published keys.
pub(super) struct IssuerKeys {
    issuer: String,
    /// The tenants for which it is trusted.
    pub(super) tenants: Vec<PartnerId>,
    http: Client,
    current: ArcSwapOption<KeySet>,
    /// When the last fetch began. Locked during a fetch, so that fetches do not overlap.
    fetched: Mutex<Option<Timestamp>>,
    duties: Duties,
}

/// Why there is no key.
pub(super) enum NoKey {
    /// The issuer has no key with this id.
    Unknown,
    /// The issuer was never reached.
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

/// The members of a discovery document that are used.
#[derive(Deserialize)]
pub(super) struct Discovery {
    issuer: String,
    jwks_uri: Url,
    /// Where people sign in.
    pub(super) authorization_endpoint: Option<Url>,
    /// Where codes are exchanged.
    pub(super) token_endpoint: Option<Url>,
    /// How clients can authenticate there.
    pub(super) token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

/// The HTTP clients for documents.
///
/// They follow no redirects, because an issuer's documents are at fixed URLs.
pub(super) struct Http {
    /// Uses the proxy in the environment, if there is one.
    outward: Client,
    /// For issuers on this computer, which a proxy cannot reach.
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
        // Only loopback addresses are used without TLS.
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

    /// The key with this id, and the generation of its set.
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

    /// The generation of the current keys.
    pub(super) fn generation(self: &Arc<Self>, now: Timestamp) -> Option<u64> {
        Some(self.current(now)?.generation)
    }

    /// The keys fetched last. If they are old, new ones are fetched in the background.
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

    /// Fetches, or waits for a running fetch. It is a separate task, because other callers can wait
    /// for it too if this one disconnects.
    async fn fetch(self: &Arc<Self>, now: Timestamp) {
        let fetched = tokio::spawn(Arc::clone(self).fetch_in_turn(now)).await;
        // The supervisor logs and counts a panic.
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

    /// Fetches the discovery document.
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

    /// Posts a form to the issuer, with basic authentication if given.
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

    /// The exact name of the issuer.
    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }
}

fn may_fetch(fetched: Option<Timestamp>, now: Timestamp) -> bool {
    fetched.is_none_or(|fetched| is_apart(now, fetched, PAUSE))
}

/// Whether two times are this far apart, in any order: a clock that is set back must not prevent
/// fetches.
fn is_apart(one: Timestamp, other: Timestamp, by: SignedDuration) -> bool {
    one.duration_since(other).abs() >= by
}

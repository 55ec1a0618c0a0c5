//! The state that requests share.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::routing::MethodRouter;
use http::HeaderValue;
use seatwise_store::{Reserved, Store};

use crate::WireProfile;
use crate::config::{
    AskLastCollection, AskPastCollections, Clock, Config, MAX_CLOCK_SKEW, NewId, StartError,
};
use crate::error::ApiError;
use crate::import_folder::ImportFolder;
use crate::imports::Imports;
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::published::Published;
use crate::questions::Questions;
use crate::request_context::Dates;
use crate::sign_in::{CodeFlow, DevProvider, ProviderSettings, Verifier};
use crate::snapshot_cache::SnapshotCache;
use crate::{BrowserSignIn, CollectionStatus, Duties, SignIn};

/// The state of a server; [`Answers`](crate::Answers) answers from it.
pub struct AppState {
    pub(crate) verifier: Verifier,
    pub(crate) code_flow: CodeFlow,
    pub(crate) dev_provider: Option<DevProvider>,
    pub(crate) additions: Option<Additions>,
    pub(crate) published: Arc<Published>,
    pub(crate) store: Store,
    pub(crate) questions: Arc<Questions>,
    pub(crate) snapshots: Arc<SnapshotCache>,
    pub(crate) imports: Imports,
    pub(crate) import_folder: Option<Arc<ImportFolder>>,
    pub(crate) wire: WireProfile,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) limits: Limits,
    pub(crate) collection: Option<Arc<CollectionStatus>>,
    pub(crate) last_collection: Option<AskLastCollection>,
    pub(crate) past_collections: Option<AskPastCollections>,
    /// The clock for tokens and responses: the emulator's, if there is one.
    pub(crate) clock: Clock,
    /// The real clock, for stored data.
    pub(crate) real_clock: Clock,
    pub(crate) new_id: NewId,
    pub(crate) server_id: HeaderValue,
    pub(crate) dates: Dates,
    pub(crate) loopback_only: bool,
    /// Whether the server uses TLS, so that its URLs start with `https`.
    pub(crate) secure: bool,
}

/// What an emulator adds to a server: routes, layers and a clock. A server with it listens on
/// loopback addresses only.
#[derive(Clone)]
pub struct Additions {
    /// The clock for tokens and responses. Stored data has the real time.
    pub clock: Clock,
    /// Routes beside the API. They have all common layers, but check access themselves.
    pub routes: Router<Arc<AppState>>,
    /// Adds layers to an endpoint of the API, whose documented path it gets.
    pub endpoint: AddToEndpoint,
    /// Adds layers to all routes, inside of ids and log, and outside of the limits of requests.
    pub layer: AddToRoutes,
}

/// Adds layers to the endpoint with this path.
pub type AddToEndpoint = Arc<
    dyn Fn(&Arc<AppState>, &str, MethodRouter<Arc<AppState>>) -> MethodRouter<Arc<AppState>>
        + Send
        + Sync,
>;

/// Adds layers to all routes.
pub type AddToRoutes =
    Arc<dyn Fn(&Arc<AppState>, Router<Arc<AppState>>) -> Router<Arc<AppState>> + Send + Sync>;

impl AppState {
    /// Checks the configuration. Nothing is published yet: see [`refresh_now`](Self::refresh_now).
    ///
    /// # Errors
    ///
    /// If no caller or every caller could sign in, tokens would travel unencrypted, other computers
    /// could reach the development identity or the emulator, the clock skew is out of bounds, or the
    /// import folder cannot be watched.
    pub fn new(config: &Config, store: Store) -> Result<Arc<Self>, StartError> {
        let skew = config.clock_skew;
        if skew.is_negative() || skew > MAX_CLOCK_SKEW {
            return Err(StartError::ClockSkew { skew });
        }
        refuse_unsafe(config)?;
        Self::made(config, store)
    }

    /// The state for requests of this process only. No caller can sign in.
    ///
    /// # Errors
    ///
    /// If the import folder cannot be watched.
    pub(crate) fn for_this_process(config: &Config, store: Store) -> Result<Arc<Self>, StartError> {
        let config = Config {
            sign_in: SignIn::default(),
            dev_identity: None,
            emulator: None,
            browser_sign_in: None,
            ..config.clone()
        };
        Self::made(&config, store)
    }

    fn made(config: &Config, store: Store) -> Result<Arc<Self>, StartError> {
        let skew = config.clock_skew;
        let additions = config.emulator.clone();
        let clock = additions.as_ref().map_or(&config.clock, |it| &it.clock);
        let clock = Arc::clone(clock);
        let metrics = Arc::new(Metrics::new());
        let development = config.dev_identity.as_ref();
        let verifier = Verifier::new(
            config.sign_in.clone(),
            development.map(|identity| identity.key.clone()),
            skew,
            &metrics.duties,
        );
        let dev_provider = development.map(|identity| {
            let settings = ProviderSettings {
                clock: Arc::clone(&clock),
                new_id: Arc::clone(&config.new_id),
                secure: config.tls.is_some(),
                audiences: config.sign_in.audiences.clone(),
            };
            DevProvider::new(identity, settings)
        });
        let code_flow = CodeFlow::new(config, dev_provider.clone(), &metrics.duties);
        let memory = config.limits.counted_memory();
        let store = store.with_memory(usize::try_from(memory).unwrap_or(usize::MAX));
        let questions = Arc::new(Questions::new(&config.limits));
        let import_folder = config.import_from.clone().map(|settings| {
            ImportFolder::new(settings, config, store.clone(), Arc::clone(&metrics)).map(Arc::new)
        });
        Ok(Arc::new(Self {
            verifier: verifier.map_err(|err| StartError::Http { source: err.into() })?,
            code_flow: code_flow.map_err(|err| StartError::Http { source: err.into() })?,
            snapshots: Arc::new(SnapshotCache::new(
                store.clone(),
                Arc::clone(&questions),
                memory,
            )),
            questions,
            store: store.clone(),
            imports: Imports::new(store.clone(), &config.limits),
            import_folder: import_folder.transpose()?,
            wire: config.wire,
            dev_provider,
            loopback_only: development.is_some() || additions.is_some(),
            additions,
            published: Arc::new(Published::new(store, config, Arc::clone(&metrics))),
            metrics,
            limits: config.limits.clone(),
            collection: config.collection.clone(),
            last_collection: config.last_collection.clone(),
            past_collections: config.past_collections.clone(),
            clock,
            real_clock: Arc::clone(&config.clock),
            new_id: Arc::clone(&config.new_id),
            server_id: server_id(&config.new_id),
            dates: Dates::default(),
            secure: config.tls.is_some(),
        }))
    }

    /// Reserves query memory for an answer.
    pub(crate) fn reserve(&self, bytes: usize) -> Result<Reserved, ApiError> {
        let reserved = self.store.reserve(bytes);
        reserved.map_err(|err| self.snapshots.failed(err, "cannot keep memory"))
    }

    /// The supervisor of this server's duties.
    pub fn duties(&self) -> Duties {
        self.metrics.duties.clone()
    }

    /// Looks once at the import folder, if there is one: imports the files that were seen unchanged
    /// for the settle time before this instant.
    pub async fn import_from_folder(&self, at: Instant) {
        if let Some(folder) = &self.import_folder {
            folder.look(at).await;
        }
    }

    /// The stored data.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The form of bodies.
    pub fn wire(&self) -> WireProfile {
        self.wire
    }

    /// Whether the server uses TLS, so that its URLs start with `https`.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// Drops all rows that are kept in memory, for instance those of a partner that was removed.
    pub async fn forget_snapshots(&self) {
        self.snapshots.clear().await;
    }

    /// Publishes the stored data of all partners.
    ///
    /// A partner whose figures cannot be read keeps its last answer. This is logged and counted.
    pub async fn refresh_now(&self) {
        self.published.refresh(None).await;
    }
}

fn refuse_unsafe(config: &Config) -> Result<(), StartError> {
    let (listen, sign_in) = (config.listen, &config.sign_in);
    let on_loopback = listen.ip().to_canonical().is_loopback();
    match sign_in.issuers.first() {
        None if config.dev_identity.is_none() => return Err(StartError::NoIssuer),
        Some(issuer) if sign_in.tenants.is_empty() => {
            let issuer = issuer.clone();
            return Err(StartError::NoTenant { issuer });
        }
        _ => {}
    }
    if let Some(BrowserSignIn { issuer, .. }) = &config.browser_sign_in {
        let issuer = issuer.clone();
        if sign_in.tenants.is_empty() {
            return Err(StartError::NoTenant { issuer });
        }
        if issuer.is_entra_v1() {
            return Err(StartError::SignInIssuer { issuer });
        }
    }
    if sign_in.audiences.is_empty() {
        return Err(StartError::NoAudience);
    }
    if sign_in.scopes.is_empty() {
        return Err(StartError::NoScope);
    }
    if config.dev_identity.is_some() && !on_loopback {
        return Err(StartError::DevIdentityBeyondLoopback { listen });
    }
    if config.emulator.is_some() && !on_loopback {
        return Err(StartError::EmulatorBeyondLoopback { listen });
    }
    if config.tls.is_none() && !config.behind_proxy && !on_loopback {
        return Err(StartError::PlainHttp { listen });
    }
    Ok(())
}

/// Nine digits that identify a server process. Partner Center's documentation shows nine digits,
/// and asks clients to treat them as opaque.
fn server_id(new_id: &NewId) -> HeaderValue {
    let digits = format!("{:09}", new_id().as_u128() % 1_000_000_000);
    HeaderValue::try_from(digits).expect("digits are visible ASCII")
}

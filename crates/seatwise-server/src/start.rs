//! The start of a server: its state, from the configuration.

use std::sync::Arc;

use http::HeaderValue;
use seatwise_store::Store;

use crate::clock::{Clock, NewId};
use crate::config::Config;
use crate::description::DESCRIPTION;
use crate::duties::Duties;
use crate::import_folder::ImportFolder;
use crate::importing::Imports;
use crate::metrics::Metrics;
use crate::plumbing::dates::Dates;
use crate::published::Published;
use crate::questions::Questions;
use crate::sign_in::{
    BrowserSignIn, CodeFlow, DevProvider, MAX_CLOCK_SKEW, ProviderSettings, SignIn, Verifier,
};
use crate::snapshot_cache::SnapshotCache;
use crate::start_error::StartError;
use crate::state::AppState;

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
        let additions = config.emulator.clone();
        let clock = additions.as_ref().map_or(&config.clock, |it| &it.clock);
        let clock = Arc::clone(clock);
        let metrics = Arc::new(Metrics::new());
        let dev_provider = dev_provider(config, &clock);
        let (verifier, code_flow) = sign_in(config, dev_provider.clone(), &metrics.duties)
            .map_err(|err| StartError::Http { source: err.into() })?;
        let memory = config.limits.counted_memory();
        let store = store.with_memory(usize::try_from(memory).unwrap_or(usize::MAX));
        let questions = Arc::new(Questions::new(&config.limits));
        let import_folder = config.import_from.clone().map(|settings| {
            let (limits, real) = (&config.limits, Arc::clone(&config.clock));
            let (store, metrics) = (store.clone(), Arc::clone(&metrics));
            ImportFolder::new(settings, limits, real, store, metrics).map(Arc::new)
        });
        Ok(Arc::new(Self {
            verifier: Arc::new(verifier),
            code_flow,
            snapshots: Arc::new(SnapshotCache::new(
                store.clone(),
                Arc::clone(&questions),
                memory,
            )),
            questions,
            store: store.clone(),
            imports: Imports::new(store.clone(), &config.limits),
            import_folder: import_folder.transpose()?,
            description: &DESCRIPTION,
            wire: config.wire,
            dev_provider,
            loopback_only: config.dev_identity.is_some() || additions.is_some(),
            additions,
            published: Arc::new(Published::new(
                store,
                config.wire,
                Arc::clone(&config.clock),
                Arc::clone(&metrics),
            )),
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
}

/// The provider of the development identity, if there is one.
fn dev_provider(config: &Config, clock: &Clock) -> Option<DevProvider> {
    let settings = ProviderSettings {
        clock: Arc::clone(clock),
        new_id: Arc::clone(&config.new_id),
        secure: config.tls.is_some(),
        audiences: config.sign_in.audiences.clone(),
    };
    let identity = config.dev_identity.as_ref()?;
    Some(DevProvider::new(identity, settings))
}

/// How programs and people sign in.
fn sign_in(
    config: &Config,
    dev_provider: Option<DevProvider>,
    duties: &Duties,
) -> reqwest::Result<(Verifier, CodeFlow)> {
    let (sign_in, browser) = (config.sign_in.clone(), config.browser_sign_in.clone());
    let key = config
        .dev_identity
        .as_ref()
        .map(|identity| identity.key.clone());
    let code_flow = CodeFlow::new(browser, &sign_in, dev_provider, duties)?;
    let verifier = Verifier::new(sign_in, key, config.clock_skew, duties)?;
    Ok((verifier, code_flow))
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

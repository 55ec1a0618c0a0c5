//! A source with a generated partner, a store to collect into, and a virtual clock.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use seatwise_client::{Builder, Credential, Pace, PartnerOperations, RetryPolicy};
use seatwise_collect::{Clock, CollectError, Progress, Run, Settings, collect};
use seatwise_emulator::{DevIdentity, Emulator, RateLimits, TokenRequest};
use seatwise_portfolio::{Portfolio, Recipe};
use seatwise_server::{Config, Server};
use seatwise_store::Store;
use seatwise_store::import::{ImportOptions, Input, import};
use seatwise_types::PartnerId;
use tempfile::TempDir;
use uuid::Uuid;

/// The time of the tests.
pub(crate) fn start() -> Timestamp {
    "2026-11-01T09:00:00Z".parse().unwrap()
}

/// One identity for all tests, because key generation is slow.
static IDENTITY: LazyLock<(DevIdentity, TempDir)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    (DevIdentity::open_or_create(folder.path()).unwrap(), folder)
});

/// A clock for server and client. A waiting task advances it to the end of the wait, and continues
/// at once.
#[derive(Clone)]
pub(crate) struct Time(Arc<Mutex<Timestamp>>);

impl Time {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(start())))
    }

    pub(crate) fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    pub(crate) fn clock(&self) -> Clock {
        let time = self.clone();
        Arc::new(move || time.now())
    }

    /// The end of a wait that begins now. Concurrent waits overlap.
    pub(crate) fn after(&self, wait: Duration) -> Timestamp {
        self.now() + SignedDuration::try_from(wait).unwrap()
    }

    /// Advances to this instant, unless it has passed.
    pub(crate) fn set(&self, then: Timestamp) {
        let mut now = self.0.lock().unwrap();
        *now = then.max(*now);
    }
}

/// A token of a user of the partner.
pub(crate) fn token(partner: PartnerId, now: Timestamp, life: Duration) -> String {
    let request = TokenRequest {
        partner,
        user: "admin@partner.example".to_owned(),
        app_only: false,
        write: false,
        expires_in: life,
    };
    IDENTITY.0.issue(&request, now).unwrap()
}

/// A server over a store.
pub(crate) struct Source {
    pub(crate) url: String,
    pub(crate) partner: PartnerId,
    pub(crate) time: Time,
    _serving: tokio::task::JoinHandle<()>,
    _folder: Option<TempDir>,
}

impl Source {
    /// A generated partner with this many customers and a few days of history.
    pub(crate) async fn with_customers(customers: u32, plan: &str, limits: RateLimits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(&folder.path().join("data")).unwrap();
        let partner = fill(&store, folder.path(), customers).await;
        let source = Self::over(store, partner, plan, limits).await;
        Self {
            _folder: Some(folder),
            ..source
        }
    }

    /// The content of a store, without faults.
    pub(crate) async fn of(store: &Store, partner: PartnerId) -> Self {
        Self::over(store.clone(), partner, "none", RateLimits::None).await
    }

    async fn over(store: Store, partner: PartnerId, plan: &str, limits: RateLimits) -> Self {
        let time = Time::new();
        let ids = AtomicU64::new(1);
        let new_id = Arc::new(move || Uuid::from_u64_pair(1, ids.fetch_add(1, Ordering::Relaxed)));
        let listen = "127.0.0.1:0".parse().unwrap();
        let mut config = Config::new(listen, time.clock(), new_id);
        config.dev_identity = Some(IDENTITY.0.sign_in());
        let mut emulator = Emulator::new(Arc::new(|_, _| Err(std::io::ErrorKind::Other.into())));
        emulator.faults = plan.parse().unwrap();
        emulator.limits = limits;
        let emulation = emulator.start(time.clock()).unwrap();
        config.emulator = Some(emulation.additions());
        let server = Server::bind(config, store).await.unwrap();
        server.refresh_now().await;
        Self {
            url: format!("http://{}", server.local_addr()),
            partner,
            time,
            _serving: tokio::spawn(server.serve(std::future::pending())),
            _folder: None,
        }
    }

    /// A client that waits in the server's time.
    pub(crate) fn builder(&self, credential: Credential) -> Builder {
        let time = self.time.clone();
        let clock = self.time.clock();
        PartnerOperations::builder(credential)
            .base_url(&self.url)
            .clock(move || clock())
            .sleep(move |wait| {
                let (time, end) = (time.clone(), time.after(wait));
                async move { time.set(end) }
            })
            .retry(RetryPolicy {
                attempts: 8,
                ..RetryPolicy::default()
            })
    }

    pub(crate) fn credential(&self) -> Credential {
        let life = Duration::from_secs(7 * 24 * 3600);
        Credential::token(token(self.partner, self.time.now(), life))
    }

    pub(crate) fn client(&self) -> PartnerOperations {
        self.builder(self.credential()).build().unwrap()
    }

    pub(crate) fn paced(&self, pace: Pace) -> PartnerOperations {
        self.builder(self.credential()).pace(pace).build().unwrap()
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings::new(self.partner, &self.url)
    }

    pub(crate) async fn collect(
        &self,
        store: &Store,
        client: &PartnerOperations,
        settings: &Settings,
    ) -> Result<Run, CollectError> {
        let progress = Progress::default();
        collect(store, client, settings, &self.time.clock(), &progress).await
    }

    /// The answers for the partner, byte for byte, and all rows.
    pub(crate) async fn answers(&self) -> Answers {
        let client = self.client();
        let partner = async |path: &str| {
            let path = format!("/v1/analytics/licenses/{path}");
            String::from_utf8(client.get_raw(&path).await.unwrap()).unwrap()
        };
        let rows = async |path: &str| {
            let path = format!("/v1/analytics/commercial/{path}/license?top=10000&skip=");
            let mut pages = Vec::new();
            loop {
                let path = format!("{path}{}", pages.len() * 10_000);
                let body = client.get_raw(&path).await.unwrap();
                let page: serde_json::Value = serde_json::from_slice(&body).unwrap();
                let is_last = page["@nextLink"].is_null();
                pages.push(page["Value"].clone());
                if is_last {
                    return serde_json::Value::from(pages);
                }
            }
        };
        Answers {
            usage: partner("usage").await,
            deployment: partner("deployment").await,
            usage_rows: rows("usage").await,
            deployment_rows: rows("deployment").await,
        }
    }
}

/// The answers of a server for a partner.
#[derive(Debug, PartialEq)]
pub(crate) struct Answers {
    pub(crate) usage: String,
    pub(crate) deployment: String,
    pub(crate) usage_rows: serde_json::Value,
    pub(crate) deployment_rows: serde_json::Value,
}

impl Answers {
    /// All answers.
    #[track_caller]
    pub(crate) fn assert_same(&self, other: &Self) {
        self.assert_same_figures(other);
        assert!(self.usage_rows == other.usage_rows, "usage rows differ");
        assert!(
            self.deployment_rows == other.deployment_rows,
            "deployment rows differ"
        );
    }

    /// The figures of all customers together.
    #[track_caller]
    pub(crate) fn assert_same_figures(&self, other: &Self) {
        assert!(self.usage.len() > 500, "{}", self.usage);
        assert_eq!(self.usage, other.usage);
        assert_eq!(self.deployment, other.deployment);
    }
}

async fn fill(store: &Store, folder: &Path, customers: u32) -> PartnerId {
    let portfolio = Portfolio::new(Recipe {
        seed: 7,
        customers,
        days: 3,
        last_day: "2026-10-31".parse().unwrap(),
    });
    let (usage, deployment) = (folder.join("usage.csv"), folder.join("deployment.csv"));
    let create = |path: &Path| std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    portfolio.usage_csv(create(&usage)).unwrap();
    portfolio.deployment_csv(create(&deployment)).unwrap();
    let partner = PartnerId::new(portfolio.partner_id());
    let options = ImportOptions::new(partner);
    let inputs = vec![Input::File(usage), Input::File(deployment)];
    import(store, &options, inputs, start(), Arc::default())
        .await
        .unwrap();
    partner
}

/// An empty store.
pub(crate) fn target() -> (Store, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(&folder.path().join("data")).unwrap();
    (store, folder)
}

//! A server for a store in a temporary folder, with a clock and ids set by tests.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use http::Request;
use http::header::AUTHORIZATION;
use http_body_util::BodyExt;
use jiff::Timestamp;
use seatwise_emulator::{DevIdentity, Emulator, TokenRequest};
use seatwise_server::{Answers, AppState, Config};
use seatwise_store::Store;
use seatwise_store::import::{ImportOptions, Input, Progress, import};
use seatwise_types::PartnerId;
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) const USAGE: &str = "/v1/analytics/licenses/usage";
pub(crate) const DEPLOYMENT: &str = "/v1/analytics/licenses/deployment";

/// One identity for all tests, because generating a key takes long.
pub(crate) struct TestIdentity {
    pub(crate) identity: DevIdentity,
    pub(crate) key_file: PathBuf,
    _folder: TempDir,
}

pub(crate) static IDENTITY: LazyLock<TestIdentity> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    TestIdentity {
        identity: DevIdentity::open_or_create(folder.path()).unwrap(),
        key_file: folder.path().join("dev-identity/signing-key.pem"),
        _folder: folder,
    }
});

pub(crate) fn partner() -> PartnerId {
    "a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a".parse().unwrap()
}

/// The time of the documented response of partner usage.
pub(crate) fn start() -> Timestamp {
    "2017-03-15T17:43:11Z".parse().unwrap()
}

pub(crate) struct TestServer {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) app: Arc<AppState>,
    answers: Answers,
    now: Arc<Mutex<Timestamp>>,
    _folder: TempDir,
}

impl TestServer {
    /// A server with an empty store, already published.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let server = Self::unpublished(change);
        server.app.refresh_now().await;
        server
    }

    pub(crate) fn unpublished(change: impl FnOnce(&mut Config)) -> Self {
        crate::recorder::keep_interest();
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(&folder.path().join("data")).unwrap();
        let now = Arc::new(Mutex::new(start()));
        let clock = {
            let now = Arc::clone(&now);
            Arc::new(move || *now.lock().unwrap())
        };
        let made = AtomicU64::new(0);
        let new_id = Arc::new(move || made_id(made.fetch_add(1, Ordering::Relaxed)));
        let mut config = Config::new("127.0.0.1:0".parse().unwrap(), clock, new_id);
        config.dev_identity = Some(IDENTITY.identity.sign_in());
        change(&mut config);
        let app = AppState::new(&config, store.clone()).unwrap();
        Self {
            answers: Answers::new(Arc::clone(&app)),
            app,
            config,
            store,
            now,
            _folder: folder,
        }
    }

    /// The server after a restart: nothing is read or published yet.
    pub(crate) fn restarted(self) -> Self {
        let store = Store::open(self.store.work_dir()).unwrap();
        let app = AppState::new(&self.config, store.clone()).unwrap();
        Self {
            answers: Answers::new(Arc::clone(&app)),
            app,
            store,
            ..self
        }
    }

    /// Stores data of a partner: the columns and rows of a CSV file.
    pub(crate) async fn import(&self, partner: PartnerId, columns: &str, rows: &str) {
        import_into(&self.store, partner, columns, rows).await;
    }

    pub(crate) fn advance(&self, by: Duration) {
        let mut now = self.now.lock().unwrap();
        *now += by;
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        Answer::of(self.answers.answer(request).await).await
    }

    /// `GET` with the token of a user of [`partner`].
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(get(path).body(Body::empty()).unwrap()).await
    }

    /// Whether `/metrics` has this line.
    pub(crate) async fn metric(&self, line: &str) -> bool {
        let metrics = self.get("/metrics").await.text();
        metrics.lines().any(|it| it == line)
    }
}

pub(crate) const USAGE_COLUMNS: &str = "processedDateTime,workloadName,serviceCode,serviceName,\
    channel,customerTenantId,customerName,productName,licensesActive,licensesQualified";
pub(crate) const DEPLOYMENT_COLUMNS: &str = "processedDateTime,serviceCode,serviceName,channel,\
    customerTenantId,customerName,productName,licensesDeployed,licensesSold";

/// Imports like another process, if the store was opened again.
pub(crate) async fn import_into(store: &Store, partner: PartnerId, columns: &str, rows: &str) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "{columns}\n{rows}").unwrap();
    let inputs = vec![Input::File(file.path().to_owned())];
    let options = ImportOptions {
        // A test can replace its earlier data.
        replace: true,
        ..ImportOptions::new(partner)
    };
    import(
        store,
        &options,
        inputs,
        start(),
        Arc::new(Progress::default()),
    )
    .await
    .unwrap();
}

/// An emulator whose made-up partners have one row. The seed becomes the last part of the partner's
/// id, and the number of customers becomes the seats.
pub(crate) fn emulator() -> Emulator {
    Emulator::new(Arc::new(|recipe, folder| {
        let partner = PartnerId::new(Uuid::from_u128(u128::from(recipe.seed)));
        let file = folder.join("usage.csv");
        let row = format!(
            "{},Exchange,o365,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,Customer 005,E3,1,{}",
            recipe.last_day, recipe.customers
        );
        std::fs::write(&file, format!("{USAGE_COLUMNS}\n{row}\n"))?;
        Ok((partner, vec![file]))
    }))
}

/// Adds an emulator with the faults of a plan.
pub(crate) fn emulated(plan: &str) -> impl FnOnce(&mut Config) {
    let faults = plan.parse().unwrap();
    emulated_as(|emulator| emulator.faults = faults)
}

/// Adds an emulator with other settings.
pub(crate) fn emulated_as(change: impl FnOnce(&mut Emulator)) -> impl FnOnce(&mut Config) {
    let mut emulator = emulator();
    emulator.identity = Some(IDENTITY.identity.clone());
    change(&mut emulator);
    |config| {
        let emulation = emulator.start(Arc::clone(&config.clock)).unwrap();
        config.emulator = Some(emulation.additions());
    }
}

fn made_id(number: u64) -> Uuid {
    Uuid::from_u128(0x1000_0000_0000_4000_8000_0000_0000_0000 + u128::from(number))
}

pub(crate) fn get(path: &str) -> http::request::Builder {
    Request::get(path).header(AUTHORIZATION, format!("Bearer {}", user_token(partner())))
}

pub(crate) fn user_token(partner: PartnerId) -> String {
    token(partner, false, false)
}

pub(crate) fn app_token(partner: PartnerId) -> String {
    token(partner, true, false)
}

/// The token of a user who can import.
pub(crate) fn writer_token(partner: PartnerId) -> String {
    token(partner, false, true)
}

/// The token of an application that can import.
pub(crate) fn writing_app_token(partner: PartnerId) -> String {
    token(partner, true, true)
}

fn token(partner: PartnerId, app_only: bool, write: bool) -> String {
    let request = TokenRequest {
        partner,
        user: "admin@partner.example".to_owned(),
        app_only,
        write,
        expires_in: Duration::from_secs(3600),
    };
    IDENTITY.identity.issue(&request, start()).unwrap()
}

/// A complete response. Its text has the status, the headers and the body.
pub(crate) struct Answer {
    pub(crate) head: http::response::Parts,
    pub(crate) body: Bytes,
}

impl Answer {
    async fn of(response: Response) -> Self {
        let (head, body) = response.into_parts();
        Self {
            head,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.head
            .headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Status and body, for tests that do not check headers.
    pub(crate) fn short(&self) -> String {
        format!("{}\n{}", self.head.status, self.text())
    }

    /// The body, with a visible byte-order mark.
    pub(crate) fn text(&self) -> String {
        str::from_utf8(&self.body)
            .unwrap()
            .replace('\u{feff}', "<mark>")
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut lines = String::new();
        for (name, value) in &self.head.headers {
            writeln!(lines, "{name}: {}", value.to_str().unwrap())?;
        }
        write!(f, "{}\n{lines}\n{}", self.head.status, self.text())
    }
}

//! A server with pages on a store in a temporary folder, and a minimal browser.

use std::io::Write as _;
use std::sync::{Arc, LazyLock, Mutex};

use axum::body::Body;
use http::header::{COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use seatwise_emulator::{DevIdentity, TokenRequest};
use seatwise_portfolio::{Portfolio, Recipe};
use seatwise_server::{Answers, AppState, Config};
use seatwise_store::Store;
use seatwise_store::import::{Files, ImportOptions, Input, Progress, import};
use seatwise_types::PartnerId;
use seatwise_types::extensions::IdleFileKind;
use seatwise_web::Sessions;
use tempfile::TempDir;

/// All tests share one identity, because making a key takes long.
static IDENTITY: LazyLock<DevIdentity> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    DevIdentity::open_or_create(folder.path()).unwrap()
});

pub(crate) const USAGE_COLUMNS: &str = "processedDateTime,workloadCode,workloadName,serviceCode,\
    channel,customerTenantId,customerName,productId,productName,licensesActive,licensesQualified";
pub(crate) const DEPLOYMENT_COLUMNS: &str = "processedDateTime,serviceCode,channel,customerTenantId,\
    customerName,productId,productName,licensesDeployed,licensesSold";

pub(crate) fn partner() -> PartnerId {
    "a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a".parse().unwrap()
}

pub(crate) fn start() -> Timestamp {
    "2026-11-02T09:00:00Z".parse().unwrap()
}

pub(crate) struct TestApp {
    pub(crate) store: Store,
    sessions: Sessions,
    answers: Answers,
    app: Arc<AppState>,
    now: Arc<Mutex<Timestamp>>,
    _folder: TempDir,
}

/// A response.
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

/// A browser with a cookie.
pub(crate) struct Browser<'a> {
    app: &'a TestApp,
    cookie: String,
}

impl TestApp {
    pub(crate) fn new() -> Self {
        Self::with(Sessions::new(false), |_| {})
    }

    /// An app with these sessions and a changed configuration.
    pub(crate) fn with(sessions: Sessions, set_up: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(&folder.path().join("data")).unwrap();
        let now = Arc::new(Mutex::new(start()));
        let clock = {
            let now = Arc::clone(&now);
            Arc::new(move || *now.lock().unwrap())
        };
        let listen = "127.0.0.1:0".parse().unwrap();
        let mut config = Config::new(listen, clock, Arc::new(uuid::Uuid::nil));
        config.dev_identity = Some(IDENTITY.sign_in());
        set_up(&mut config);
        let app = AppState::new(&config, store.clone()).unwrap();
        let pages = seatwise_web::pages(Arc::clone(&app), sessions.clone());
        Self {
            answers: Answers::with_pages(Arc::clone(&app), pages),
            store,
            sessions,
            app,
            now,
            _folder: folder,
        }
    }

    /// An app with a made-up portfolio of this size.
    pub(crate) async fn with_portfolio(customers: u32, days: u16) -> Self {
        let app = Self::new();
        let recipe = Recipe {
            customers,
            days,
            ..Recipe::new("2026-10-31".parse().unwrap())
        };
        let portfolio = Portfolio::new(recipe);
        let (mut usage, mut deployment) = (Vec::new(), Vec::new());
        portfolio.usage_csv(&mut usage).unwrap();
        portfolio.deployment_csv(&mut deployment).unwrap();
        for file in [usage, deployment] {
            app.import_bytes(partner(), &file).await;
        }
        app.app.refresh_now().await;
        app
    }

    /// Imports rows of a partner.
    pub(crate) async fn import(&self, partner: PartnerId, columns: &str, rows: &[&str]) {
        let file = format!("{columns}\n{}\n", rows.join("\n"));
        self.import_bytes(partner, file.as_bytes()).await;
        self.app.refresh_now().await;
    }

    async fn import_bytes(&self, partner: PartnerId, bytes: &[u8]) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let options = ImportOptions {
            files: Files::Versions,
            replace: true,
            ..ImportOptions::new(partner)
        };
        let inputs = vec![Input::File(file.path().to_owned())];
        let now = *self.now.lock().unwrap();
        let progress = Arc::new(Progress::default());
        import(&self.store, &options, inputs, now, progress)
            .await
            .unwrap();
    }

    /// Sets the partner's price file, one second after the last file.
    pub(crate) async fn set_prices(&self, text: &str) {
        self.set_idle_file(IdleFileKind::Prices, text).await;
    }

    /// Sets the partner's policy, one second after the last file.
    pub(crate) async fn set_policy(&self, text: &str) {
        self.set_idle_file(IdleFileKind::Policy, text).await;
    }

    async fn set_idle_file(&self, kind: IdleFileKind, text: &str) {
        self.advance(jiff::SignedDuration::from_secs(1));
        let (bytes, now) = (text.as_bytes().to_vec(), *self.now.lock().unwrap());
        let set = self.store.set_idle_file(partner(), kind, bytes, now, false);
        set.await.unwrap();
    }

    pub(crate) fn advance(&self, by: jiff::SignedDuration) {
        let mut now = self.now.lock().unwrap();
        *now += by;
    }

    pub(crate) fn link(&self, partner: PartnerId) -> String {
        self.sessions.link(partner, "Ada", self.app.now())
    }

    pub(crate) async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Got {
        self.send_body(method, path, headers, "").await
    }

    pub(crate) async fn send_body(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Got {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self
            .answers
            .answer(request.body(Body::from(body.to_owned())).unwrap())
            .await;
        let (parts, body) = answer.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        // No mark of a number or day may be left in a page.
        assert!(!text.contains(['\u{FDD0}', '\u{FDD1}']), "{path}: {text}");
        Got {
            status: parts.status,
            headers: parts.headers,
            text,
        }
    }

    /// Signs in with a link.
    pub(crate) async fn browser(&self, partner: PartnerId) -> Browser<'_> {
        let got = self.send(Method::GET, &self.link(partner), &[]).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.text);
        assert_eq!(got.headers[LOCATION], "/");
        Browser {
            app: self,
            cookie: got.cookie("seatwise-session"),
        }
    }

    /// A browser with this cookie.
    pub(crate) fn with_cookie(&self, cookie: impl Into<String>) -> Browser<'_> {
        Browser {
            app: self,
            cookie: cookie.into(),
        }
    }

    /// A response of the API as JSON.
    pub(crate) async fn api(&self, path: &str) -> serde_json::Value {
        let bearer = self.bearer();
        let got = self
            .send(Method::GET, path, &[("authorization", &bearer)])
            .await;
        assert_eq!(got.status, StatusCode::OK, "{path}: {}", got.text);
        serde_json::from_str(got.text.trim_start_matches('\u{feff}')).unwrap()
    }

    /// The `Authorization` header of a user of the partner.
    pub(crate) fn bearer(&self) -> String {
        let request = TokenRequest {
            partner: partner(),
            user: "ada@partner.example".to_owned(),
            app_only: false,
            write: false,
            expires_in: std::time::Duration::from_secs(60),
        };
        let token = IDENTITY.issue(&request, self.app.now()).unwrap();
        format!("Bearer {token}")
    }
}

impl Got {
    /// The name and value of a cookie that the response sets.
    pub(crate) fn cookie(&self, name: &str) -> String {
        let cookie = self
            .cookies()
            .find(|it| it.starts_with(&format!("{name}=")));
        let pair = cookie.unwrap_or_else(|| panic!("no {name}: {}", self.text));
        assert_ne!(pair, format!("{name}="));
        pair
    }

    /// The names and values of all cookies that the response sets.
    pub(crate) fn cookies(&self) -> impl Iterator<Item = String> {
        let cookies = self.headers.get_all(SET_COOKIE).iter();
        cookies.map(|it| it.to_str().unwrap().split(';').next().unwrap().to_owned())
    }

    /// The address that the response redirects to.
    pub(crate) fn location(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text);
        self.headers[LOCATION].to_str().unwrap()
    }
}

impl Browser<'_> {
    pub(crate) async fn get(&self, path: &str) -> Got {
        let headers = [(COOKIE.as_str(), self.cookie.as_str())];
        self.app.send(Method::GET, path, &headers).await
    }

    /// Gets a page with these preferred languages.
    pub(crate) async fn get_as(&self, accept_language: &str, path: &str) -> Got {
        let headers = [
            (COOKIE.as_str(), self.cookie.as_str()),
            ("accept-language", accept_language),
        ];
        self.app.send(Method::GET, path, &headers).await
    }

    /// Gets a page that must exist.
    pub(crate) async fn page(&self, path: &str) -> String {
        let got = self.get(path).await;
        assert_eq!(got.status, StatusCode::OK, "{path}: {}", got.text);
        got.text
    }

    /// Sends a form as a page of this server does.
    pub(crate) async fn send_form(&self, path: &str, form: &str) -> Got {
        let headers = [
            (COOKIE.as_str(), self.cookie.as_str()),
            ("sec-fetch-site", "same-origin"),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let sent = self.app.send_body(Method::POST, path, &headers, form);
        sent.await
    }

    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)]) -> Got {
        let cookie = [(COOKIE.as_str(), self.cookie.as_str())];
        let headers: Vec<_> = cookie.into_iter().chain(headers.iter().copied()).collect();
        self.app.send(Method::POST, path, &headers).await
    }
}

/// The unescaped values of an attribute in a page.
pub(crate) fn attributes(page: &str, name: &str) -> Vec<String> {
    let begin = format!(" {name}=\"");
    let parts = page.split(begin.as_str()).skip(1);
    let values = parts.map(|part| part.split('"').next().unwrap());
    values.map(unescaped).collect()
}

pub(crate) fn unescaped(text: &str) -> String {
    text.replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#38;", "&")
}

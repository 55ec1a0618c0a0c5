//! Credentials that request tokens: what they send, when, and where secrets are kept.

use std::error::Error as _;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use seatwise_client::{
    Application, BoxFuture, Builder, Cloud, Credential, DeviceCode, Error, ErrorKind,
    PartnerOperations, RefreshTokenInMemory, RefreshTokenStore, RetryPolicy, SecretFile,
    SecretString,
};
use tokio::sync::Notify;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::scripted::Scripted;
use crate::support::{PARTNER_USAGE, fault, json, received, server_with};

const TENANT: &str = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7";
const V1: &str = "/login/2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7/oauth2/token";
const V2: &str = "/login/2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7/oauth2/v2.0/token";
const DEVICE: &str = "/login/2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7/oauth2/v2.0/devicecode";
const USAGE: &str = "/v1/analytics/licenses/usage";

fn application(server: &str) -> Application {
    Application::new(Cloud::Global, TENANT, "client-1").authority(format!("{server}/login/"))
}

/// A client with a clock set by the test, and without waits.
fn builder(credential: Credential, base_url: &str, seconds: &Arc<AtomicI64>) -> Builder {
    let seconds = Arc::clone(seconds);
    PartnerOperations::builder(credential)
        .base_url(base_url)
        .clock(move || Timestamp::from_second(seconds.load(Ordering::Relaxed)).unwrap())
        .sleep(|_| std::future::ready(()))
}

fn client(credential: Credential, base_url: &str) -> PartnerOperations {
    builder(credential, base_url, &Arc::default())
        .build()
        .unwrap()
}

async fn usage(partner: &PartnerOperations) -> Result<(), Error> {
    partner.analytics().licenses().usage().get().await.map(drop)
}

/// Numbered tokens, `access-1` with `refresh-1` and so on, valid for an hour.
async fn issues_tokens(server: &MockServer, at: &str) {
    let count = AtomicI64::new(0);
    Mock::given(method("POST"))
        .and(path(at))
        .respond_with(move |_: &wiremock::Request| {
            let number = count.fetch_add(1, Ordering::Relaxed) + 1;
            json(format!(
                r#"{{"token_type":"Bearer","expires_in":"3600","ext_expires_in":"3600",
                    "access_token":"access-{number}","refresh_token":"refresh-{number}"}}"#
            ))
        })
        .with_priority(1)
        .mount(server)
        .await;
}

/// The posted forms.
async fn forms(server: &MockServer) -> Vec<String> {
    let requests = server.received_requests().await.unwrap();
    requests
        .iter()
        .filter(|request| request.method == "POST")
        .map(|request| String::from_utf8(request.body.clone()).unwrap())
        .collect()
}

fn printed(err: &Error) -> String {
    let chain: Vec<_> = std::iter::successors(err.source(), |&err| err.source())
        .map(ToString::to_string)
        .collect();
    format!("{err} {err:?} {chain:?}")
}

#[tokio::test]
async fn an_application_alone() {
    let server = server_with(USAGE, PARTNER_USAGE).await;
    issues_tokens(&server, V1).await;
    let credential = Credential::client_secret(application(&server.uri()), "s&cret");
    let partner = client(credential, &server.uri());
    for _ in 0..2 {
        usage(&partner).await.unwrap();
    }
    assert_eq!(
        forms(&server).await,
        [
            "grant_type=client_credentials&client_id=client-1&client_secret=s%26cret\
          &resource=https%3A%2F%2Fapi.partnercenter.microsoft.com"
        ]
    );
    let tokens = received(&server, "Authorization").await;
    assert_eq!(tokens, ["Bearer access-1", "Bearer access-1"]);
    let types = received(&server, "Content-Type").await;
    assert_eq!(types, ["application/x-www-form-urlencoded"]);
}

#[tokio::test]
async fn the_secure_application_model_saves_each_new_refresh_token() {
    let server = server_with(USAGE, PARTNER_USAGE).await;
    issues_tokens(&server, V1).await;
    let folder = tempfile::tempdir().unwrap();
    let file = SecretFile::new(folder.path().join("refresh-token"));
    file.write(&"refresh-0".into()).unwrap();

    let application = application(&server.uri());
    let credential = Credential::secure_application_model(application, "secret", file.clone());
    let seconds = Arc::new(AtomicI64::new(0));
    let partner = builder(credential, &server.uri(), &seconds)
        .build()
        .unwrap();
    usage(&partner).await.unwrap();
    assert_eq!(saved(&file), "refresh-1");
    // A token is renewed one minute before it expires, and not earlier.
    seconds.store(3539, Ordering::Relaxed);
    usage(&partner).await.unwrap();
    assert_eq!(saved(&file), "refresh-1");
    seconds.store(3540, Ordering::Relaxed);
    usage(&partner).await.unwrap();
    assert_eq!(saved(&file), "refresh-2");

    let form = |number| {
        format!(
            "grant_type=refresh_token&client_id=client-1&refresh_token=refresh-{number}\
             &client_secret=secret&resource=https%3A%2F%2Fapi.partnercenter.microsoft.com\
             &scope=openid"
        )
    };
    assert_eq!(forms(&server).await, [form(0), form(1)]);
    assert_eq!(
        received(&server, "Authorization").await,
        ["Bearer access-1", "Bearer access-1", "Bearer access-2"]
    );
}

fn saved(file: &SecretFile) -> String {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let mode = std::fs::metadata(file.path()).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    std::fs::read_to_string(file.path()).unwrap()
}

#[tokio::test]
async fn a_user_of_an_application_without_a_secret() {
    let server = server_with(USAGE, PARTNER_USAGE).await;
    issues_tokens(&server, V2).await;
    let store = RefreshTokenInMemory::new("refresh-0");
    let credential = Credential::refresh_token(application(&server.uri()), store);
    usage(&client(credential, &server.uri())).await.unwrap();
    assert_eq!(
        forms(&server).await,
        [
            "grant_type=refresh_token&client_id=client-1&refresh_token=refresh-0\
          &scope=https%3A%2F%2Fapi.partnercenter.microsoft.com%2Fuser_impersonation\
          +offline_access"
        ]
    );
}

#[tokio::test]
async fn one_renews_and_all_others_wait_for_it() {
    let server = server_with(USAGE, PARTNER_USAGE).await;
    issues_tokens(&server, V2).await;
    let store = RefreshTokenInMemory::new("refresh-0");
    let credential = Credential::refresh_token(application(&server.uri()), store);
    let partner = client(credential, &server.uri());
    let calls = (0..20).map(|_| usage(&partner));
    for result in join_all(calls).await {
        result.unwrap();
    }
    assert_eq!(forms(&server).await.len(), 1);
    assert_eq!(
        received(&server, "Authorization").await,
        ["Bearer access-1"; 20]
    );
}

/// A store that fails to save when the test wants it to.
#[derive(Clone, Default)]
struct Vault {
    full: Arc<AtomicBool>,
    saved: Arc<Mutex<Vec<String>>>,
}

impl RefreshTokenStore for Vault {
    fn load(&self) -> BoxFuture<'_, io::Result<SecretString>> {
        Box::pin(async { Ok("refresh-0".into()) })
    }

    fn save<'a>(&'a self, token: &'a SecretString) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(async move {
            if self.full.load(Ordering::Relaxed) {
                return Err(io::Error::other("the vault is full"));
            }
            let token = secrecy::ExposeSecret::expose_secret(token).to_owned();
            self.saved.lock().unwrap().push(token);
            Ok(())
        })
    }
}

#[tokio::test]
async fn a_refresh_token_that_could_not_be_saved_is_not_lost() {
    let server = server_with(USAGE, PARTNER_USAGE).await;
    issues_tokens(&server, V2).await;
    let vault = Vault::default();
    let credential = Credential::refresh_token(application(&server.uri()), vault.clone());
    let partner = client(credential, &server.uri());

    vault.full.store(true, Ordering::Relaxed);
    let err = usage(&partner).await.unwrap_err();
    assert_eq!(err.kind(), &ErrorKind::Auth);
    assert_eq!(err.to_string(), "failed to save the new refresh token");
    assert_eq!(err.source().unwrap().to_string(), "the vault is full");
    assert!(!printed(&err).contains("refresh-1"));

    vault.full.store(false, Ordering::Relaxed);
    usage(&partner).await.unwrap();
    let forms = forms(&server).await;
    assert!(forms[1].contains("refresh_token=refresh-1"), "{}", forms[1]);
    assert_eq!(*vault.saved.lock().unwrap(), ["refresh-2"]);
}

/// A store that reports a save, and then waits for the test.
#[derive(Default)]
struct SlowVault {
    asked: Notify,
    done: Notify,
}

impl RefreshTokenStore for SlowVault {
    fn load(&self) -> BoxFuture<'_, io::Result<SecretString>> {
        Box::pin(async { Ok("refresh-0".into()) })
    }

    fn save<'a>(&'a self, _: &'a SecretString) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(async {
            self.asked.notify_one();
            self.done.notified().await;
            Ok(())
        })
    }
}

#[tokio::test]
async fn a_call_that_is_given_up_does_not_break_off_the_renewal() {
    let server = server_with(USAGE, PARTNER_USAGE).await;
    issues_tokens(&server, V2).await;
    let vault = Arc::new(SlowVault::default());
    let credential = Credential::refresh_token(application(&server.uri()), Arc::clone(&vault));
    let partner = client(credential, &server.uri());
    tokio::select! {
        _ = usage(&partner) => panic!("the store has not saved yet"),
        () = vault.asked.notified() => {}
    }
    vault.done.notify_one();
    usage(&partner).await.unwrap();
    assert_eq!(forms(&server).await.len(), 1);
}

#[tokio::test]
async fn a_store_without_a_token_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = SecretFile::new(folder.path().join("none"));
    let credential = Credential::refresh_token(application("http://127.0.0.1:1"), file);
    let err = usage(&client(credential, "http://127.0.0.1:1"))
        .await
        .unwrap_err();
    assert_eq!(err.to_string(), "failed to read the refresh token");
    let source = err.source().unwrap().downcast_ref::<io::Error>().unwrap();
    assert_eq!(source.kind(), io::ErrorKind::NotFound);
}

#[tokio::test]
async fn a_refused_token_is_forgotten_and_the_call_is_not_repeated() {
    let server = server_with("/v1/customers", "{}").await;
    issues_tokens(&server, V1).await;
    for (status, at) in [(401, USAGE), (403, "/v1/forbidden")] {
        Mock::given(path(at))
            .respond_with(fault(status, r#"{"code":"400","description":"no"}"#))
            .with_priority(1)
            .mount(&server)
            .await;
    }
    let credential = Credential::client_secret(application(&server.uri()), "secret");
    let partner = client(credential, &server.uri());
    partner.get_raw("/v1/customers").await.unwrap();
    assert!(
        partner
            .get_raw("/v1/forbidden")
            .await
            .unwrap_err()
            .is_forbidden()
    );
    assert!(usage(&partner).await.unwrap_err().is_unauthorized());
    partner.get_raw("/v1/customers").await.unwrap();
    assert_eq!(
        received(&server, "Authorization").await,
        [
            "Bearer access-1",
            "Bearer access-1",
            "Bearer access-1",
            "Bearer access-2"
        ]
    );
}

/// The error of a call whose sign-in gets this answer, and the number of sign-in requests.
async fn refusal(answer: ResponseTemplate) -> (Error, usize) {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(answer)
        .mount(&server)
        .await;
    let credential = Credential::client_secret(application(&server.uri()), "very-secret");
    let partner = client(credential, &server.uri());
    let err = usage(&partner).await.unwrap_err();
    let printed = printed(&err);
    assert!(
        !printed.contains("very-secret") && !printed.contains("oauth2"),
        "{printed}"
    );
    (err, server.received_requests().await.unwrap().len())
}

#[tokio::test]
async fn errors_of_entra_have_their_parts_and_a_hint() {
    let body = r#"{"error":"interaction_required","error_description":"AADSTS50076: Due to a\r\nchange",
        "error_codes":[50076],"timestamp":"2026-01-01 00:00:00Z","trace_id":"t","correlation_id":"c"}"#;
    let (err, asked) = refusal(fault(400, body)).await;
    assert_eq!(
        err.kind(),
        &ErrorKind::SignIn {
            status: 400,
            error: Some("interaction_required".to_owned()),
            codes: vec![50076],
            description: "AADSTS50076: Due to a  change".to_owned(),
        }
    );
    assert_eq!(
        err.to_string(),
        "sign-in failed with `interaction_required`: AADSTS50076: Due to a  change"
    );
    assert!(err.needs_mfa() && !err.is_unauthorized() && !err.is_retryable());
    assert_eq!((err.status(), asked), (None, 1));

    for (code, hint) in [
        (
            700_082,
            "the refresh token has expired or was revoked: sign in again",
        ),
        (
            7_000_215,
            "the client secret is wrong: it is the secret's value, not its id",
        ),
        (
            700_016,
            "the tenant does not know the application: check the client id",
        ),
        (1, "check the client id and the client secret"),
    ] {
        let body = format!(r#"{{"error":"invalid_client","error_codes":[{code}]}}"#);
        let (err, _) = refusal(fault(401, &body)).await;
        assert_eq!(err.sign_in_hint(), Some(hint));
        assert!(!err.needs_mfa());
    }
}

#[tokio::test]
async fn answers_to_a_sign_in_that_are_none() {
    let (err, asked) = refusal(fault(503, "<html>")).await;
    assert_eq!(
        err.to_string(),
        "sign-in failed with status 503: Service Unavailable, with a page for browsers instead of \
         JSON"
    );
    // Throttling and faults are retried, as for the service.
    assert_eq!(asked, 4);

    let elsewhere = ResponseTemplate::new(307).insert_header("Location", "http://127.0.0.1:1/");
    let (err, asked) = refusal(elsewhere).await;
    assert!(
        matches!(err.kind(), ErrorKind::SignIn { status: 307, .. }),
        "{err:?}"
    );
    assert_eq!(asked, 1);

    for body in [
        "{}",
        r#"{"access_token":"a"}"#,
        r#"{"access_token":"a","expires_in":"soon"}"#,
        r#"{"access_token":null,"expires_in":3600}"#,
    ] {
        let (err, _) = refusal(json(body)).await;
        assert!(
            matches!(err.kind(), ErrorKind::Decode { .. }),
            "{body}: {err:?}"
        );
    }
    let (err, _) = refusal(json(r#"{"access_token":"a\nb","expires_in":3600}"#)).await;
    assert_eq!(err.kind(), &ErrorKind::Auth);
    let (err, _) = refusal(json(" ".repeat(300_000))).await;
    assert_eq!(err.kind(), &ErrorKind::TooLarge);
}

#[test]
fn settings_that_would_send_a_secret_astray() {
    let refusal = |application| {
        let err = PartnerOperations::builder(Credential::client_secret(application, "secret"))
            .build()
            .unwrap_err();
        assert_eq!(err.kind(), &ErrorKind::Invalid);
        err.to_string()
    };
    let new = |tenant: &str| Application::new(Cloud::Global, tenant, "client-1");
    for tenant in ["", "a/b", "..", "a?b", "a#b", "ü", "a b"] {
        assert!(
            refusal(new(tenant)).ends_with("is no id or domain of a tenant"),
            "{tenant}"
        );
    }
    assert_eq!(
        refusal(Application::new(Cloud::Global, TENANT, "")),
        "the client id is empty"
    );
    assert_eq!(
        refusal(new(TENANT).authority("http://login.example")),
        "plain http to `http://login.example` would show the token to the network; use https"
    );
    assert_eq!(
        refusal(new(TENANT).authority("https://me:secret@login.example")),
        "the authority must not have a user name or password"
    );
}

#[test]
fn each_cloud_has_its_addresses() {
    for cloud in Cloud::ALL {
        assert_eq!(cloud.to_string().parse(), Ok(cloud));
        for url in [cloud.api_root(), cloud.authority(), cloud.resource()] {
            assert!(url.starts_with("https://") && !url.ends_with('/'), "{url}");
        }
        let application = Application::new(cloud, "contoso.com", "client-1");
        let credential = Credential::client_secret(application, "secret");
        let partner = PartnerOperations::builder(credential)
            .cloud(cloud)
            .build()
            .unwrap();
        assert!(format!("{partner:?}").contains(cloud.api_root().trim_start_matches("https://")));
    }
}

#[test]
fn debug_shows_no_secret() {
    let application = application("http://localhost");
    let store = || RefreshTokenInMemory::new("very-secret");
    for credential in [
        Credential::client_secret(application.clone(), "very-secret"),
        Credential::refresh_token(application.clone(), store()),
        Credential::secure_application_model(application, "very-secret", store()),
    ] {
        let partner = client(credential.clone(), "http://localhost");
        let debug = format!("{credential:?} {partner:#?} {:?}", store());
        assert!(!debug.contains("very-secret"), "{debug}");
    }
}

const CODE: &str = r#"{"user_code":"ABCD-EFGH","device_code":"device-secret",
    "verification_uri":"https://microsoft.com/devicelogin","expires_in":"20","interval":5,
    "message":"Open the page"}"#;

/// Requests a code and waits for the user; records the waits.
async fn device_code(server: &Scripted) -> (Result<SecretString, Error>, Vec<u64>) {
    let waits = Arc::new(Mutex::new(Vec::new()));
    let code = DeviceCode::request(&application(&server.url))
        .await
        .unwrap();
    assert_eq!(code.user_code(), "ABCD-EFGH");
    assert_eq!(code.verification_uri(), "https://microsoft.com/devicelogin");
    assert_eq!(code.message(), "Open the page");
    assert_eq!(code.expires_in(), Duration::from_secs(20));
    let debug = format!("{code:?}");
    assert!(
        !debug.contains("ABCD") && !debug.contains("secret"),
        "{debug}"
    );
    let result = code
        .sleep({
            let waits = Arc::clone(&waits);
            move |wait: Duration| {
                waits.lock().unwrap().push(wait.as_secs());
                std::future::ready(())
            }
        })
        .wait()
        .await;
    let waits = waits.lock().unwrap().clone();
    (result, waits)
}

fn answer(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

fn pending(error: &str) -> String {
    answer(
        "400 Bad Request",
        &format!(r#"{{"error":"{error}","error_codes":[70016]}}"#),
    )
}

#[tokio::test]
async fn a_device_code_waits_for_the_user() {
    let server = Scripted::start(
        [
            &answer("200 OK", CODE),
            &pending("authorization_pending"),
            &pending("slow_down"),
            &answer(
                "200 OK",
                r#"{"access_token":"a","expires_in":3600,"refresh_token":"r"}"#,
            ),
        ]
        .map(String::as_str),
    )
    .await;
    let (token, waits) = device_code(&server).await;
    assert_eq!(secrecy::ExposeSecret::expose_secret(&token.unwrap()), "r");
    assert_eq!(waits, [5, 5, 10]);
    assert_eq!(server.paths(), [DEVICE, V2, V2, V2]);
}

#[tokio::test]
async fn a_device_code_ends_when_the_user_declines_or_does_nothing() {
    let declined = [&answer("200 OK", CODE), &pending("authorization_declined")];
    let server = Scripted::start(declined.map(String::as_str)).await;
    let (result, _) = device_code(&server).await;
    let err = result.unwrap_err();
    assert_eq!(err.code(), Some("authorization_declined"));
    assert_eq!(err.sign_in_hint(), Some("the user declined to sign in"));

    let nothing = pending("authorization_pending");
    let code = answer("200 OK", CODE);
    let answers = [&code, &nothing, &nothing, &nothing, &nothing, &nothing];
    let server = Scripted::start(answers.map(String::as_str)).await;
    let (result, waits) = device_code(&server).await;
    assert_eq!(
        result.unwrap_err().to_string(),
        "the code expired before the user was done"
    );
    assert_eq!(waits, [5, 5, 5, 5]);
}

#[tokio::test]
async fn a_device_code_outlasts_a_service_in_trouble() {
    let server = Scripted::start(
        [
            &answer("200 OK", CODE),
            &answer("503 Service Unavailable", ""),
            &answer("200 OK", r#"{"access_token":"a","expires_in":3600}"#),
        ]
        .map(String::as_str),
    )
    .await;
    let (result, waits) = device_code(&server).await;
    assert_eq!(
        result.unwrap_err().to_string(),
        "no refresh token was given"
    );
    assert_eq!(waits, [5, 10]);
}

#[tokio::test]
async fn retries_of_a_sign_in_end_with_the_policy() {
    let server = Scripted::start([answer("503 Service Unavailable", "").as_str()]).await;
    let credential = Credential::client_secret(application(&server.url), "secret");
    let partner = builder(credential, &server.url, &Arc::default())
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    assert!(usage(&partner).await.unwrap_err().is_retryable());
    assert_eq!(server.requests().len(), 1);
}

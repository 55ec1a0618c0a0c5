// A stand-in for the service, and helpers, for the examples in the documentation, which include this
// file as hidden lines. It has the answers in the folder `answers`, each with its request. A test of
// the binary compares them with those of a Seatwise server.

use std::collections::HashMap;
use std::error::Error;
use std::sync::atomic::{AtomicU32, Ordering};

use seatwise_client::{Application, Cloud, Credential, PartnerOperations};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use wiremock::matchers::{any, method, path_regex};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// An answer, and the request for it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    /// Path and query.
    request: String,
    /// The header `MS-ContinuationToken`, if there is one.
    #[serde(default)]
    continuation_token: String,
    body: Box<RawValue>,
}

/// Runs an example with a user of a partner.
pub fn service(example: impl AsyncFnOnce(PartnerOperations) -> Result<(), Box<dyn Error>>) {
    service_at(async |url, token| {
        let partner = PartnerOperations::builder(Credential::token(token));
        example(partner.base_url(url).build()?).await
    });
}

/// Runs an example with the address of the service, and a user's token for it.
pub fn service_at(example: impl AsyncFnOnce(&str, String) -> Result<(), Box<dyn Error>>) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let ran = runtime.enable_all().build().unwrap().block_on(async {
        let server = MockServer::start().await;
        answer_with(&server, answers()).await;
        sign_users_in(&server).await;
        example(&server.uri(), "token".to_owned()).await
    });
    ran.unwrap();
}

/// An application whose users the stand-in signs in.
pub fn application_at(url: &str) -> Application {
    Application::new(Cloud::Global, "contoso.com", "the client id").authority(format!("{url}/login"))
}

fn answers() -> Vec<Answer> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/answers");
    let files = std::fs::read_dir(folder).unwrap();
    let answer = |file: std::io::Result<std::fs::DirEntry>| {
        let text = std::fs::read(file.unwrap().path()).unwrap();
        serde_json::from_slice(&text).unwrap()
    };
    files.map(answer).collect()
}

async fn answer_with(server: &MockServer, answers: Vec<Answer>) {
    let answers = answers.into_iter();
    let answers = answers.map(|it| ((it.request, it.continuation_token), it.body));
    let answers: HashMap<_, _> = answers.collect();
    let answer = move |request: &Request| {
        let target = request.url.as_str().splitn(4, '/').last().unwrap_or_default();
        let token = request.headers.get("ms-continuationtoken");
        let token = token.map_or("", |token| token.to_str().unwrap());
        match answers.get(&(format!("/{target}"), token.to_owned())) {
            // Answers begin with a byte-order mark, as those of Partner Center do.
            Some(body) => ResponseTemplate::new(200).set_body_string(format!("\u{feff}{body}")),
            None => ResponseTemplate::new(501)
                .set_body_json(json!({ "description": format!("no answer to `/{target}`") })),
        }
    };
    Mock::given(any()).respond_with(answer).mount(server).await;
}

/// Issues an access token and a new refresh token for each request.
async fn sign_users_in(server: &MockServer) {
    let code = json!({
        "device_code": "a secret",
        "user_code": "BCDF-GHJK",
        "verification_uri": "https://microsoft.com/devicelogin",
        "expires_in": 900,
        "interval": 1,
    });
    Mock::given(method("POST"))
        .and(path_regex("^/login/.*/devicecode$"))
        .respond_with(ResponseTemplate::new(200).set_body_json(code))
        .with_priority(1)
        .mount(server)
        .await;
    let count = AtomicU32::new(0);
    let issue = move |_: &Request| {
        let count = count.fetch_add(1, Ordering::Relaxed);
        ResponseTemplate::new(200).set_body_json(json!({
            "access_token": "token",
            "expires_in": 3600,
            "refresh_token": format!("refresh token {count}"),
        }))
    };
    Mock::given(method("POST"))
        .and(path_regex("^/login/.*/token$"))
        .respond_with(issue)
        .with_priority(2)
        .mount(server)
        .await;
}

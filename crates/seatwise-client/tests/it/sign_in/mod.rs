//! Credentials that request tokens: what they send, when, and where secrets are kept.

mod device_code;
mod refusals;
mod stores;
mod tokens;

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use seatwise_client::{Application, Builder, Cloud, Credential, Error, PartnerOperations};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer};

use crate::support::json;

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

/// A whole response with this status and body.
fn answer(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

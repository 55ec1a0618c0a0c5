//! Shared helpers of the tests.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use seatwise_client::{Builder, Credential, PartnerOperations};
use uuid::Uuid;
use wiremock::matchers::{any, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

pub(crate) const TOKEN: &str = "eyJ0eXAiOiJKV1QifQ.very-secret";

pub(crate) const PARTNER_USAGE: &str =
    include_str!("../../../seatwise-types/tests/fixtures/partner-usage.json");

pub(crate) const USAGE_PATH: &str = "/v1/analytics/licenses/usage";

/// A client whose waits take no time but are recorded, and whose ids count from 1.
pub(crate) struct Waits(Arc<Mutex<Vec<Duration>>>);

impl Waits {
    pub(crate) fn taken(&self) -> Vec<Duration> {
        self.0.lock().unwrap().clone()
    }
}

pub(crate) fn builder(base_url: &str) -> (Builder, Waits) {
    let waits = Arc::new(Mutex::new(Vec::new()));
    let ids = AtomicU64::new(1);
    let builder = PartnerOperations::builder(Credential::token(TOKEN))
        .base_url(base_url)
        .new_id(move || Uuid::from_u64_pair(0, ids.fetch_add(1, Ordering::Relaxed)))
        .sleep({
            let waits = Arc::clone(&waits);
            move |wait| {
                waits.lock().unwrap().push(wait);
                std::future::ready(())
            }
        });
    (builder, Waits(waits))
}

pub(crate) fn client(base_url: &str) -> PartnerOperations {
    builder(base_url).0.build().unwrap()
}

/// A server that returns a JSON body on one path and rejects every other request.
pub(crate) async fn server_with(expected_path: &str, body: impl Into<Vec<u8>>) -> MockServer {
    server(expected_path, json(body)).await
}

pub(crate) async fn server(expected_path: &str, answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path(expected_path))
        .respond_with(answer)
        .mount(&server)
        .await;
    let expected = expected_path.to_owned();
    Mock::given(any())
        .respond_with(move |request: &Request| {
            ResponseTemplate::new(418).set_body_string(format!(
                "expected `GET {expected}`, got `{} {}`",
                request.method, request.url,
            ))
        })
        .with_priority(u8::MAX)
        .mount(&server)
        .await;
    server
}

pub(crate) fn json(body: impl Into<Vec<u8>>) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body, "application/json; charset=utf-8")
}

pub(crate) fn fault(status: u16, body: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body, "application/json; charset=utf-8")
}

/// The values of a header in the requests that a server has received.
pub(crate) async fn received(server: &MockServer, name: &str) -> Vec<String> {
    let requests = server.received_requests().await.unwrap();
    requests
        .iter()
        .filter_map(|request| Some(request.headers.get(name)?.to_str().unwrap().to_owned()))
        .collect()
}

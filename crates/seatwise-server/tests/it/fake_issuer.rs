//! An issuer on a loopback address, whose documents are set by tests.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use seatwise_server::{Config, SignIn};
use serde_json::{Value, json};

use crate::harness::partner;
use crate::tokens::trusted_jwk;

/// The responses of the issuer.
pub(crate) struct Documents {
    pub(crate) discovery: Value,
    pub(crate) keys: String,
    /// The target of a redirect from the key document.
    pub(crate) moved_to: Option<String>,
    pub(crate) down: bool,
    /// The number of requests for the key document.
    pub(crate) fetches: usize,
}

#[derive(Clone)]
pub(crate) struct FakeIssuer {
    pub(crate) address: SocketAddr,
    documents: Arc<Mutex<Documents>>,
}

impl FakeIssuer {
    /// Publishes the key that signs the tests' tokens.
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let documents = Documents {
            discovery: json!({ "jwks_uri": format!("http://{address}/keys") }),
            keys: json!({ "keys": [trusted_jwk()] }).to_string(),
            moved_to: None,
            down: false,
            fetches: 0,
        };
        let issuer = Self {
            address,
            documents: Arc::new(Mutex::new(documents)),
        };
        let router = Router::new()
            .route("/{tenant}/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .with_state(issuer.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        issuer
    }

    /// The issuer of the tests' partner.
    pub(crate) fn name(&self) -> String {
        format!("http://{}/{}/", self.address, partner())
    }

    /// Trusts this issuer, for the tests' partner only.
    pub(crate) fn configure(&self, config: &mut Config) {
        config.dev_identity = None;
        config.sign_in = SignIn {
            issuers: vec![format!("http://{}/{{tid}}/", self.address).parse().unwrap()],
            tenants: vec![partner()],
            ..SignIn::default()
        };
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Documents)) {
        change(&mut self.documents.lock().unwrap());
    }

    pub(crate) fn fetches(&self) -> usize {
        self.documents.lock().unwrap().fetches
    }
}

async fn discovery(State(issuer): State<FakeIssuer>, Path(tenant): Path<String>) -> Response {
    let documents = issuer.documents.lock().unwrap();
    if documents.down {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let mut discovery = documents.discovery.clone();
    if discovery.get("issuer").is_none() {
        discovery["issuer"] = json!(format!("http://{}/{tenant}/", issuer.address));
    }
    discovery.to_string().into_response()
}

async fn keys(State(issuer): State<FakeIssuer>) -> Response {
    let mut documents = issuer.documents.lock().unwrap();
    documents.fetches += 1;
    match &documents.moved_to {
        Some(address) => (StatusCode::FOUND, [(LOCATION, address.clone())]).into_response(),
        None => documents.keys.clone().into_response(),
    }
}

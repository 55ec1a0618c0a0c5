//! A fake issuer on a loopback address. Tests decide what it answers.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock, Mutex};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use seatwise_server::{BrowserSignIn, Config, SignIn};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use crate::harness::{partner, start};

pub(crate) const CLIENT: &str = "0f9b7a4e-6f0e-4a55-9d61-2f5f8f0c1d11";
pub(crate) const SECRET: &str = "a secret: of an application";

/// All tests share one key, because making a key takes long.
static KEY: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).unwrap());
static OTHER_KEY: LazyLock<KeyPair> =
    LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).unwrap());

/// What the issuer answers.
#[derive(Clone, Default)]
pub(crate) struct Says {
    /// Claims to change in the id token and the access token; `null` removes a claim.
    pub(crate) id: Value,
    pub(crate) access: Value,
    /// The whole response of the token endpoint.
    pub(crate) answer: Option<(u16, String)>,
    /// Sign the id token with a key that is not published.
    pub(crate) other_key: bool,
    /// Answer every request with an error.
    pub(crate) down: bool,
    /// Applications send their secret in the `Authorization` header.
    pub(crate) basic: bool,
}

#[derive(Clone)]
pub(crate) struct FakeIssuer {
    pub(crate) address: SocketAddr,
    says: Arc<Mutex<Says>>,
    /// The parameters of each authorisation request, by the code issued for it.
    codes: Arc<Mutex<HashMap<String, HashMap<String, String>>>>,
}

impl FakeIssuer {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = Self {
            address: listener.local_addr().unwrap(),
            says: Arc::default(),
            codes: Arc::default(),
        };
        let router = Router::new()
            .route(
                "/{tenant}/v2.0/.well-known/openid-configuration",
                get(discovery),
            )
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(issuer.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        issuer
    }

    /// Configures a server to let the people of the tests' partner sign in here.
    pub(crate) fn configure(&self, config: &mut Config) {
        let issuer: seatwise_server::Issuer = format!("http://{}/{{tid}}/v2.0", self.address)
            .parse()
            .unwrap();
        config.dev_identity = None;
        config.sign_in = SignIn {
            issuers: vec![issuer.clone()],
            tenants: vec![partner()],
            ..SignIn::default()
        };
        config.browser_sign_in = Some(BrowserSignIn {
            issuer,
            client_id: CLIENT.to_owned(),
            client_secret: Some(SECRET.into()),
            scope: None,
            operator_roles: vec!["Seatwise.Operator".to_owned()],
            operator_groups: vec!["5d7c0d3e-1111-4b8f-9f6a-000000000001".to_owned()],
        });
    }

    pub(crate) fn says(&self, says: Says) {
        *self.says.lock().unwrap() = says;
    }

    /// Signs the user in at the given address. Returns the code and the state to send back.
    pub(crate) fn approve(&self, address: &str) -> (String, String) {
        let address: Url = address.parse().unwrap();
        assert_eq!(address.path(), "/authorize");
        let asked: HashMap<_, _> = address.query_pairs().into_owned().collect();
        let state = asked["state"].clone();
        let mut codes = self.codes.lock().unwrap();
        let code = format!("code-{}", codes.len());
        codes.insert(code.clone(), asked);
        (code, state)
    }

    fn issuer(&self) -> String {
        format!("http://{}/{}/v2.0", self.address, partner())
    }
}

/// Changes the claims of a token.
fn changed(mut claims: Value, changes: &Value) -> Value {
    for (claim, value) in changes.as_object().into_iter().flatten() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(claim)),
            value => claims[claim] = value.clone(),
        }
    }
    claims
}

fn signed(claims: &Value, key: &KeyPair) -> String {
    let head = json!({ "alg": "RS256", "typ": "JWT", "kid": "1" });
    let [head, claims] = [&head, claims].map(|it| URL_SAFE_NO_PAD.encode(it.to_string()));
    let message = format!("{head}.{claims}");
    let mut signature = vec![0; key.public_modulus_len()];
    let random = SystemRandom::new();
    key.sign(
        &RSA_PKCS1_SHA256,
        &random,
        message.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

async fn discovery(State(issuer): State<FakeIssuer>, Path(tenant): Path<String>) -> Response {
    let says = issuer.says.lock().unwrap().clone();
    if says.down {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let address = issuer.address;
    let method = if says.basic {
        "client_secret_basic"
    } else {
        "client_secret_post"
    };
    json!({
        "issuer": format!("http://{address}/{tenant}/v2.0"),
        "authorization_endpoint": format!("http://{address}/authorize"),
        "token_endpoint": format!("http://{address}/token"),
        "jwks_uri": format!("http://{address}/keys"),
        "token_endpoint_auth_methods_supported": [method],
    })
    .to_string()
    .into_response()
}

async fn keys() -> String {
    let public = KEY.public_key();
    let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let key = json!({
        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1",
        "n": number(public.modulus().big_endian_without_leading_zero()),
        "e": number(public.exponent().big_endian_without_leading_zero()),
    });
    json!({ "keys": [key] }).to_string()
}

async fn token(State(issuer): State<FakeIssuer>, headers: HeaderMap, body: String) -> Response {
    let says = issuer.says.lock().unwrap().clone();
    if let Some((status, answer)) = says.answer {
        return (StatusCode::from_u16(status).unwrap(), answer).into_response();
    }
    let form: HashMap<_, _> = form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect();
    let problem = |error: &str| {
        let problem = json!({ "error": error, "error_description": format!("about {body}") });
        (StatusCode::BAD_REQUEST, problem.to_string()).into_response()
    };
    let shown = match headers.get("authorization") {
        Some(basic) if says.basic => {
            let basic = basic.to_str().unwrap().strip_prefix("Basic ").unwrap();
            let pair = String::from_utf8(STANDARD.decode(basic).unwrap()).unwrap();
            let (id, secret) = pair.split_once(':').unwrap();
            assert_eq!(id, CLIENT);
            let secret = format!("x={secret}");
            let secret = form_urlencoded::parse(secret.as_bytes()).next().unwrap().1;
            Some(secret.into_owned())
        }
        _ => form.get("client_secret").cloned(),
    };
    if shown.as_deref() != Some(SECRET) || form["client_id"] != CLIENT {
        return problem("invalid_client");
    }
    let Some(asked) = issuer.codes.lock().unwrap().remove(&form["code"]) else {
        return problem("invalid_grant");
    };
    let challenge = digest(&SHA256, form["code_verifier"].as_bytes());
    if form["grant_type"] != "authorization_code"
        || form["redirect_uri"] != asked["redirect_uri"]
        || URL_SAFE_NO_PAD.encode(challenge) != asked["code_challenge"]
    {
        return problem("invalid_grant");
    }
    let now = start().as_second();
    let id = json!({
        "iss": issuer.issuer(), "aud": CLIENT, "tid": partner(), "exp": now + 3600, "nbf": now,
        "nonce": asked["nonce"], "name": "Grace", "preferred_username": "grace@partner.example",
        "ver": "2.0",
    });
    let access = json!({
        "iss": issuer.issuer(), "aud": "https://api.partnercenter.microsoft.com", "tid": partner(),
        "exp": now + 3600, "nbf": now, "scp": "user_impersonation", "amr": ["pwd", "mfa"],
        "upn": "grace@partner.example",
    });
    let key = if says.other_key { &*OTHER_KEY } else { &*KEY };
    json!({
        "token_type": "Bearer",
        "id_token": signed(&changed(id, &says.id), key),
        "access_token": signed(&changed(access, &says.access), &KEY),
    })
    .to_string()
    .into_response()
}

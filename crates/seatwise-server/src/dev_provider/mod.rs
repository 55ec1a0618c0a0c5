//! The development identity as an OpenID provider in the form of Entra: under
//! `/dev/identity/{tenant}`, and under `/{tenant}` for libraries whose authority has one segment
//! (ADAL, MSAL.NET, and the credentials of Microsoft's .NET SDK).
//!
//! There are no accounts and no passwords. Every client id and every secret is accepted, and a user
//! signs in with a button. So every user who can reach this server can sign in as any partner: it
//! listens on loopback addresses only, and sends codes to loopback addresses only.
//!
//! Codes and refresh tokens are in memory, bounded, and work once.

mod authority;
mod authorize;
mod device;
mod documents;
mod error;
mod grants;
mod params;
mod scopes;
mod token;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HOST};
use http_body_util::BodyExt as _;
use seatwise_types::PartnerId;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use url::Url;

use self::authority::{Authority, Endpoint};
use self::error::OauthError;
use self::grants::Grants;
use crate::DevIdentity;
use crate::config::{Clock, Config, NewId};
use crate::dev_identity::{Access, object_id};

/// The default user.
const USER: &str = "developer@localhost";

/// The lifetime of tokens, as in Entra.
const TOKEN_LIFE: Duration = Duration::from_secs(3600);

/// The shared state of the endpoints.
pub(crate) struct DevProvider {
    identity: DevIdentity,
    clock: Clock,
    new_id: NewId,
    /// Whether the server uses TLS, so that its URLs start with `https`.
    secure: bool,
    /// The audiences of tokens.
    audiences: Vec<String>,
    grants: Mutex<Grants>,
}

/// The endpoints of a tenant. Paths are compared in lower case, like all others.
pub(crate) fn routes<S>(provider: Arc<DevProvider>) -> Router<S> {
    let tenant = Router::new()
        .route(
            "/.well-known/openid-configuration",
            get(documents::discovery),
        )
        .route(
            "/v2.0/.well-known/openid-configuration",
            get(documents::discovery),
        )
        .route("/discovery/keys", get(documents::keys))
        .route("/discovery/v2.0/keys", get(documents::keys))
        .route("/oauth2/authorize", get(authorize::page))
        .route("/oauth2/v2.0/authorize", get(authorize::page))
        .route("/oauth2/token", post(token::token).fallback(only_post))
        .route("/oauth2/v2.0/token", post(token::token).fallback(only_post))
        .route(
            "/oauth2/devicecode",
            post(device::begin).fallback(only_post),
        )
        .route(
            "/oauth2/v2.0/devicecode",
            post(device::begin).fallback(only_post),
        )
        .route(
            "/oauth2/deviceauth",
            get(device::page).post(device::approve),
        );
    Router::new()
        .nest("/dev/identity/{tenant}", tenant.clone())
        .nest("/{tenant}", tenant)
        .layer(from_fn_with_state(
            Arc::clone(&provider),
            error::complete_error,
        ))
        .with_state(provider)
}

async fn only_post() -> OauthError {
    OauthError::invalid_request(900561, "The endpoint only accepts POST requests.")
}

impl DevProvider {
    pub(crate) fn new(identity: DevIdentity, config: &Config, clock: &Clock) -> Self {
        let mut audiences = config.sign_in.audiences.clone();
        // Partner Center's audience until 2025. It lets clients test error 900420.
        audiences.push("https://graph.windows.net".to_owned());
        Self {
            identity,
            clock: Arc::clone(clock),
            new_id: Arc::clone(&config.new_id),
            secure: config.tls.is_some(),
            audiences,
            grants: Mutex::default(),
        }
    }

    /// The identity that signs the tokens.
    pub(crate) fn identity(&self) -> &DevIdentity {
        &self.identity
    }

    /// The provider's response to a form that is posted to one of its URLs.
    pub(crate) async fn ask(
        self: &Arc<Self>,
        address: &Url,
        form: String,
    ) -> anyhow::Result<(StatusCode, Bytes)> {
        let origin = address.origin().ascii_serialization();
        let host = origin.split_once("://").map_or("", |(_, host)| host);
        let request = Request::post(address.path())
            .header(HOST, host)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form))?;
        let Ok(answer) = routes::<()>(Arc::clone(self)).oneshot(request).await;
        let status = answer.status();
        Ok((status, answer.into_body().collect().await?.to_bytes()))
    }

    fn grants(&self) -> MutexGuard<'_, Grants> {
        self.grants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A random text that cannot be guessed.
    fn secret(&self) -> String {
        format!("{}{}", (self.new_id)().simple(), (self.new_id)().simple())
    }

    fn access_token(&self, access: &Access<'_>) -> Result<String, OauthError> {
        let now = (self.clock)();
        let token = self.identity.access_token(access, now);
        token.map_err(OauthError::internal)
    }

    /// A token that tells the client which user signed in.
    fn id_token(
        &self,
        authority: &Authority,
        partner: PartnerId,
        client: &str,
        user: &str,
        nonce: Option<&str>,
    ) -> Result<String, OauthError> {
        let now = (self.clock)().as_second();
        let id = object_id(partner, user);
        let mut claims = json!({
            "aud": client,
            "iss": authority.issuer(&partner.to_string()),
            "iat": now,
            "nbf": now,
            "exp": now + TOKEN_LIFE.as_secs() as i64,
            "tid": partner,
            "oid": id,
            "sub": id,
            "name": user,
        });
        match authority.endpoint {
            Endpoint::V1 => {
                claims["upn"] = json!(user);
                claims["unique_name"] = json!(user);
                claims["ver"] = json!("1.0");
            }
            Endpoint::V2 => {
                claims["preferred_username"] = json!(user);
                claims["ver"] = json!("2.0");
            }
        }
        if let Some(nonce) = nonce {
            claims["nonce"] = Value::from(nonce);
        }
        self.identity.sign(&claims).map_err(OauthError::internal)
    }
}

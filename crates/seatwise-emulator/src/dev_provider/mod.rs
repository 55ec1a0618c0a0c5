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
mod complete_error;
mod device;
mod documents;
mod error;
mod grants;
mod params;
mod provider;
mod scopes;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use seatwise_server::{DevSignIn, MakeProvider};

use self::error::OauthError;
use self::provider::DevProvider;
use crate::dev_identity::{APPLICATION, DevIdentity};

impl DevIdentity {
    /// What a server needs to accept tokens of this identity, and to give them out: for
    /// [`Config::dev_identity`](seatwise_server::Config).
    pub fn sign_in(&self) -> DevSignIn {
        let identity = self.clone();
        let provider: MakeProvider =
            Arc::new(move |settings| routes(DevProvider::new(identity.clone(), settings)));
        DevSignIn {
            key: self.verifying_key(),
            client_id: APPLICATION,
            provider,
        }
    }
}

/// The endpoints of a tenant. Paths are compared in lower case, like all others.
fn routes(provider: DevProvider) -> Router {
    let provider = Arc::new(provider);
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
            complete_error::complete_error,
        ))
        .with_state(provider)
}

async fn only_post() -> OauthError {
    OauthError::invalid_request(900561, "The endpoint only accepts POST requests.")
}

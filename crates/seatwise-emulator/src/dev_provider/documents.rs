//! Documents that clients read before the sign-in: the tenant's endpoints and the public key.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::authority::{Authority, Endpoint};
use super::error::OauthError;
use super::provider::DevProvider;
use seatwise_server::JSON;

/// `/.well-known/openid-configuration` and `/v2.0/.well-known/openid-configuration`
pub(super) async fn discovery(authority: Authority) -> Result<Response, OauthError> {
    let partner = authority.partner()?;
    let (oauth2, keys) = match authority.endpoint {
        Endpoint::V1 => ("/oauth2", "/discovery/keys"),
        Endpoint::V2 => ("/oauth2/v2.0", "/discovery/v2.0/keys"),
    };
    let oauth2 = |name: &str| authority.at(&format!("{oauth2}/{name}"));
    Ok(document(&json!({
        "issuer": authority.issuer(&partner.to_string()),
        "authorization_endpoint": oauth2("authorize"),
        "token_endpoint": oauth2("token"),
        "device_authorization_endpoint": oauth2("devicecode"),
        "jwks_uri": authority.at(keys),
        "response_types_supported": ["code", "code id_token"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": [
            "authorization_code",
            "client_credentials",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:device_code",
        ],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["public"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
    })))
}

/// `/discovery/keys` and `/discovery/v2.0/keys`
pub(super) async fn keys(State(provider): State<Arc<DevProvider>>, _place: Authority) -> Response {
    document(&json!({ "keys": [provider.identity.jwk()] }))
}

fn document(content: &Value) -> Response {
    ([(CONTENT_TYPE, JSON)], content.to_string()).into_response()
}

//! What the endpoints of the provider share: the identity, grants, and how tokens are made.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRef;
use jiff::Timestamp;
use parking_lot::{Mutex, MutexGuard};
use seatwise_server::ProviderSettings;
use seatwise_types::PartnerId;
use serde_json::{Value, json};

use super::authority::{Authority, Endpoint, IsSecure};
use super::error::OauthError;
use super::grants::Grants;
use crate::dev_identity::{Access, DevIdentity, object_id};

/// The default user.
pub(super) const USER: &str = "developer@localhost";

/// The lifetime of tokens, as in Entra.
pub(super) const TOKEN_LIFE: Duration = Duration::from_secs(3600);

/// The shared state of the endpoints.
pub(super) struct DevProvider {
    pub(super) identity: DevIdentity,
    pub(super) settings: ProviderSettings,
    grants: Mutex<Grants>,
}

impl FromRef<Arc<DevProvider>> for IsSecure {
    fn from_ref(provider: &Arc<DevProvider>) -> Self {
        Self(provider.settings.secure)
    }
}

impl DevProvider {
    pub(super) fn new(identity: DevIdentity, mut settings: ProviderSettings) -> Self {
        // Partner Center's audience until 2025. It lets clients test error 900420.
        let until_2025 = "https://graph.windows.net".to_owned();
        settings.audiences.push(until_2025);
        Self {
            identity,
            settings,
            grants: Mutex::default(),
        }
    }

    /// The time of tokens, codes and errors.
    pub(super) fn now(&self) -> Timestamp {
        (self.settings.clock)()
    }

    pub(super) fn grants(&self) -> MutexGuard<'_, Grants> {
        self.grants.lock()
    }

    /// A random text that cannot be guessed.
    pub(super) fn secret(&self) -> String {
        format!(
            "{}{}",
            (self.settings.new_id)().simple(),
            (self.settings.new_id)().simple()
        )
    }

    pub(super) fn access_token(&self, access: &Access<'_>) -> Result<String, OauthError> {
        let now = self.now();
        let token = self.identity.access_token(access, now);
        token.map_err(OauthError::internal)
    }

    /// A token that tells the client which user signed in.
    pub(super) fn id_token(
        &self,
        authority: &Authority,
        partner: PartnerId,
        client: &str,
        user: &str,
        nonce: Option<&str>,
    ) -> Result<String, OauthError> {
        let now = self.now().as_second();
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

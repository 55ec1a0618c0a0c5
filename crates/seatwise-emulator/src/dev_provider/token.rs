//! The token endpoints, which exchange grants for tokens.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use seatwise_types::PartnerId;
use serde_json::{Value, json};

use super::authority::{Authority, Endpoint};
use super::error::OauthError;
use super::grants::{Code, Session, Waiting};
use super::params::Params;
use super::provider::{DevProvider, TOKEN_LIFE};
use super::scopes::Scopes;
use crate::dev_identity::{Access, object_id};
use seatwise_server::JSON;
use seatwise_server::html::NO_STORE;

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// The same grant type at the v1.0 endpoint.
const DEVICE_CODE_V1: &str = "device_code";

/// `/oauth2/token` and `/oauth2/v2.0/token`
pub(super) async fn token(
    State(provider): State<Arc<DevProvider>>,
    authority: Authority,
    body: Bytes,
) -> Result<Response, OauthError> {
    let partner = authority.partner()?;
    let request = Request {
        provider: &provider,
        authority: &authority,
        partner,
        params: &Params::parse(&body)?,
    };
    let answer = match request.params.require("grant_type")? {
        "client_credentials" => request.for_application(),
        "authorization_code" => request.for_code(),
        "refresh_token" => request.for_refresh_token(),
        DEVICE_CODE | DEVICE_CODE_V1 => request.for_device(),
        _ => {
            let message = "The app requested an unsupported grant type.";
            Err(OauthError::new("unsupported_grant_type", 70003, message))
        }
    }?;
    let headers = [(CONTENT_TYPE, JSON), (CACHE_CONTROL, NO_STORE)];
    Ok((headers, answer.to_string()).into_response())
}

struct Request<'a> {
    provider: &'a DevProvider,
    authority: &'a Authority,
    partner: PartnerId,
    params: &'a Params,
}

impl Request<'_> {
    /// A token without a user.
    fn for_application(&self) -> Result<Value, OauthError> {
        let client = self.params.client()?;
        self.require_secret()?;
        let scopes = Scopes::asked(
            &self.provider.settings.audiences,
            self.authority,
            self.params,
        )?;
        let default = format!("{}/.default", scopes.audience);
        if self.authority.endpoint == Endpoint::V2 && !scopes.has(&default) {
            let message = format!(
                "The provided value for scope is not valid. Client credential flows must have a \
                 scope value with /.default suffixed to the resource identifier, such as {default}."
            );
            return Err(OauthError::new("invalid_scope", 1002012, message));
        }
        self.tokens(client, None, &scopes)
    }

    /// Exchanges the code from the sign-in page.
    fn for_code(&self) -> Result<Value, OauthError> {
        let client = self.params.client()?;
        let secret = self.params.require("code")?;
        let now = self.provider.now();
        let code = self.provider.grants().take_code(secret, now);
        let code = code
            .filter(|code| code.client == client)
            .filter(|code| code.partner.is_none_or(|partner| partner == self.partner))
            .ok_or_else(|| OauthError::invalid_grant("code"))?;
        if self.params.require("redirect_uri")? != code.redirect_uri {
            let message = "The reply address does not match the one that the code was made for.";
            return Err(OauthError::new("invalid_grant", 50011, message));
        }
        self.check_verifier(&code)?;
        let session = Session {
            partner: self.partner,
            client: code.client,
            user: code.user,
            scopes: code.scopes,
        };
        self.for_user(session, code.nonce.as_deref())
    }

    /// Exchanges a refresh token, which works once. The response has the next one.
    fn for_refresh_token(&self) -> Result<Value, OauthError> {
        let client = self.params.client()?;
        let secret = self.params.require("refresh_token")?;
        let now = self.provider.now();
        let session = self.provider.grants().take_refresh(secret, now);
        let mut session = session
            .filter(|session| session.client == client && session.partner == self.partner)
            .ok_or_else(|| OauthError::invalid_grant("refresh_token"))?;
        if Scopes::are_asked(self.authority, self.params) {
            session.scopes = Scopes::asked(
                &self.provider.settings.audiences,
                self.authority,
                self.params,
            )?;
        }
        self.for_user(session, None)
    }

    /// Exchanges a device code. Devices poll until the user approves.
    fn for_device(&self) -> Result<Value, OauthError> {
        let client = self.params.client()?;
        // The name at the v1.0 endpoint is `code`.
        let secret = self.params.get("device_code");
        let secret = secret.or_else(|| self.params.get("code"));
        let secret = secret.ok_or_else(|| OauthError::missing("device_code"))?;
        let now = self.provider.now();
        let session = self.provider.grants().take_device(secret, now);
        let session = session.map_err(|waiting| match waiting {
            Waiting::ForUser => {
                let message = "OAuth 2.0 device flow error. Authorization is pending. Continue \
                    polling.";
                OauthError::new("authorization_pending", 70016, message)
            }
            Waiting::Unknown => {
                let message = "OAuth 2.0 device flow error. The device code is unknown or expired.";
                OauthError::new("expired_token", 70019, message)
            }
        })?;
        if session.client != client || session.partner != self.partner {
            return Err(OauthError::invalid_grant("device_code"));
        }
        self.for_user(session, None)
    }

    fn for_user(&self, session: Session, nonce: Option<&str>) -> Result<Value, OauthError> {
        let Session {
            client,
            user,
            scopes,
            ..
        } = &session;
        let mut answer = self.tokens(client, Some(user), scopes)?;
        answer["scope"] = json!(scopes.granted(self.authority.endpoint));
        // The v1.0 endpoint always returns both tokens.
        let v1 = self.authority.endpoint == Endpoint::V1;
        if v1 || scopes.has("openid") {
            let token =
                self.provider
                    .id_token(self.authority, self.partner, client, user, nonce)?;
            answer["id_token"] = json!(token);
        }
        if self.params.get("client_info") == Some("1") {
            let uid = object_id(self.partner, user);
            let info = json!({ "uid": uid, "utid": self.partner });
            answer["client_info"] = json!(URL_SAFE_NO_PAD.encode(info.to_string()));
        }
        if v1 || scopes.has("offline_access") {
            let secret = self.provider.secret();
            answer["refresh_token"] = json!(secret);
            let now = self.provider.now();
            self.provider.grants().add_refresh(&secret, session, now);
        }
        Ok(answer)
    }

    fn tokens(
        &self,
        client: &str,
        user: Option<&str>,
        scopes: &Scopes,
    ) -> Result<Value, OauthError> {
        let token = self.provider.access_token(&Access {
            partner: self.partner,
            user,
            application: client,
            confidential: self.params.has_secret(),
            write: user.is_some() && scopes.may_write(),
            audience: &scopes.audience,
            expires_in: TOKEN_LIFE,
        })?;
        let life = TOKEN_LIFE.as_secs();
        let now = self.provider.now().as_second();
        Ok(match self.authority.endpoint {
            Endpoint::V1 => json!({
                "token_type": "Bearer",
                "expires_in": life.to_string(),
                "ext_expires_in": life.to_string(),
                "expires_on": now.saturating_add_unsigned(life).to_string(),
                "not_before": now.to_string(),
                "resource": scopes.audience,
                "access_token": token,
            }),
            Endpoint::V2 => json!({
                "token_type": "Bearer",
                "expires_in": life,
                "ext_expires_in": life,
                "access_token": token,
            }),
        })
    }

    fn require_secret(&self) -> Result<(), OauthError> {
        if self.params.has_secret() {
            return Ok(());
        }
        let message = "The request body must contain the following parameter: 'client_assertion' \
            or 'client_secret'.";
        Err(OauthError::new("invalid_client", 7000218, message))
    }

    /// Checks that the client which exchanges a code is the one that requested it: by its verifier
    /// or, as in the Secure Application Model, by its secret.
    fn check_verifier(&self, code: &Code) -> Result<(), OauthError> {
        let Some(challenge) = &code.challenge else {
            return self.require_secret();
        };
        let verifier = self.params.get("code_verifier").unwrap_or_default();
        let hash = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        verify_slices_are_equal(hash.as_bytes(), challenge.as_bytes()).map_err(|_| {
            let message = "The code_verifier does not match the code_challenge supplied in the \
                authorization request.";
            OauthError::new("invalid_grant", 501481, message)
        })
    }
}

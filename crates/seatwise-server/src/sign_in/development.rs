//! The development identity, as a server sees it: a key that it trusts in addition, and the routes
//! of an OpenID provider.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use http::header::{CONTENT_TYPE, HOST};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use jsonwebtoken::DecodingKey;
use tower::ServiceExt as _;
use url::Url;

use crate::clock::{Clock, NewId};

/// An identity for development on this computer, whose tokens a server accepts.
#[derive(Clone)]
pub struct DevSignIn {
    /// Verifies its tokens.
    pub key: DevelopmentKey,
    /// The client id with which people sign in to the pages.
    pub client_id: &'static str,
    /// Makes the routes of its OpenID provider.
    pub provider: MakeProvider,
}

/// The development key, which signs for every tenant as the issuer of v1.0 tokens.
#[derive(Clone)]
pub struct DevelopmentKey {
    /// The key id in the header of tokens.
    pub id: String,
    /// The public key.
    pub key: DecodingKey,
}

/// Makes the routes of an OpenID provider in the form of Entra. The endpoints of a tenant are under
/// `/dev/identity/{tenant}`.
pub type MakeProvider = Arc<dyn Fn(ProviderSettings) -> Router + Send + Sync>;

/// What the provider uses of its server.
#[derive(Clone)]
pub struct ProviderSettings {
    /// The clock for tokens.
    pub clock: Clock,
    /// Makes ids and secrets.
    pub new_id: NewId,
    /// Whether the server uses TLS, so that its URLs start with `https`.
    pub secure: bool,
    /// The audiences that the server accepts.
    pub audiences: Vec<String>,
}

/// The provider of a server.
#[derive(Clone)]
pub(crate) struct DevProvider {
    pub(super) client_id: &'static str,
    pub(crate) routes: Router,
}

impl DevProvider {
    pub(crate) fn new(sign_in: &DevSignIn, settings: ProviderSettings) -> Self {
        Self {
            client_id: sign_in.client_id,
            routes: (sign_in.provider)(settings),
        }
    }

    /// The response to a form that is posted to one of its URLs, without a connection.
    pub(super) async fn post(
        &self,
        address: &Url,
        form: String,
    ) -> anyhow::Result<(StatusCode, Bytes)> {
        let origin = address.origin().ascii_serialization();
        let host = origin.split_once("://").map_or("", |(_, host)| host);
        let request = Request::post(address.path())
            .header(HOST, host)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form))?;
        let Ok(answer) = self.routes.clone().oneshot(request).await;
        let status = answer.status();
        Ok((status, answer.into_body().collect().await?.to_bytes()))
    }
}

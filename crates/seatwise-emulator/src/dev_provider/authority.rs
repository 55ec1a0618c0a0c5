//! The request's authority: this server's address, the tenant, and the endpoint version.

use axum::extract::{FromRef, FromRequestParts, MatchedPath, Path};
use http::header::HOST;
use http::request::Parts;
use http::uri;
use seatwise_types::PartnerId;

use super::error::OauthError;

/// The optional prefix of a tenant in paths.
pub(super) const PREFIX: &str = "/dev/identity";

/// Entra's two versions of endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// Takes a `resource`; numbers in responses are text.
    V1,
    /// Takes a `scope`.
    V2,
}

/// A tenant's URLs on this server, as the client addressed it.
pub(super) struct Authority {
    /// The origin, such as `http://127.0.0.1:8080`.
    origin: String,
    /// The part before the tenant: `/dev/identity` or empty. URLs in responses use the same
    /// authority as the request.
    prefix: &'static str,
    tenant: String,
    pub(super) endpoint: Endpoint,
}

/// Whether the server uses TLS.
pub(super) struct IsSecure(pub(super) bool);

impl<S: Send + Sync> FromRequestParts<S> for Authority
where
    IsSecure: FromRef<S>,
{
    type Rejection = OauthError;

    async fn from_request_parts(parts: &mut Parts, provider: &S) -> Result<Self, OauthError> {
        let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
        let host: uri::Authority = host
            .and_then(|host| host.parse().ok())
            .ok_or_else(|| OauthError::invalid_request(900144, "The request has no host."))?;
        // `uri::Authority::host` leaves out user information before an `@`.
        let port = host
            .port()
            .map_or_else(String::new, |port| format!(":{port}"));
        let IsSecure(is_secure) = IsSecure::from_ref(provider);
        let scheme = if is_secure { "https" } else { "http" };
        let Path(tenant) = Path::<String>::from_request_parts(parts, provider)
            .await
            .map_err(|_| OauthError::tenant(""))?;
        let route = parts.extensions.get::<MatchedPath>();
        let authority = Self {
            prefix: match route {
                Some(route) if route.as_str().starts_with(PREFIX) => PREFIX,
                _ => "",
            },
            origin: format!("{scheme}://{}{port}", host.host()),
            tenant,
            endpoint: if parts.uri.path().contains("/v2.0/") {
                Endpoint::V2
            } else {
                Endpoint::V1
            },
        };
        // The tenant appears in documents and pages, so validate it.
        if authority.partner().is_err() && !authority.is_shared() {
            return Err(OauthError::tenant(&authority.tenant));
        }
        Ok(authority)
    }
}

impl Authority {
    /// The partner with this tenant.
    pub(super) fn partner(&self) -> Result<PartnerId, OauthError> {
        let tenant = self.tenant.parse();
        tenant.map_err(|_| OauthError::tenant(&self.tenant))
    }

    /// Whether this is the tenant of any user. A sign-in can start here, but its end must name a
    /// tenant, because users have none on this server.
    pub(super) fn is_shared(&self) -> bool {
        matches!(self.tenant.as_str(), "common" | "organizations")
    }

    /// The URL of one of the tenant's endpoints.
    pub(super) fn at(&self, path: &str) -> String {
        self.of(&self.tenant, path)
    }

    /// The issuer of ID tokens.
    pub(super) fn issuer(&self, tenant: &str) -> String {
        match self.endpoint {
            Endpoint::V1 => self.of(tenant, "/"),
            Endpoint::V2 => self.of(tenant, "/v2.0"),
        }
    }

    /// Whether this `Origin` is this server's.
    pub(super) fn is_origin(&self, origin: &[u8]) -> bool {
        origin.eq_ignore_ascii_case(self.origin.as_bytes())
    }

    fn of(&self, tenant: &str, path: &str) -> String {
        format!("{}{}/{tenant}{path}", self.origin, self.prefix)
    }
}

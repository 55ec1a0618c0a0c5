//! Where a request arrived: the address of this server, the tenant, and which of the two protocols.

use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath, Path};
use http::header::HOST;
use http::request::Parts;
use http::uri::Authority;
use seatwise_types::PartnerId;

use super::DevProvider;
use super::error::OauthError;

/// What may stand before a tenant in a path.
pub(super) const PREFIX: &str = "/dev/identity";

/// Entra's two generations of endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// Asks for a `resource`; numbers in answers are texts.
    V1,
    /// Asks for a `scope`.
    V2,
}

/// The tenant's corner of this server, as the caller addressed it.
pub(super) struct Place {
    /// Such as `http://127.0.0.1:8080`.
    origin: String,
    /// What stands before the tenant: `/dev/identity`, or nothing. Documents name addresses below
    /// the authority that the caller used.
    prefix: &'static str,
    tenant: String,
    pub(super) endpoint: Endpoint,
}

impl FromRequestParts<Arc<DevProvider>> for Place {
    type Rejection = OauthError;

    async fn from_request_parts(
        parts: &mut Parts,
        provider: &Arc<DevProvider>,
    ) -> Result<Self, OauthError> {
        let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
        let host: Authority = host
            .and_then(|host| host.parse().ok())
            .ok_or_else(|| OauthError::invalid_request(900144, "The request has no host."))?;
        // Without what may stand before an `@`.
        let port = host
            .port()
            .map_or_else(String::new, |port| format!(":{port}"));
        let scheme = if provider.secure { "https" } else { "http" };
        let Path(tenant) = Path::<String>::from_request_parts(parts, provider)
            .await
            .map_err(|_| OauthError::tenant(""))?;
        let route = parts.extensions.get::<MatchedPath>();
        let place = Self {
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
        // Text of the caller that finds its way into documents and pages.
        if place.partner().is_err() && !place.is_shared() {
            return Err(OauthError::tenant(&place.tenant));
        }
        Ok(place)
    }
}

impl Place {
    /// The partner whose tenant it is.
    pub(super) fn partner(&self) -> Result<PartnerId, OauthError> {
        let tenant = self.tenant.parse();
        tenant.map_err(|_| OauthError::tenant(&self.tenant))
    }

    /// Whether it stands for the tenant of the user who signs in. Users have no tenant here, so it can
    /// begin a sign-in, and the end of the sign-in has to name the tenant.
    pub(super) fn is_shared(&self) -> bool {
        matches!(self.tenant.as_str(), "common" | "organizations")
    }

    /// The address of one of the tenant's endpoints.
    pub(super) fn at(&self, path: &str) -> String {
        self.of(&self.tenant, path)
    }

    /// The name under which id tokens are issued.
    pub(super) fn issuer(&self, tenant: &str) -> String {
        match self.endpoint {
            Endpoint::V1 => self.of(tenant, "/"),
            Endpoint::V2 => self.of(tenant, "/v2.0"),
        }
    }

    /// Whether a page with this `Origin` is one of this server.
    pub(super) fn is_origin(&self, origin: &[u8]) -> bool {
        origin.eq_ignore_ascii_case(self.origin.as_bytes())
    }

    fn of(&self, tenant: &str, path: &str) -> String {
        format!("{}{}/{tenant}{path}", self.origin, self.prefix)
    }
}

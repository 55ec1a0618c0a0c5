//! The requested access: the `resource` of v1.0 endpoints, the `scope` of v2.0.

use super::authority::{Authority, Endpoint};
use super::error::OauthError;
use super::params::Params;
use seatwise_server::{AUDIENCE, IMPORT_PERMISSION, USER_SCOPE};

/// OpenID scopes, which belong to no resource.
const OF_OPENID: [&str; 5] = ["openid", "profile", "email", "offline_access", "phone"];

/// The requested scopes, all of which are granted.
#[derive(Clone, Debug)]
pub(super) struct Scopes {
    /// The audience of the access token.
    pub(super) audience: String,
    /// As the client wrote them.
    words: Vec<String>,
}

impl Scopes {
    /// The scopes in a request for one of these audiences. The default one is Partner Center.
    pub(super) fn asked(
        audiences: &[String],
        authority: &Authority,
        params: &Params,
    ) -> Result<Self, OauthError> {
        let scope = params.get("scope").unwrap_or_default();
        let words: Vec<String> = scope.split_whitespace().map(ToOwned::to_owned).collect();
        let audience = match authority.endpoint {
            Endpoint::V1 => params.get("resource"),
            Endpoint::V2 => words.iter().find_map(|word| resource(word)),
        };
        let audience = audience.unwrap_or(AUDIENCE).to_owned();
        if !audiences.contains(&audience) {
            let message = format!(
                "The resource principal named {} was not found in the tenant.",
                audience.escape_debug()
            );
            return Err(OauthError::new("invalid_resource", 500011, message));
        }
        Ok(Self { audience, words })
    }

    /// Whether the request names a resource or scope.
    pub(super) fn are_asked(authority: &Authority, params: &Params) -> bool {
        match authority.endpoint {
            Endpoint::V1 => params.get("resource").is_some(),
            Endpoint::V2 => params.get("scope").is_some(),
        }
    }

    pub(super) fn has(&self, word: &str) -> bool {
        self.words.iter().any(|it| it == word)
    }

    /// Whether the scopes allow imports.
    pub(super) fn may_write(&self) -> bool {
        self.has(&format!("{}/{IMPORT_PERMISSION}", self.audience))
    }

    /// The scopes of a user's token, for the response.
    pub(super) fn granted(&self, endpoint: Endpoint) -> String {
        if endpoint == Endpoint::V1 {
            return USER_SCOPE.to_owned();
        }
        let permission = format!("{}/{USER_SCOPE}", self.audience);
        let asked = self
            .words
            .iter()
            .filter(|word| *word != "offline_access" && **word != permission);
        let granted: Vec<&str> = [&permission]
            .into_iter()
            .chain(asked)
            .map(|it| &**it)
            .collect();
        granted.join(" ")
    }
}

/// The resource of a scope: `https://api.partnercenter.microsoft.com` of
/// `https://api.partnercenter.microsoft.com/.default`.
fn resource(scope: &str) -> Option<&str> {
    if OF_OPENID.contains(&scope) {
        return None;
    }
    Some(
        scope
            .rsplit_once('/')
            .map_or(scope, |(resource, _)| resource),
    )
}

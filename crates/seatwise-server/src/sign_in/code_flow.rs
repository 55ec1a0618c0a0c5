//! Sign-in with a browser: OpenID Connect's authorization code flow with PKCE.
//!
//! The browser goes to the issuer and comes back with a code, which is exchanged for two tokens.
//! The ID token identifies the person, for this attempt only. The access token is verified like one
//! in a request to the API, so pages show exactly what the API would return. Neither token is kept.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use seatwise_types::PartnerId;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use super::Refusal;
use super::claims::Claims;
use super::development::DevProvider;
use super::issuer_keys::{Http, IssuerKeys};
use super::settings::{Issuer, SignIn, USER_SCOPE};
use super::token_endpoint::{Asked, Exchanged, SignInIssuer};
use crate::duties::Duties;

/// An application at an issuer, for sign-in to the pages.
#[derive(Clone, Debug)]
pub struct BrowserSignIn {
    /// The issuer. It is trusted only for the tenants in [`SignIn`].
    pub issuer: Issuer,
    /// The client id of the application.
    pub client_id: String,
    /// The client secret; `None` for a public client, which Entra does not allow for web redirects.
    pub client_secret: Option<SecretString>,
    /// The scope to request, so that the API accepts the access token. Default: the first user
    /// scope at the first audience.
    pub scope: Option<String>,
    /// App roles that make a person an operator.
    pub operator_roles: Vec<String>,
    /// Group ids that make a person an operator.
    pub operator_groups: Vec<String>,
}

/// A sign-in in progress. The browser keeps it, encrypted: everything but the state is secret.
#[derive(Clone, Deserialize, Serialize)]
pub struct SignInAttempt {
    /// The partner whose pages are requested.
    pub partner: PartnerId,
    /// Where the issuer sends the browser back. It must be registered exactly like this.
    pub redirect_uri: String,
    /// Returned with the code; shows that it belongs to this attempt.
    pub state: String,
    /// Returned in the ID token.
    pub nonce: String,
    /// The PKCE verifier, which proves that the same client requested the code; 43 characters.
    pub verifier: String,
}

/// A signed-in person with access to a partner's pages.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Person {
    /// The partner.
    pub partner: PartnerId,
    /// The display name, which is not unique.
    pub name: String,
    /// Whether the person can make changes, such as start a collection or make a guest link.
    pub is_operator: bool,
}

/// Where people can sign in.
pub(crate) struct CodeFlow {
    pub(super) settings: Option<BrowserSignIn>,
    pub(super) scope: String,
    /// The issuers by tenant.
    pub(super) issuers: HashMap<PartnerId, Arc<SignInIssuer>>,
    pub(super) provider: Option<DevProvider>,
}

impl CodeFlow {
    pub(crate) fn new(
        settings: Option<BrowserSignIn>,
        sign_in: &SignIn,
        provider: Option<DevProvider>,
        duties: &Duties,
    ) -> reqwest::Result<Self> {
        let mut issuers = HashMap::new();
        if let Some(BrowserSignIn { issuer, .. }) = &settings {
            let http = Http::new()?;
            for (name, tenants) in issuer.of(&sign_in.tenants) {
                let keys = IssuerKeys::new(name, tenants.clone(), &http, duties.clone());
                let issuer = Arc::new(SignInIssuer::new(Arc::new(keys)));
                issuers.extend(tenants.into_iter().map(|it| (it, Arc::clone(&issuer))));
            }
        }
        let audience = sign_in.audiences.first().map_or("", String::as_str);
        let scope = sign_in.scopes.first().map_or(USER_SCOPE, String::as_str);
        let default = || format!("{audience}/{scope}");
        let scope = settings.as_ref().and_then(|it| it.scope.clone());
        Ok(Self {
            scope: scope.unwrap_or_else(default),
            settings,
            issuers,
            provider,
        })
    }

    pub(super) fn client_id(&self) -> &str {
        match (&self.settings, &self.provider) {
            (Some(settings), _) => &settings.client_id,
            (None, Some(provider)) => provider.client_id,
            (None, None) => "",
        }
    }

    /// Where people of this partner sign in; `None` if they cannot.
    pub(super) fn provider(&self, attempt: &SignInAttempt) -> Option<IdentityProvider<'_>> {
        match (&self.settings, &self.provider) {
            (Some(_), _) => self
                .issuers
                .get(&attempt.partner)
                .map(IdentityProvider::Issuer),
            (None, Some(provider)) => {
                let origin = Url::parse(&attempt.redirect_uri).ok()?.origin();
                Some(IdentityProvider::Development {
                    provider,
                    authority: format!(
                        "{}/dev/identity/{}",
                        origin.ascii_serialization(),
                        attempt.partner
                    ),
                })
            }
            (None, None) => None,
        }
    }

    pub(super) fn is_operator(&self, tokens: &[&Claims]) -> Result<bool, Refusal> {
        let Some(settings) = &self.settings else {
            // Everyone who reaches the development identity can sign in as anyone.
            return Ok(true);
        };
        let has_one = |has: &[&str], wanted: &[String]| {
            wanted.iter().any(|wanted| has.contains(&wanted.as_str()))
        };
        for claims in tokens {
            if has_one(&claims.roles()?, &settings.operator_roles)
                || has_one(&claims.groups()?, &settings.operator_groups)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Where people of a partner sign in.
pub(super) enum IdentityProvider<'a> {
    Issuer(&'a Arc<SignInIssuer>),
    /// This server's provider, called without a connection.
    Development {
        provider: &'a DevProvider,
        authority: String,
    },
}

impl IdentityProvider<'_> {
    /// The issuer in its ID tokens.
    pub(super) fn issuer(&self) -> String {
        match self {
            Self::Issuer(issuer) => issuer.keys.issuer().to_owned(),
            Self::Development { authority, .. } => format!("{authority}/v2.0"),
        }
    }

    pub(super) async fn authorization_endpoint(&self, now: Timestamp) -> anyhow::Result<Url> {
        match self {
            Self::Issuer(issuer) => Ok(issuer.endpoints(now).await?.authorization),
            Self::Development { authority, .. } => {
                Ok(format!("{authority}/oauth2/v2.0/authorize").parse()?)
            }
        }
    }

    pub(super) async fn exchange(
        &self,
        asked: &Asked<'_>,
        now: Timestamp,
    ) -> anyhow::Result<Exchanged> {
        match self {
            Self::Issuer(issuer) => issuer.exchange(asked, now).await,
            Self::Development {
                provider,
                authority,
            } => {
                let address = format!("{authority}/oauth2/v2.0/token").parse()?;
                let (status, answer) = provider.post(&address, asked.form(None)).await?;
                Exchanged::read(status, &answer, asked)
            }
        }
    }
}

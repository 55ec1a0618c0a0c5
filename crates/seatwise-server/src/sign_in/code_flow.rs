//! Sign-in with a browser: OpenID Connect's authorization code flow with PKCE.
//!
//! The browser goes to the issuer and comes back with a code, which is exchanged for two tokens.
//! The ID token identifies the person, for this attempt only. The access token is verified like one
//! in a request to the API, so pages show exactly what the API would return. Neither token is kept.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::anyhow;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use jiff::Timestamp;
use seatwise_types::{ErrorCode, PartnerId};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use super::Refusal;
use super::claims::Claims;
use super::development::DevProvider;
use super::issuer_keys::{Http, IssuerKeys};
use super::settings::{Issuer, USER_SCOPE};
use super::token_endpoint::{Asked, Exchanged, SignInIssuer, Tokens};
use super::verifier::Expected;
use crate::config::Config;
use crate::error::ApiError;
use crate::{AppState, Duties, Unanswered};

/// The most characters to keep of a person's name.
const LONGEST_NAME: usize = 100;

/// An application at an issuer, for sign-in to the pages.
#[derive(Clone, Debug)]
pub struct BrowserSignIn {
    /// The issuer. It is trusted only for the tenants in [`SignIn`](crate::SignIn).
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
    settings: Option<BrowserSignIn>,
    scope: String,
    /// The issuers by tenant.
    issuers: HashMap<PartnerId, Arc<SignInIssuer>>,
    provider: Option<DevProvider>,
}

impl CodeFlow {
    pub(crate) fn new(
        config: &Config,
        provider: Option<DevProvider>,
        duties: &Duties,
    ) -> reqwest::Result<Self> {
        let settings = config.browser_sign_in.clone();
        let mut issuers = HashMap::new();
        if let Some(BrowserSignIn { issuer, .. }) = &settings {
            let http = Http::new()?;
            for (name, tenants) in issuer.of(&config.sign_in.tenants) {
                let keys = IssuerKeys::new(name, tenants.clone(), &http, duties.clone());
                let issuer = Arc::new(SignInIssuer::new(Arc::new(keys)));
                issuers.extend(tenants.into_iter().map(|it| (it, Arc::clone(&issuer))));
            }
        }
        let audience = config.sign_in.audiences.first().map_or("", String::as_str);
        let scope = config
            .sign_in
            .scopes
            .first()
            .map_or(USER_SCOPE, String::as_str);
        let default = || format!("{audience}/{scope}");
        let scope = settings.as_ref().and_then(|it| it.scope.clone());
        Ok(Self {
            scope: scope.unwrap_or_else(default),
            settings,
            issuers,
            provider,
        })
    }

    fn client_id(&self) -> &str {
        match (&self.settings, &self.provider) {
            (Some(settings), _) => &settings.client_id,
            (None, Some(provider)) => provider.client_id,
            (None, None) => "",
        }
    }

    /// Where people of this partner sign in; `None` if they cannot.
    fn place(&self, attempt: &SignInAttempt) -> Option<Place<'_>> {
        match (&self.settings, &self.provider) {
            (Some(_), _) => self.issuers.get(&attempt.partner).map(Place::Issuer),
            (None, Some(provider)) => {
                let origin = Url::parse(&attempt.redirect_uri).ok()?.origin();
                Some(Place::Development {
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

    fn is_operator(&self, tokens: &[&Claims]) -> Result<bool, Refusal> {
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
enum Place<'a> {
    Issuer(&'a Arc<SignInIssuer>),
    /// This server's provider, called without a connection.
    Development {
        provider: &'a DevProvider,
        authority: String,
    },
}

impl Place<'_> {
    /// The issuer in its ID tokens.
    fn issuer(&self) -> String {
        match self {
            Self::Issuer(issuer) => issuer.keys.issuer().to_owned(),
            Self::Development { authority, .. } => format!("{authority}/v2.0"),
        }
    }

    async fn authorization_endpoint(&self, now: Timestamp) -> anyhow::Result<Url> {
        match self {
            Self::Issuer(issuer) => Ok(issuer.endpoints(now).await?.authorization),
            Self::Development { authority, .. } => {
                Ok(format!("{authority}/oauth2/v2.0/authorize").parse()?)
            }
        }
    }

    async fn exchange(&self, asked: &Asked<'_>, now: Timestamp) -> anyhow::Result<Exchanged> {
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

impl AppState {
    /// Whether people can sign in with a browser.
    pub fn signs_people_in(&self) -> bool {
        self.code_flow.settings.is_some() || self.code_flow.provider.is_some()
    }

    /// The partners with stored data whose people can sign in.
    ///
    /// # Errors
    /// If the data folder cannot be read.
    pub fn partners_to_sign_in(&self) -> Result<Vec<PartnerId>, Unanswered> {
        let flow = &self.code_flow;
        let may = |partner: &PartnerId| match flow.settings {
            Some(_) => flow.issuers.contains_key(partner),
            None => flow.provider.is_some(),
        };
        Ok(self.partners()?.into_iter().filter(may).collect())
    }

    /// The URL at which a person signs in. The issuer then sends the browser to the redirect URI.
    ///
    /// # Errors
    /// If people of this partner cannot sign in, or the issuer cannot be reached.
    pub async fn sign_in_address(&self, attempt: &SignInAttempt) -> Result<Url, Unanswered> {
        let flow = &self.code_flow;
        let place = flow.place(attempt).ok_or_else(not_here)?;
        let endpoint = place.authorization_endpoint(self.now()).await;
        let mut address = endpoint.map_err(unreachable)?;
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, attempt.verifier.as_bytes()));
        address
            .query_pairs_mut()
            .append_pair("client_id", flow.client_id())
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", &attempt.redirect_uri)
            .append_pair("scope", &format!("openid profile {}", flow.scope))
            .append_pair("state", &attempt.state)
            .append_pair("nonce", &attempt.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        Ok(address)
    }

    /// The person who came back with a code. `issuer` is the parameter `iss` of the response, if
    /// present (RFC 9207).
    ///
    /// # Errors
    /// If the code is invalid or used, the issuer cannot be reached, its tokens do not match this
    /// attempt, or the person is not allowed to read.
    pub async fn signed_in(
        &self,
        attempt: &SignInAttempt,
        code: &str,
        issuer: Option<&str>,
    ) -> Result<Person, Unanswered> {
        let (flow, now) = (&self.code_flow, self.now());
        let place = flow.place(attempt).ok_or_else(not_here)?;
        let expected = place.issuer();
        if issuer.is_some_and(|issuer| issuer != expected) {
            return Err(untrusted(Refusal::Issuer, "answer"));
        }
        let secret = flow.settings.as_ref();
        let asked = Asked {
            client_id: flow.client_id(),
            client_secret: secret.and_then(|it| it.client_secret.as_ref()),
            code,
            redirect_uri: &attempt.redirect_uri,
            verifier: &attempt.verifier,
        };
        let Tokens {
            id_token,
            access_token,
        } = match place.exchange(&asked, now).await.map_err(unreachable)? {
            Exchanged::Tokens(tokens) => tokens,
            Exchanged::BadCode(cause) => return Err(bad_code(cause)),
            Exchanged::Refused(cause) => return Err(refused(cause)),
        };

        let expected = Expected {
            issuer: &expected,
            partner: attempt.partner,
            audience: flow.client_id(),
            nonce: &attempt.nonce,
        };
        let keys = match &place {
            Place::Issuer(issuer) => Some(&issuer.keys),
            Place::Development { .. } => None,
        };
        let claims = self
            .verifier
            .verify_id_token(&id_token, &expected, keys, now);
        let claims = claims.await.map_err(|err| untrusted(err, "id token"))?;
        let holder = self.verifier.verify(access_token.as_bytes(), now).await;
        let holder = holder.map_err(|err| untrusted(err, "access token"))?;
        if holder.partner != attempt.partner {
            return Err(untrusted(Refusal::Tenant, "access token"));
        }
        if !holder.mfa_sufficient {
            return Err(not_allowed(
                Refusal::SecondFactor,
                "this server asks for a second factor, and your sign-in does not show one",
            ));
        }
        if !holder.user || !holder.permitted {
            return Err(not_allowed(
                Refusal::Permission,
                "your account has neither the permission nor the role that this server asks of those \
                 who read",
            ));
        }
        if !self.partners()?.contains(&attempt.partner) {
            return Err(not_here());
        }
        let access = Claims::read(&access_token).map_err(|err| untrusted(err, "access token"))?;
        let is_operator = flow.is_operator(&[&claims, &access]);
        let name = claims.display_name().unwrap_or("A user of the partner");
        Ok(Person {
            partner: attempt.partner,
            name: name.chars().take(LONGEST_NAME).collect(),
            is_operator: is_operator.map_err(|err| untrusted(err, "token"))?,
        })
    }
}

fn not_here() -> Unanswered {
    let description =
        "people of this organisation cannot sign in here, or nothing of it was imported yet";
    ApiError::new(ErrorCode::OperationDenied, description)
        .refused(Refusal::Tenant.reason())
        .into()
}

fn not_allowed(refusal: Refusal, description: &'static str) -> Unanswered {
    ApiError::new(ErrorCode::OperationDenied, description)
        .refused(refusal.reason())
        .into()
}

/// The error for an invalid token or response. The page says no more about it than the API would.
fn untrusted(refusal: Refusal, what: &'static str) -> Unanswered {
    if refusal == Refusal::IssuerUnreachable {
        return unreachable(anyhow!("the keys of the issuer could not be fetched"));
    }
    let description = "what the sign-in service answered is not to be trusted";
    ApiError::new(ErrorCode::OperationDenied, description)
        .refused(refusal.reason())
        .with_detail(match refusal {
            Refusal::Claims(Some(claim)) => format!("{what}: {claim}"),
            _ => what.to_owned(),
        })
        .into()
}

fn bad_code(cause: String) -> Unanswered {
    let description = "this sign-in was finished already, or took too long";
    ApiError::new(ErrorCode::InvalidInput, description)
        .refused("code")
        .with_detail(cause)
        .into()
}

fn refused(cause: String) -> Unanswered {
    let cause = anyhow!(cause).context("the token endpoint refused this server");
    ApiError::internal(StatusCode::BAD_GATEWAY, cause)
        .with_description("the sign-in service does not accept this server")
        .into()
}

fn unreachable(cause: anyhow::Error) -> Unanswered {
    let cause = cause.context("cannot sign a person in");
    ApiError::internal(StatusCode::SERVICE_UNAVAILABLE, cause)
        .with_description("the sign-in service cannot be reached now")
        .into()
}

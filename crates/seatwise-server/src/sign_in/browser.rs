//! Signing people in to the pages, with the flow of `code_flow`.

use anyhow::anyhow;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use seatwise_types::{ErrorCode, PartnerId};
use url::Url;

use super::claims::Claims;
use super::code_flow::{IdentityProvider, Person, SignInAttempt};
use super::refusal::Refusal;
use super::token_endpoint::{Asked, Exchanged, Tokens};
use super::verifier::{Expected, Holder};
use crate::plumbing::error::ApiError;
use crate::state::AppState;
use crate::unanswered::Unanswered;

/// The most characters to keep of a person's name.
const LONGEST_NAME: usize = 100;

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
        let provider = flow.provider(attempt).ok_or_else(not_here)?;
        let endpoint = provider.authorization_endpoint(self.now()).await;
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
        let provider = flow.provider(attempt).ok_or_else(not_here)?;
        let expected = provider.issuer();
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
        } = exchanged(provider.exchange(&asked, now).await)?;
        let expected = Expected {
            issuer: &expected,
            partner: attempt.partner,
            audience: flow.client_id(),
            nonce: &attempt.nonce,
        };
        let keys = match &provider {
            IdentityProvider::Issuer(issuer) => Some(&issuer.keys),
            IdentityProvider::Development { .. } => None,
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
        check_access(holder)?;
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

/// The tokens, if the issuer gave some.
fn exchanged(exchanged: anyhow::Result<Exchanged>) -> Result<Tokens, Unanswered> {
    match exchanged.map_err(unreachable)? {
        Exchanged::Tokens(tokens) => Ok(tokens),
        Exchanged::BadCode(cause) => Err(bad_code(cause)),
        Exchanged::Refused(cause) => Err(refused(cause)),
    }
}

/// Whether the person may read.
fn check_access(holder: Holder) -> Result<(), Unanswered> {
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
    Ok(())
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

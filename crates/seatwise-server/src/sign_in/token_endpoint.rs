//! Exchanges a code for tokens at the issuer's token endpoint.

use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use url::{Url, form_urlencoded};

use super::issuer_keys::IssuerKeys;

/// How long discovered endpoints are kept.
const CURRENT_FOR: SignedDuration = SignedDuration::from_hours(1);

/// The pause after an issuer could not be reached.
const PAUSE: SignedDuration = SignedDuration::from_secs(5);

/// The most characters to log of an issuer's error.
const LONGEST_CAUSE: usize = 500;

/// An issuer for sign-in.
pub(super) struct SignInIssuer {
    pub(super) keys: Arc<IssuerKeys>,
    /// Locked during discovery, so that there is one request at a time.
    found: Mutex<Option<(Timestamp, Option<Endpoints>)>>,
}

/// The endpoints of an issuer.
#[derive(Clone)]
pub(super) struct Endpoints {
    pub(super) authorization: Url,
    token: Url,
    /// Whether the client authenticates with a header, not in the form.
    is_basic: bool,
}

/// The parameters of an exchange.
pub(super) struct Asked<'a> {
    pub(super) client_id: &'a str,
    pub(super) client_secret: Option<&'a SecretString>,
    pub(super) code: &'a str,
    pub(super) redirect_uri: &'a str,
    pub(super) verifier: &'a str,
}

/// The result of an exchange.
pub(super) enum Exchanged {
    Tokens(Tokens),
    /// The code is used, expired or unknown. Has the issuer's error, for the log.
    BadCode(String),
    /// The issuer rejects this client: its id, secret, or redirect URI.
    Refused(String),
}

/// The tokens of a person.
#[derive(Deserialize)]
pub(super) struct Tokens {
    pub(super) id_token: String,
    pub(super) access_token: String,
}

impl SignInIssuer {
    pub(super) fn new(keys: Arc<IssuerKeys>) -> Self {
        Self {
            keys,
            found: Mutex::new(None),
        }
    }

    pub(super) async fn endpoints(&self, now: Timestamp) -> anyhow::Result<Endpoints> {
        let mut found = self.found.lock().await;
        let is_younger = |than: SignedDuration, at: Timestamp| now.duration_since(at).abs() < than;
        match &*found {
            Some((at, Some(endpoints))) if is_younger(CURRENT_FOR, *at) => {
                return Ok(endpoints.clone());
            }
            Some((at, None)) if is_younger(PAUSE, *at) => {
                bail!("`{}` could not be reached a moment ago", self.keys.issuer());
            }
            _ => {}
        }
        let asked = self.ask().await;
        *found = Some((now, asked.as_ref().ok().cloned()));
        asked.with_context(|| format!("cannot use `{}` to sign people in", self.keys.issuer()))
    }

    async fn ask(&self) -> anyhow::Result<Endpoints> {
        let discovery = self.keys.discovery().await?;
        let missing = |name| anyhow!("its discovery document has no `{name}`");
        let methods = discovery.token_endpoint_auth_methods_supported;
        Ok(Endpoints {
            authorization: discovery
                .authorization_endpoint
                .filter(super::settings::is_safe)
                .ok_or_else(|| missing("authorization_endpoint"))?,
            token: discovery
                .token_endpoint
                .ok_or_else(|| missing("token_endpoint"))?,
            // The default of OpenID Connect Discovery 1.0, section 3.
            is_basic: methods.is_none_or(|it| !it.iter().any(|it| it == "client_secret_post")),
        })
    }

    pub(super) async fn exchange(
        &self,
        asked: &Asked<'_>,
        now: Timestamp,
    ) -> anyhow::Result<Exchanged> {
        let endpoints = self.endpoints(now).await?;
        let secret = asked.client_secret.map(ExposeSecret::expose_secret);
        // In the header, both are form-encoded (RFC 6749, section 2.3.1).
        let written = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let (basic, in_form) = match secret {
            Some(secret) if endpoints.is_basic => {
                (Some((written(asked.client_id), written(secret))), None)
            }
            secret => (None, secret),
        };
        let basic: Option<(String, String)> = basic;
        let basic = basic
            .as_ref()
            .map(|(id, secret)| (id.as_str(), secret.as_str()));
        let answer = self.keys.post(&endpoints.token, asked.form(in_form), basic);
        let (status, answer) = answer.await?;
        Exchanged::read(status, &answer, asked)
    }
}

impl Asked<'_> {
    /// The body of the request.
    pub(super) fn form(&self, secret: Option<&str>) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("client_id", self.client_id)
            .append_pair("code", self.code)
            .append_pair("redirect_uri", self.redirect_uri)
            .append_pair("code_verifier", self.verifier);
        if let Some(secret) = secret {
            form.append_pair("client_secret", secret);
        }
        form.finish()
    }

    /// An issuer's error, without secrets that it may repeat from the request.
    fn without_secrets(&self, said: &str) -> String {
        let secret = self.client_secret.map(ExposeSecret::expose_secret);
        let secrets = [Some(self.code), Some(self.verifier), secret];
        let mut said = said.to_owned();
        for secret in secrets.into_iter().flatten().filter(|it| !it.is_empty()) {
            said = said.replace(secret, "…");
        }
        said.chars()
            .take(LONGEST_CAUSE)
            .map(|sign| if sign.is_control() { ' ' } else { sign })
            .collect()
    }
}

impl Exchanged {
    /// Reads the response of a token endpoint.
    pub(super) fn read(
        status: StatusCode,
        answer: &[u8],
        asked: &Asked<'_>,
    ) -> anyhow::Result<Self> {
        if status.is_success() {
            // The response has tokens, so the parser's message is dropped: it could quote them.
            let tokens = serde_json::from_slice(answer);
            let tokens = tokens.map_err(|_| {
                anyhow!("the token endpoint did not answer with an id token and an access token")
            });
            return Ok(Self::Tokens(tokens?));
        }
        /// RFC 6749, section 5.2.
        #[derive(Deserialize)]
        struct Problem {
            error: String,
            #[serde(default)]
            error_description: String,
        }
        let problem: Option<Problem> = serde_json::from_slice(answer).ok();
        let Some(problem) = problem.filter(|_| status.is_client_error()) else {
            bail!("the token endpoint answered with {status}");
        };
        let said = format!("{}: {}", problem.error, problem.error_description);
        let said = asked.without_secrets(&said);
        Ok(match problem.error.as_str() {
            "invalid_grant" => Self::BadCode(said),
            _ => Self::Refused(said),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_issuer_repeats_of_the_request_does_not_get_into_the_log() {
        let secret = SecretString::from("s3cret");
        let asked = Asked {
            client_id: "app",
            client_secret: Some(&secret),
            code: "c0de",
            redirect_uri: "https://seatwise.example/sign-in/callback",
            verifier: "ver1fier",
        };
        let read = |answer: &str| {
            let read = Exchanged::read(StatusCode::BAD_REQUEST, answer.as_bytes(), &asked);
            match read.unwrap() {
                Exchanged::BadCode(said) | Exchanged::Refused(said) => said,
                Exchanged::Tokens(_) => panic!("these are no tokens"),
            }
        };
        let said = read(
            r#"{"error":"invalid_client","error_description":"no\ns3cret c0de ver1fier app"}"#,
        );
        assert_eq!(said, "invalid_client: no … … … app");
        let long = format!(
            r#"{{"error":"invalid_grant","error_description":"{}"}}"#,
            "x".repeat(9999)
        );
        assert_eq!(read(&long).chars().count(), LONGEST_CAUSE);
        let tokens = br#"{"id_token":"a.secret.token"}"#;
        let err = Exchanged::read(StatusCode::OK, tokens, &asked)
            .err()
            .unwrap();
        assert!(!format!("{err:#}").contains("secret.token"));
    }
}

//! The token of each call: cached, and renewed in time by one call.

use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use crate::clock::Clock;
use crate::entra::{Entra, Issued, TOKEN_V1, TOKEN_V2};
use crate::{Credential, Error, RefreshTokenStore};

/// How long before its expiry a token is no longer used, so that it does not expire in transit.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);

/// The state of a credential.
pub(crate) enum SignIn {
    /// A token that never changes.
    Token(SecretString),
    /// Tokens that are requested and renewed.
    Renewed(Arc<Renewed>),
}

pub(crate) struct Renewed {
    entra: Entra,
    grant: Grant,
    clock: Clock,
    /// The call that renews holds the lock; all others wait for its result.
    held: Mutex<Held>,
}

/// The grant that tokens are requested with.
enum Grant {
    ClientSecret(SecretString),
    RefreshToken {
        secret: Option<SecretString>,
        store: Arc<dyn RefreshTokenStore>,
    },
}

#[derive(Default)]
struct Held {
    access: Option<Access>,
    /// A refresh token that is not yet saved in the store.
    unsaved: Option<SecretString>,
}

struct Access {
    token: SecretString,
    until: Timestamp,
}

impl SignIn {
    pub(crate) fn new(credential: Credential, clock: Clock) -> Result<Self, Error> {
        let (application, grant) = match credential {
            Credential::Token(token) => {
                // Fails now rather than at the first call.
                bearer(&token)?;
                return Ok(Self::Token(token));
            }
            Credential::ClientSecret {
                application,
                secret,
            } => (application, Grant::ClientSecret(secret)),
            Credential::RefreshToken {
                application,
                secret,
                store,
            } => (application, Grant::RefreshToken { secret, store }),
        };
        Ok(Self::Renewed(Arc::new(Renewed {
            entra: Entra::new(&application)?,
            grant,
            clock,
            held: Mutex::default(),
        })))
    }

    /// The value of `Authorization`, marked as sensitive so that it is not printed.
    pub(crate) async fn authorization(&self) -> Result<HeaderValue, Error> {
        match self {
            Self::Token(token) => bearer(token),
            Self::Renewed(renewed) => {
                // A separate task: a cancelled call must not lose a refresh token that has just
                // replaced another.
                let renewed = Arc::clone(renewed);
                tokio::spawn(async move { renewed.authorization().await })
                    .await
                    .map_err(|err| Error::auth("signing in was broken off").because(err))?
            }
        }
    }

    /// Drops a token that the service rejected, so that the next call requests a new one. The
    /// rejected call is not repeated: if its token was new, it would be rejected again.
    pub(crate) async fn refused(&self, authorization: &HeaderValue) {
        if let Self::Renewed(renewed) = self {
            let mut held = renewed.held.lock().await;
            let is_it = |access: &Access| bearer(&access.token).is_ok_and(|it| it == authorization);
            if held.access.as_ref().is_some_and(is_it) {
                held.access = None;
            }
        }
    }
}

impl Renewed {
    async fn authorization(&self) -> Result<HeaderValue, Error> {
        let mut held = self.held.lock().await;
        let now = (self.clock)();
        if let Some(access) = &held.access
            && now < access.until
        {
            return bearer(&access.token);
        }
        let issued = match &self.grant {
            Grant::ClientSecret(secret) => self.with_secret(secret).await?,
            Grant::RefreshToken { secret, store } => {
                let used = match &held.unsaved {
                    Some(token) => token.clone(),
                    None => store.load().await.map_err(|err| {
                        Error::auth("failed to read the refresh token").because(err)
                    })?,
                };
                let issued = self.with_refresh_token(&used, secret.as_ref()).await?;
                // The used token may be invalid from now on, so keep the new one until the store
                // has it.
                if issued.refresh_token.is_some() {
                    held.unsaved.clone_from(&issued.refresh_token);
                }
                if let Some(token) = &held.unsaved {
                    store.save(token).await.map_err(|err| {
                        Error::auth("failed to save the new refresh token").because(err)
                    })?;
                    held.unsaved = None;
                }
                issued
            }
        };
        let authorization = bearer(&issued.access_token)?;
        let seconds = i64::try_from(issued.expires_in).unwrap_or(i64::MAX);
        let valid = SignedDuration::from_secs(seconds).saturating_sub(MARGIN);
        held.access = Some(Access {
            token: issued.access_token,
            until: now.checked_add(valid).unwrap_or(now),
        });
        Ok(authorization)
    }

    /// Requests a token for the application alone.
    async fn with_secret(&self, secret: &SecretString) -> Result<Issued, Error> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &self.entra.client_id),
            ("client_secret", secret.expose_secret()),
            ("resource", self.entra.resource),
        ];
        self.entra.post(TOKEN_V1, &form).await
    }

    /// Requests a user's token: as documented for the Secure Application Model if the application
    /// has a secret, otherwise as after a device code.
    async fn with_refresh_token(
        &self,
        token: &SecretString,
        secret: Option<&SecretString>,
    ) -> Result<Issued, Error> {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", self.entra.client_id.as_str()),
            ("refresh_token", token.expose_secret()),
        ];
        match secret {
            Some(secret) => {
                let more = [
                    ("client_secret", secret.expose_secret()),
                    ("resource", self.entra.resource),
                    ("scope", "openid"),
                ];
                let form = [form, more].concat();
                self.entra.post(TOKEN_V1, &form).await
            }
            None => {
                let scope = self.entra.scope();
                let form = [&form[..], &[("scope", scope.as_str())]].concat();
                self.entra.post(TOKEN_V2, &form).await
            }
        }
    }
}

/// The value of `Authorization` for a token.
fn bearer(token: &SecretString) -> Result<HeaderValue, Error> {
    let token = token.expose_secret();
    // RFC 6750 allows fewer characters. What matters is that none can end the header.
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::auth(
            "the token is empty or has blanks, line ends or non-ASCII: give it alone, without `Bearer`",
        ));
    }
    let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
        .map_err(|err| Error::auth("the token cannot be sent as a header").because(err))?;
    value.set_sensitive(true);
    Ok(value)
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "Token",
            Self::Renewed(renewed) => match renewed.grant {
                Grant::ClientSecret(_) => "ClientSecret",
                Grant::RefreshToken { .. } => "RefreshToken",
            },
        })
    }
}

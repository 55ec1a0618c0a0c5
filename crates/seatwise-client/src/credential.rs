//! How a partner signs in.

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::Error;

/// How a partner signs in. Its `Debug` shows no secret.
///
/// # Example
///
/// ```
/// use seatwise_client::Credential;
///
/// let credential = Credential::token("a secret");
/// assert!(!format!("{credential:?}").contains("a secret"));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Credential {
    /// An access token that the caller has. It is sent as it is, also after it has expired.
    Token(SecretString),
}

impl Credential {
    /// An access token that the caller has.
    pub fn token(token: impl Into<SecretString>) -> Self {
        Self::Token(token.into())
    }

    /// The value of `Authorization`, marked so that nothing on its way prints it.
    pub(crate) fn authorization(&self) -> Result<HeaderValue, Error> {
        let Self::Token(token) = self;
        let token = token.expose_secret();
        // RFC 6750 allows fewer characters; what matters is that none can end the header.
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::auth(
                "the token is empty or has blanks, line ends or non-ASCII",
            ));
        }
        let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|err| Error::auth("the token cannot be sent as a header").because(err))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

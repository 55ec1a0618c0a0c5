//! The device code flow.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::clock::Sleep;
use crate::entra::{DEVICE_CODE, Entra, Issued, TOKEN_V2, seconds, secret};
use crate::{Application, Error};

/// A sign-in in progress: the user opens a page on any device and enters a code.
///
/// # Example
///
/// ```
/// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
/// # use example::*;
/// # service_at(async |url, _| {
/// use seatwise_client::{Application, Cloud, Credential, DeviceCode, RefreshTokenInMemory};
///
/// let application = Application::new(Cloud::Global, "contoso.com", "the client id");
/// # let application = application_at(url);
/// let code = DeviceCode::request(&application).await?;
/// println!("open {} and enter {}", code.verification_uri(), code.user_code());
/// let refresh_token = code.wait().await?;
/// let credential =
///     Credential::refresh_token(application, RefreshTokenInMemory::new(refresh_token));
/// # Ok(())
/// # });
/// ```
#[must_use = "the user is not signed in before `wait`"]
pub struct DeviceCode {
    entra: Entra,
    given: Given,
    client_secret: Option<SecretString>,
    sleep: Sleep,
}

/// Entra's answer to the request for a code.
#[derive(Deserialize)]
struct Given {
    #[serde(deserialize_with = "secret")]
    device_code: SecretString,
    user_code: String,
    #[serde(alias = "verification_url")]
    verification_uri: String,
    #[serde(deserialize_with = "seconds")]
    expires_in: u64,
    /// The polling interval in seconds; five if absent (RFC 8628).
    #[serde(default = "five", deserialize_with = "seconds")]
    interval: u64,
    #[serde(default)]
    message: String,
}

fn five() -> u64 {
    5
}

impl DeviceCode {
    /// Requests a code. The application must be allowed to use the device code flow. If it has a
    /// secret, set it with [`client_secret`](Self::client_secret).
    ///
    /// # Errors
    ///
    /// If the application's settings are invalid, if Entra is unreachable, or if it refuses
    /// ([`ErrorKind::SignIn`](crate::ErrorKind::SignIn)).
    pub async fn request(application: &Application) -> Result<Self, Error> {
        let entra = Entra::new(application)?;
        let scope = entra.scope();
        let form = [
            ("client_id", entra.client_id.as_str()),
            ("scope", scope.as_str()),
        ];
        let given = entra.post(DEVICE_CODE, &form).await?;
        Ok(Self {
            entra,
            given,
            client_secret: None,
            sleep: Arc::new(|wait| Box::pin(tokio::time::sleep(wait))),
        })
    }

    /// The secret of the application, if it has one. Entra requires it after the user has signed
    /// in.
    pub fn client_secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.client_secret = Some(secret.into());
        self
    }

    /// The timer for polling; tokio's by default.
    pub fn sleep<F, Fut>(mut self, sleep: F) -> Self
    where
        F: Fn(Duration) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.sleep = Arc::new(move |wait| Box::pin(sleep(wait)));
        self
    }

    /// The code that the user enters.
    pub fn user_code(&self) -> &str {
        &self.given.user_code
    }

    /// The address at which the user enters the code.
    pub fn verification_uri(&self) -> &str {
        &self.given.verification_uri
    }

    /// Entra's message for the user; empty if there is none.
    pub fn message(&self) -> &str {
        &self.given.message
    }

    /// How long the code is valid from its request on; at most one hour.
    pub fn expires_in(&self) -> Duration {
        Duration::from_secs(self.given.expires_in.min(60 * 60))
    }

    /// Waits until the user has signed in, and returns a refresh token.
    ///
    /// # Errors
    ///
    /// If the user declines, if the code expires, if Entra refuses
    /// ([`ErrorKind::SignIn`](crate::ErrorKind::SignIn)), or if it returns no refresh token.
    pub async fn wait(self) -> Result<SecretString, Error> {
        let mut form = vec![
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("client_id", self.entra.client_id.as_str()),
            ("device_code", self.given.device_code.expose_secret()),
        ];
        let secret = self.client_secret.as_ref();
        form.extend(secret.map(|it| ("client_secret", it.expose_secret())));
        let mut interval = Duration::from_secs(self.given.interval.clamp(1, 60));
        let mut waited = Duration::ZERO;
        while waited < self.expires_in() {
            (self.sleep)(interval).await;
            waited += interval;
            match self.entra.post::<Issued>(TOKEN_V2, &form).await {
                Ok(issued) => {
                    return issued.refresh_token.ok_or_else(|| {
                        Error::unusable("refresh_token", "no refresh token was given")
                    });
                }
                Err(err) if err.code() == Some("authorization_pending") => {}
                // RFC 8628 requires a longer interval, and it relieves a service that is in
                // trouble.
                Err(err) if err.code() == Some("slow_down") || err.is_retryable() => {
                    interval += Duration::from_secs(5);
                }
                Err(err) => return Err(err),
            }
        }
        Err(Error::auth("the code expired before the user was done"))
    }
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Leaves out the code: with it, another person could complete the sign-in.
        f.debug_struct("DeviceCode")
            .field("verification_uri", &self.given.verification_uri)
            .field("expires_in", &self.expires_in())
            .finish_non_exhaustive()
    }
}

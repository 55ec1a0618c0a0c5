//! Requests to the service that issues tokens, and its answers.

use std::time::Duration;

use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use seatwise_types::wire;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use url::form_urlencoded;

use crate::base_url::BaseUrl;
use crate::retry::retry_after;
use crate::{Application, Error, fault, http};

/// The endpoint of version 1 of Entra's protocol, which uses resources.
pub(crate) const TOKEN_V1: &str = "/oauth2/token";
/// The endpoint of version 2, which uses scopes.
pub(crate) const TOKEN_V2: &str = "/oauth2/v2.0/token";
pub(crate) const DEVICE_CODE: &str = "/oauth2/v2.0/devicecode";

/// Far more than any such answer needs.
const MAX_BODY: usize = 256 * 1024;

/// A tenant's endpoints, for one application.
pub(crate) struct Entra {
    http: Client,
    tenant: BaseUrl,
    pub(crate) client_id: String,
    pub(crate) resource: &'static str,
}

impl Entra {
    pub(crate) fn new(application: &Application) -> Result<Self, Error> {
        let tenant = application.tenant_url()?;
        // Requests contain secrets, which must not go elsewhere.
        let redirects = Policy::none();
        let http = http::client(
            &tenant,
            redirects,
            Duration::from_secs(60),
            Duration::from_secs(10),
            application.trusted(),
        )?;
        Ok(Self {
            http,
            tenant,
            client_id: application.client_id().to_owned(),
            resource: application.cloud().resource(),
        })
    }

    /// The scopes of a user's token, and of a refresh token for it.
    pub(crate) fn scope(&self) -> String {
        format!("{}/user_impersonation offline_access", self.resource)
    }

    fn unreached(&self, err: reqwest::Error) -> Error {
        Error::transport(err, &self.tenant).of_authority()
    }

    /// Posts a form without retries.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        form: &[(&str, &str)],
    ) -> Result<T, Error> {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = self
            .http
            .post(self.tenant.join(path)?)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        let mut response = request.send().await.map_err(|err| self.unreached(err))?;
        let mut body = Zeroizing::new(Vec::with_capacity(16 * 1024));
        while let Some(chunk) = response.chunk().await.map_err(|err| self.unreached(err))? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(Error::too_large(MAX_BODY));
            }
            body.extend_from_slice(&chunk);
        }
        let status = response.status();
        if status.is_success() {
            return wire::decode(&body).map_err(Error::decode);
        }
        let fault = fault::read(&body, status.canonical_reason().unwrap_or_default());
        let wait = retry_after(status, response.headers());
        Err(Error::sign_in(status.as_u16(), fault, codes(&body), wait))
    }
}

/// The numbers of an error, such as 50076; empty if there are none.
fn codes(body: &[u8]) -> Vec<u64> {
    #[derive(Deserialize)]
    struct Codes {
        #[serde(default)]
        error_codes: Vec<u64>,
    }
    wire::decode::<Codes>(body)
        .map(|codes| codes.error_codes)
        .unwrap_or_default()
}

/// A token response.
#[derive(Deserialize)]
pub(crate) struct Issued {
    #[serde(deserialize_with = "secret")]
    pub(crate) access_token: SecretString,
    /// The validity in seconds; version 1 of the protocol writes it as a string.
    #[serde(deserialize_with = "seconds")]
    pub(crate) expires_in: u64,
    #[serde(default, deserialize_with = "some_secret")]
    pub(crate) refresh_token: Option<SecretString>,
}

pub(crate) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

fn some_secret<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(SecretString::from))
}

pub(crate) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
    .ok_or_else(|| D::Error::custom("expected a whole number of seconds"))
}

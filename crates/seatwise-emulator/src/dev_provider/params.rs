//! Parameters of a request, from its query or from its form.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use url::form_urlencoded;

use super::error::OauthError;

/// The parameters by name, without empty values.
pub(super) struct Params(HashMap<String, String>);

impl Params {
    pub(super) fn parse(text: &[u8]) -> Result<Self, OauthError> {
        let mut params = HashMap::new();
        for (name, value) in form_urlencoded::parse(text) {
            match params.entry(name.into_owned()) {
                // It is not defined which of two values counts.
                Entry::Occupied(entry) => {
                    let message = format!(
                        "The request is not properly formatted. The parameter '{}' is duplicated.",
                        entry.key().escape_debug()
                    );
                    return Err(OauthError::invalid_request(9000411, message));
                }
                Entry::Vacant(entry) => drop(entry.insert(value.into_owned())),
            }
        }
        params.retain(|_, value| !value.is_empty());
        Ok(Self(params))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(super) fn require(&self, name: &str) -> Result<&str, OauthError> {
        self.get(name).ok_or_else(|| OauthError::missing(name))
    }

    /// The client id. No application is registered, so every GUID is accepted.
    pub(super) fn client(&self) -> Result<&str, OauthError> {
        let client = self.require("client_id")?;
        if uuid::Uuid::try_parse(client).is_ok() {
            return Ok(client);
        }
        let message = format!(
            "Application with identifier '{}' was not found in the directory. It should be a GUID.",
            client.escape_debug()
        );
        Err(OauthError::new("unauthorized_client", 700016, message))
    }

    /// Whether the application sent a secret or an assertion. All are accepted.
    pub(super) fn has_secret(&self) -> bool {
        self.get("client_secret").is_some() || self.get("client_assertion").is_some()
    }
}

//! The claims of a token. Each is checked only when it is needed, so other invalid claims do no
//! harm.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use seatwise_types::PartnerId;
use serde::Deserialize;
use serde_json::Value;

use super::Refusal;

/// The claims to read. A token with two of one of them is rejected, because it is unclear which
/// counts.
#[derive(Deserialize)]
pub(super) struct Claims {
    iss: Option<Value>,
    tid: Option<Value>,
    aud: Option<Value>,
    exp: Option<Value>,
    nbf: Option<Value>,
    ver: Option<Value>,
    scp: Option<Value>,
    roles: Option<Value>,
    groups: Option<Value>,
    amr: Option<Value>,
    nonce: Option<Value>,
    name: Option<Value>,
    upn: Option<Value>,
    unique_name: Option<Value>,
    preferred_username: Option<Value>,
}

const NAMES: [&str; 15] = [
    "iss",
    "tid",
    "aud",
    "exp",
    "nbf",
    "ver",
    "scp",
    "roles",
    "groups",
    "amr",
    "nonce",
    "name",
    "upn",
    "unique_name",
    "preferred_username",
];

impl Claims {
    /// Reads the claims of a token of three parts. Do not trust them before the signature is
    /// checked.
    pub(super) fn read(token: &str) -> Result<Self, Refusal> {
        let payload = token.split('.').nth(1).unwrap_or_default();
        let payload = URL_SAFE_NO_PAD.decode(payload);
        let payload = payload.map_err(|_| Refusal::Claims(None))?;
        serde_json::from_slice(&payload).map_err(|err| {
            let said = err.to_string();
            let is_named = |name: &&&str| said.contains(&format!("duplicate field `{name}`"));
            Refusal::Claims(NAMES.iter().find(is_named).copied())
        })
    }

    pub(super) fn issuer(&self) -> Result<&str, Refusal> {
        let issuer = self.iss.as_ref().and_then(Value::as_str);
        issuer.ok_or(Refusal::Claims(Some("iss")))
    }

    pub(super) fn partner(&self) -> Result<PartnerId, Refusal> {
        let tenant = self.tid.as_ref().and_then(Value::as_str);
        let tenant = tenant.and_then(|tenant| tenant.parse().ok());
        tenant.ok_or(Refusal::Tenant)
    }

    /// The first second in which the token has expired.
    pub(super) fn expires(&self) -> Result<i64, Refusal> {
        let expires = self.exp.as_ref().ok_or(Refusal::Expired)?;
        seconds(expires).ok_or(Refusal::Claims(Some("exp")))
    }

    /// The first second in which the token is valid; `None` without `nbf`.
    pub(super) fn valid_from(&self) -> Result<Option<i64>, Refusal> {
        let Some(valid_from) = &self.nbf else {
            return Ok(None);
        };
        let seconds = seconds(valid_from);
        seconds.map(Some).ok_or(Refusal::Claims(Some("nbf")))
    }

    /// The audiences. Entra names one; OpenID Connect allows several.
    pub(super) fn audiences(&self) -> Result<Vec<&str>, Refusal> {
        match &self.aud {
            Some(Value::String(audience)) => Ok(vec![audience]),
            audiences => texts("aud", audiences.as_ref()),
        }
    }

    /// The scopes of a user.
    pub(super) fn scopes(&self) -> Result<Vec<&str>, Refusal> {
        match &self.scp {
            None => Ok(Vec::new()),
            Some(Value::String(scopes)) => Ok(scopes.split(' ').collect()),
            Some(_) => Err(Refusal::Claims(Some("scp"))),
        }
    }

    pub(super) fn roles(&self) -> Result<Vec<&str>, Refusal> {
        texts("roles", self.roles.as_ref())
    }

    /// The ids of a user's groups, if the token has them.
    pub(super) fn groups(&self) -> Result<Vec<&str>, Refusal> {
        texts("groups", self.groups.as_ref())
    }

    /// The nonce of the request for this token.
    pub(super) fn nonce(&self) -> Option<&str> {
        self.nonce.as_ref().and_then(Value::as_str)
    }

    /// The display name of a user; `None` if the token has none.
    pub(super) fn display_name(&self) -> Option<&str> {
        let names = [&self.name, &self.preferred_username, &self.upn];
        let mut names = names.into_iter().flatten().filter_map(Value::as_str);
        names.find(|name| !name.trim().is_empty())
    }

    /// The methods of the user's sign-in; `None` if the token does not list them.
    pub(super) fn methods(&self) -> Result<Option<Vec<&str>>, Refusal> {
        let methods = self.amr.as_ref();
        methods
            .map(|methods| texts("amr", Some(methods)))
            .transpose()
    }

    /// Whether the token has version 2.0.
    pub(super) fn is_v2(&self) -> bool {
        self.ver.as_ref().and_then(Value::as_str) == Some("2.0")
    }

    /// Whether the token is a user's. Entra gives app-only tokens neither scopes nor user names. A
    /// token with only some of these claims counts as a user's, because users must meet more
    /// conditions.
    pub(super) fn are_of_a_user(&self) -> bool {
        self.scp.is_some()
            || self.amr.is_some()
            || self.upn.is_some()
            || self.unique_name.is_some()
            || self.preferred_username.is_some()
    }
}

/// A list of texts; empty if the claim is missing.
fn texts<'a>(name: &'static str, claim: Option<&'a Value>) -> Result<Vec<&'a str>, Refusal> {
    let refused = Refusal::Claims(Some(name));
    match claim {
        None => Ok(Vec::new()),
        Some(Value::Array(texts)) => texts
            .iter()
            .map(|text| text.as_str().ok_or(refused))
            .collect(),
        Some(_) => Err(refused),
    }
}

/// An instant in seconds, which can have a fraction or an exponent (RFC 7519, NumericDate). It is
/// rounded up, which keeps comparisons with whole seconds exact.
fn seconds(claim: &Value) -> Option<i64> {
    if let Some(seconds) = claim.as_i64() {
        return Some(seconds);
    }
    // The cast saturates.
    Some(claim.as_f64()?.ceil() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_a_number_of_any_form() {
        for (text, instant) in [
            ("1489603391", Some(1_489_603_391)),
            ("1489603391.0", Some(1_489_603_391)),
            ("1489603390.25", Some(1_489_603_391)),
            ("1.489603391e9", Some(1_489_603_391)),
            ("-0.5", Some(0)),
            ("-1.5", Some(-1)),
            ("1e300", Some(i64::MAX)),
            ("-1e300", Some(i64::MIN)),
            ("18446744073709551615", Some(i64::MAX)),
            ("\"1489603391\"", None),
            ("true", None),
            ("[]", None),
        ] {
            let claim = serde_json::from_str(text).unwrap();
            assert_eq!(seconds(&claim), instant, "{text}");
        }
    }
}

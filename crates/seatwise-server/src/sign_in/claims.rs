//! The claims of a token. Each is read when it is needed, so one that is not needed spoils nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use seatwise_types::PartnerId;
use serde::Deserialize;
use serde_json::Value;

use super::Refusal;

/// The claims that are read. A token with one of them twice is refused: which of the two would be
/// meant?
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
    /// Reads the claims of a token of three parts. Believe none of them before the signature is
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

    /// The first second in which the token is no longer good.
    pub(super) fn expires(&self) -> Result<i64, Refusal> {
        let expires = self.exp.as_ref().ok_or(Refusal::Expired)?;
        seconds(expires).ok_or(Refusal::Claims(Some("exp")))
    }

    /// The first second in which the token is good; nothing if it always was.
    pub(super) fn valid_from(&self) -> Result<Option<i64>, Refusal> {
        let Some(valid_from) = &self.nbf else {
            return Ok(None);
        };
        let seconds = seconds(valid_from);
        seconds.map(Some).ok_or(Refusal::Claims(Some("nbf")))
    }

    /// Entra names one audience; OpenID Connect allows for several.
    pub(super) fn audiences(&self) -> Result<Vec<&str>, Refusal> {
        match &self.aud {
            Some(Value::String(audience)) => Ok(vec![audience]),
            audiences => texts("aud", audiences.as_ref()),
        }
    }

    /// The permissions of a user.
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

    /// The ids of the groups that a user is in, as far as the token says.
    pub(super) fn groups(&self) -> Result<Vec<&str>, Refusal> {
        texts("groups", self.groups.as_ref())
    }

    /// What the application that asked for the token wanted to see in it.
    pub(super) fn nonce(&self) -> Option<&str> {
        self.nonce.as_ref().and_then(Value::as_str)
    }

    /// What a user is called; none if the token does not say.
    pub(super) fn display_name(&self) -> Option<&str> {
        let names = [&self.name, &self.preferred_username, &self.upn];
        let mut names = names.into_iter().flatten().filter_map(Value::as_str);
        names.find(|name| !name.trim().is_empty())
    }

    /// How a user signed in; nothing if the token does not say.
    pub(super) fn methods(&self) -> Result<Option<Vec<&str>>, Refusal> {
        let methods = self.amr.as_ref();
        methods
            .map(|methods| texts("amr", Some(methods)))
            .transpose()
    }

    /// Whether it says that it is a v2.0 token.
    pub(super) fn is_v2(&self) -> bool {
        self.ver.as_ref().and_then(Value::as_str) == Some("2.0")
    }

    /// Entra gives an application's own token neither permissions nor a user's names. What is only
    /// half a user's token counts as one, because users have more to show.
    pub(super) fn are_of_a_user(&self) -> bool {
        self.scp.is_some()
            || self.amr.is_some()
            || self.upn.is_some()
            || self.unique_name.is_some()
            || self.preferred_username.is_some()
    }
}

/// A list of texts; an empty one if the claim is missing.
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

/// An instant in seconds, which may have a fraction or an exponent (RFC 7519, NumericDate). It is
/// rounded up: a whole second is before the instant exactly if it is before that.
fn seconds(claim: &Value) -> Option<i64> {
    if let Some(seconds) = claim.as_i64() {
        return Some(seconds);
    }
    // A number beyond all instants becomes the nearest one.
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

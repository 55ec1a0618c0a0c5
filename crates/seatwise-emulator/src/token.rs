//! Tokens by the emulator's clock, for a user or an application, valid or with a defect.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use seatwise_types::PartnerId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::dev_identity::{DevIdentity, DevIdentityError, TokenRequest};
use crate::times::length;

/// The default user.
const USER: &str = "developer@localhost";

/// The time since an expired token ended, or until a token starts that is not valid yet. It is
/// longer than any clock skew that a server allows.
const APART: SignedDuration = SignedDuration::from_hours(1);

/// The longest lifetime of a token: ten years.
const LONGEST: SignedDuration = SignedDuration::from_hours(10 * 366 * 24);

/// A requested token.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TokenRecipe {
    /// The partner whose data it gives access to. Default: the only one of the folder.
    pub(crate) partner: Option<PartnerId>,
    /// The user principal name. Default: `developer@localhost`.
    user: Option<String>,
    /// Makes an app-only token.
    #[serde(default)]
    app_only: bool,
    /// Allows imports.
    #[serde(default)]
    write: bool,
    /// The lifetime. Default: one hour.
    #[serde(default = "an_hour", deserialize_with = "length")]
    expires_in: SignedDuration,
    /// The defect. Default: none.
    defect: Option<Defect>,
}

fn an_hour() -> SignedDuration {
    SignedDuration::from_hours(1)
}

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
enum Defect {
    /// It expired an hour ago.
    Expired,
    /// It will be valid in an hour.
    NotYetValid,
    /// It is for the audience that Partner Center accepted until 2025.
    Audience,
    /// Its issuer is not trusted.
    Issuer,
    /// It names no tenant.
    Tenant,
    /// The user signed in without a second factor.
    SecondFactor,
    /// The user has no permission.
    Permission,
    /// Its signature is wrong.
    Signature,
    /// It names a key that its issuer does not have.
    Key,
}

/// The token that was made.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Made {
    token: String,
    partner: PartnerId,
    /// The times of its claims `nbf` and `exp`.
    valid_from: Timestamp,
    expires_at: Timestamp,
}

impl TokenRecipe {
    /// The reason why this recipe is invalid, if it is.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let of_a_user = matches!(self.defect, Some(Defect::SecondFactor | Defect::Permission));
        if self.app_only && self.user.is_some() {
            Some("`appOnly` makes a token without a user, so it cannot have a `user`")
        } else if self.app_only && of_a_user {
            Some("the defects `secondFactor` and `permission` are of a user's token")
        } else if self.expires_in < SignedDuration::from_secs(1) || self.expires_in > LONGEST {
            Some("`expiresIn` is from one second to ten years, such as `90m`")
        } else {
            None
        }
    }

    /// Makes the token.
    pub(crate) fn make(
        self,
        partner: PartnerId,
        identity: &DevIdentity,
        now: Timestamp,
    ) -> Result<Made, DevIdentityError> {
        let request = TokenRequest {
            partner,
            user: self.user.unwrap_or_else(|| USER.to_owned()),
            app_only: self.app_only,
            write: self.write,
            expires_in: Duration::try_from(self.expires_in).unwrap_or_default(),
        };
        let begins = match self.defect {
            Some(Defect::Expired) => -self.expires_in - APART,
            Some(Defect::NotYetValid) => APART,
            _ => SignedDuration::ZERO,
        };
        // An unrepresentable time becomes `now`. Tokens have whole seconds.
        let begins = now.saturating_add(begins).unwrap_or(now);
        let begins = Timestamp::from_second(begins.as_second()).unwrap_or(begins);
        let mut claims = request.access().claims(begins);
        if let Some(defect) = self.defect {
            defect.spoil(&mut claims);
        }
        let token = identity.sign(&claims)?;
        Ok(Made {
            token: match self.defect {
                Some(Defect::Signature) => with_another_signature(&token),
                Some(Defect::Key) => with_another_key(&token),
                _ => token,
            },
            partner,
            valid_from: begins,
            expires_at: begins.saturating_add(self.expires_in).unwrap_or(begins),
        })
    }
}

impl Defect {
    fn spoil(self, claims: &mut Value) {
        match self {
            Self::Audience => claims["aud"] = json!("https://graph.windows.net"),
            Self::Issuer => claims["iss"] = json!("https://issuer.example/"),
            Self::Tenant => drop(claims.as_object_mut().and_then(|it| it.remove("tid"))),
            Self::SecondFactor => claims["amr"] = json!(["pwd"]),
            Self::Permission => claims["scp"] = json!("openid"),
            Self::Expired | Self::NotYetValid | Self::Signature | Self::Key => {}
        }
    }
}

/// Changes the first letter of the signature, and keeps its length.
fn with_another_signature(token: &str) -> String {
    let (message, signature) = token.rsplit_once('.').unwrap_or((token, ""));
    let letter = if signature.starts_with('A') { 'B' } else { 'A' };
    let rest = signature.get(1..).unwrap_or_default();
    format!("{message}.{letter}{rest}")
}

fn with_another_key(token: &str) -> String {
    let header = json!({ "typ": "JWT", "alg": "RS256", "kid": "unknown" });
    let header = URL_SAFE_NO_PAD.encode(header.to_string());
    let (_, rest) = token.split_once('.').unwrap_or(("", token));
    format!("{header}.{rest}")
}

//! Tokens by the emulator's clock: for a user or an application, good or with one defect.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use seatwise_types::PartnerId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::times::length;
use crate::{DevIdentity, DevIdentityError, TokenRequest};

/// The user of a token whose recipe names none.
const USER: &str = "developer@localhost";

/// How long ago an expired token ended, and how soon a token begins that is not valid yet: longer
/// than any clock skew that a server allows.
const APART: SignedDuration = SignedDuration::from_hours(1);

/// The longest life of a token: ten years.
const LONGEST: SignedDuration = SignedDuration::from_hours(10 * 366 * 24);

/// The token that is asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TokenRecipe {
    /// The partner whose figures it opens; the only one of the folder if it is missing.
    pub(super) partner: Option<PartnerId>,
    /// The user principal name; `developer@localhost` if it is missing.
    user: Option<String>,
    /// Makes the token of an application without a user.
    #[serde(default)]
    app_only: bool,
    /// Lets the holder send facts in.
    #[serde(default)]
    write: bool,
    /// How long it is valid; an hour if it is missing.
    #[serde(default = "an_hour", deserialize_with = "length")]
    expires_in: SignedDuration,
    /// What is wrong with it; nothing if it is missing.
    defect: Option<Defect>,
}

fn an_hour() -> SignedDuration {
    SignedDuration::from_hours(1)
}

/// The one thing that is wrong with a token.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
enum Defect {
    /// It expired an hour ago.
    Expired,
    /// It is valid in an hour.
    NotYetValid,
    /// It is for the audience that Partner Center took until 2025.
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

/// A token that was made.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Made {
    token: String,
    partner: PartnerId,
    /// From when and until when it is valid, as its claims say.
    valid_from: Timestamp,
    expires_at: Timestamp,
}

impl TokenRecipe {
    /// Why no token can be made by this recipe, if so.
    pub(super) fn fault(&self) -> Option<&'static str> {
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
    pub(super) fn make(
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
        // A time that is too far away becomes the nearest one. Tokens have whole seconds.
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

/// Changes the first letter of the signature, and so not its length.
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

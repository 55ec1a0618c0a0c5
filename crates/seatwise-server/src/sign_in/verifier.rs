//! What a token must show before its claims are believed.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use seatwise_types::PartnerId;
use serde::Deserialize;

use super::Refusal;

/// The documented audience of Partner Center tokens.
pub(crate) const AUDIENCE: &str = "https://api.partnercenter.microsoft.com";

/// The same audience, as Entra writes it when a client asked with a trailing slash or by the
/// application id of the Partner Center API.
const OTHER_AUDIENCES: [&str; 2] = [
    "https://api.partnercenter.microsoft.com/",
    "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd",
];

/// The delegated permission that only tokens with a user carry.
pub(crate) const USER_SCOPE: &str = "user_impersonation";

/// The issuer of v1.0 tokens of this partner's tenant.
pub(crate) fn issuer_of(partner: PartnerId) -> String {
    format!("https://sts.windows.net/{partner}/")
}

/// Checks tokens against the keys of the issuers that are trusted.
pub(crate) struct Verifier {
    keys: HashMap<String, DecodingKey>,
    skew: SignedDuration,
    signature: Validation,
}

/// What a good token says about its holder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holder {
    /// The tenant whose figures the token opens.
    pub(crate) partner: PartnerId,
    /// Whether a user signed in, or only an application.
    pub(crate) user: bool,
}

/// A claim that stands twice in a token does not deserialize, and so is refused.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    tid: Option<String>,
    aud: Option<String>,
    exp: Option<i64>,
    nbf: Option<i64>,
    scp: Option<String>,
}

impl Verifier {
    /// Trusts these keys, by key id. `skew` is how far the issuer's clock may be off.
    pub(crate) fn new(
        keys: impl IntoIterator<Item = (String, DecodingKey)>,
        skew: SignedDuration,
    ) -> Self {
        // The library checks the signature; times are checked here, against the server's clock,
        // and the rest in the order that the contract wants.
        let mut signature = Validation::new(Algorithm::RS256);
        signature.validate_exp = false;
        signature.validate_nbf = false;
        signature.validate_aud = false;
        signature.required_spec_claims = HashSet::new();
        Self {
            keys: keys.into_iter().collect(),
            skew,
            signature,
        }
    }

    /// Who holds this token.
    pub(crate) fn verify(&self, token: &str, now: Timestamp) -> Result<Holder, Refusal> {
        let claims = self.signed_claims(token)?;
        let tenant = claims.tid.as_deref().and_then(|tid| tid.parse().ok());
        let partner: PartnerId = tenant.ok_or(Refusal::Tenant)?;
        if claims.iss != issuer_of(partner) {
            return Err(Refusal::Issuer);
        }
        self.check_times(&claims, now)?;
        if !claims.aud.as_deref().is_some_and(is_our_audience) {
            return Err(Refusal::Audience);
        }
        let scopes = claims.scp.as_deref().unwrap_or_default();
        Ok(Holder {
            partner,
            user: scopes.split(' ').any(|scope| scope == USER_SCOPE),
        })
    }

    /// The claims of a token whose signature is of a trusted key. A key that the token brings along
    /// (`jwk`, `jku`, `x5c`) is never looked at.
    fn signed_claims(&self, token: &str) -> Result<Claims, Refusal> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| Refusal::Malformed)?;
        if header.alg != Algorithm::RS256 {
            return Err(Refusal::Algorithm);
        }
        // An extension that the issuer calls critical, and that is not understood here.
        if header.crit.is_some() {
            return Err(Refusal::Malformed);
        }
        let key = header
            .kid
            .and_then(|kid| self.keys.get(&kid))
            .ok_or(Refusal::UnknownKey)?;
        match jsonwebtoken::decode(token, key, &self.signature) {
            Ok(token) => Ok(token.claims),
            Err(err) => match err.kind() {
                ErrorKind::InvalidSignature | ErrorKind::Base64(_) => Err(Refusal::Signature),
                _ => Err(Refusal::Claims),
            },
        }
    }

    fn check_times(&self, claims: &Claims, now: Timestamp) -> Result<(), Refusal> {
        let (now, skew) = (now.as_second(), self.skew.as_secs());
        let expires = claims.exp.ok_or(Refusal::Expired)?;
        if now >= expires.saturating_add(skew) {
            return Err(Refusal::Expired);
        }
        if claims
            .nbf
            .is_some_and(|valid_from| now < valid_from.saturating_sub(skew))
        {
            return Err(Refusal::NotYetValid);
        }
        Ok(())
    }
}

fn is_our_audience(audience: &str) -> bool {
    audience == AUDIENCE || OTHER_AUDIENCES.contains(&audience)
}

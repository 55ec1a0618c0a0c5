//! What a token must show before its claims are believed.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use seatwise_types::PartnerId;
use serde::Deserialize;

use super::Refusal;
use super::cache::Cache;
use super::issuer_keys::{Http, IssuerKeys};
use super::settings::{MfaRule, SignIn};
use crate::Duties;

/// The issuer of v1.0 tokens of this partner's tenant.
pub(crate) fn issuer_of(partner: PartnerId) -> String {
    format!("https://sts.windows.net/{partner}/")
}

/// Checks tokens against the keys of the issuers that are trusted.
pub(crate) struct Verifier {
    settings: SignIn,
    issuers: HashMap<String, Arc<IssuerKeys>>,
    development: Option<DevelopmentKey>,
    skew: SignedDuration,
    signature: Validation,
    verified: Cache<Verified>,
}

/// The key that signs for every tenant, as the issuer of v1.0 tokens.
pub(crate) struct DevelopmentKey {
    pub(crate) id: String,
    pub(crate) key: DecodingKey,
}

/// What a good token says about its holder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holder {
    /// The tenant whose figures the token opens.
    pub(super) partner: PartnerId,
    /// Whether a user signed in, or only an application.
    pub(super) user: bool,
    /// Whether the token shows a second factor, or needs none because no user signed in.
    pub(super) mfa_compliant: bool,
    /// Whether that is enough for this server.
    pub(super) mfa_sufficient: bool,
    /// Whether it has a permission and a role that this server asks of those who read.
    pub(super) permitted: bool,
    /// Whether it has a permission or a role to send facts in.
    pub(super) may_write: bool,
}

/// A token that was good, and for how long it is.
#[derive(Clone)]
struct Verified {
    holder: Holder,
    times: Times,
    /// Whose keys must still be the same ones; nobody's for the development key, which stays.
    signed_by: Option<(Arc<IssuerKeys>, u64)>,
}

#[derive(Clone, Copy)]
struct Times {
    expires: i64,
    valid_from: Option<i64>,
}

/// A claim that stands twice in a token does not deserialize, and so is refused.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    tid: Option<String>,
    aud: Option<Audience>,
    exp: Option<i64>,
    nbf: Option<i64>,
    ver: Option<String>,
    scp: Option<String>,
    roles: Option<Vec<String>>,
    amr: Option<Vec<String>>,
    upn: Option<String>,
    unique_name: Option<String>,
    preferred_username: Option<String>,
}

/// Entra names one audience; OpenID Connect allows for several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Verifier {
    /// Trusts these issuers, and the development key. `skew` is how far an issuer's clock may be
    /// off.
    pub(crate) fn new(
        settings: SignIn,
        development: Option<DevelopmentKey>,
        skew: SignedDuration,
        duties: &Duties,
    ) -> reqwest::Result<Self> {
        let mut issuers = HashMap::new();
        if !settings.issuers.is_empty() {
            let http = Http::new()?;
            for (issuer, tenants) in settings.trusted() {
                let keys = IssuerKeys::new(issuer.clone(), tenants, &http, duties.clone());
                issuers.insert(issuer, Arc::new(keys));
            }
        }
        // The library checks the signature; times are checked here, against the server's clock,
        // and the rest in the order that the contract wants.
        let mut signature = Validation::new(Algorithm::RS256);
        signature.validate_exp = false;
        signature.validate_nbf = false;
        signature.validate_aud = false;
        signature.required_spec_claims = HashSet::new();
        Ok(Self {
            settings,
            issuers,
            development,
            skew,
            signature,
            verified: Cache::new(),
        })
    }

    /// Who holds this token.
    pub(super) async fn verify(&self, token: &str, now: Timestamp) -> Result<Holder, Refusal> {
        if let Some(known) = self.verified.get(token)
            && known.is_still_signed(now)
        {
            self.check_times(known.times, now)?;
            return Ok(known.holder);
        }
        let verified = self.verify_anew(token, now).await?;
        let holder = verified.holder;
        self.verified.insert(token, verified);
        Ok(holder)
    }

    async fn verify_anew(&self, token: &str, now: Timestamp) -> Result<Verified, Refusal> {
        let header = readable_header(token)?;
        // Says whose key to check the signature with, and nothing else is believed of it before.
        let claims: Claims =
            jsonwebtoken::dangerous::insecure_decode_claims(token).map_err(|_| Refusal::Claims)?;
        let partner = partner_of(&claims)?;
        let (key, signed_by) = self.key(&header, &claims.iss, partner, now).await?;
        let claims = self.signed_claims(token, &key)?;
        let times = Times {
            expires: claims.exp.ok_or(Refusal::Expired)?,
            valid_from: claims.nbf,
        };
        self.check_times(times, now)?;
        let ours = |audience: &String| self.settings.audiences.contains(audience);
        let is_for_us = match &claims.aud {
            Some(Audience::One(audience)) => ours(audience),
            Some(Audience::Several(audiences)) => audiences.iter().any(ours),
            None => false,
        };
        if !is_for_us {
            return Err(Refusal::Audience);
        }
        Ok(Verified {
            holder: self.holder(&claims, partner),
            times,
            signed_by,
        })
    }

    /// The key that signs for this issuer and tenant. A key that the token brings along (`jwk`,
    /// `jku`, `x5c`) is never looked at.
    async fn key(
        &self,
        header: &Header,
        issuer: &str,
        partner: PartnerId,
        now: Timestamp,
    ) -> Result<(DecodingKey, Option<(Arc<IssuerKeys>, u64)>), Refusal> {
        let id = header.kid.as_deref();
        if let Some(development) = &self.development
            && issuer == issuer_of(partner)
            && id == Some(&development.id)
        {
            return Ok((development.key.clone(), None));
        }
        let trusted = self.issuers.get(issuer);
        let Some(keys) = trusted.filter(|keys| keys.tenants.contains(&partner)) else {
            return Err(match &self.development {
                Some(_) if issuer == issuer_of(partner) => Refusal::UnknownKey,
                _ => Refusal::Issuer,
            });
        };
        let (key, generation) = keys.key(id.ok_or(Refusal::UnknownKey)?, now).await?;
        Ok((key, Some((Arc::clone(keys), generation))))
    }

    fn signed_claims(&self, token: &str, key: &DecodingKey) -> Result<Claims, Refusal> {
        match jsonwebtoken::decode(token, key, &self.signature) {
            Ok(token) => Ok(token.claims),
            Err(err) => match err.kind() {
                ErrorKind::InvalidSignature | ErrorKind::Base64(_) => Err(Refusal::Signature),
                _ => Err(Refusal::Claims),
            },
        }
    }

    fn check_times(&self, times: Times, now: Timestamp) -> Result<(), Refusal> {
        let (now, skew) = (now.as_second(), self.skew.as_secs());
        if now >= times.expires.saturating_add(skew) {
            return Err(Refusal::Expired);
        }
        if times
            .valid_from
            .is_some_and(|valid_from| now < valid_from.saturating_sub(skew))
        {
            return Err(Refusal::NotYetValid);
        }
        Ok(())
    }

    fn holder(&self, claims: &Claims, partner: PartnerId) -> Holder {
        let user = claims.are_of_a_user();
        let has = |claim: &Option<Vec<String>>, word: &str| {
            claim.iter().flatten().any(|value| value == word)
        };
        let mfa_compliant = !user || has(&claims.amr, "mfa");
        let is_silent_v2 = claims.ver.as_deref() == Some("2.0") && claims.amr.is_none();
        let mfa_sufficient = match self.settings.mfa {
            MfaRule::Required => mfa_compliant,
            MfaRule::ExceptV2 => mfa_compliant || is_silent_v2,
            MfaRule::Off => true,
        };

        let scopes = claims.scp.as_deref().unwrap_or_default();
        let has_scope = |wanted: &[String]| {
            let mut scopes = scopes.split(' ');
            scopes.any(|scope| wanted.iter().any(|wanted| wanted == scope))
        };
        let has_role = |wanted: &[String]| wanted.iter().any(|role| has(&claims.roles, role));
        let settings = &self.settings;
        Holder {
            partner,
            user,
            mfa_compliant,
            mfa_sufficient,
            permitted: (!user || has_scope(&settings.scopes))
                && (settings.roles.is_empty() || has_role(&settings.roles)),
            may_write: has_scope(&settings.write_scopes) || has_role(&settings.write_roles),
        }
    }
}

impl Verified {
    /// Whether the issuer still publishes the keys that the signature was checked with.
    fn is_still_signed(&self, now: Timestamp) -> bool {
        self.signed_by
            .as_ref()
            .is_none_or(|(keys, generation)| keys.generation(now) == Some(*generation))
    }
}

impl Claims {
    /// Entra gives an application's own token neither permissions nor a user's names. What is only
    /// half a user's token counts as one, because users have more to show.
    fn are_of_a_user(&self) -> bool {
        self.scp.is_some()
            || self.amr.is_some()
            || self.upn.is_some()
            || self.unique_name.is_some()
            || self.preferred_username.is_some()
    }
}

fn readable_header(token: &str) -> Result<Header, Refusal> {
    let header = jsonwebtoken::decode_header(token).map_err(|_| Refusal::Malformed)?;
    if header.alg != Algorithm::RS256 {
        return Err(Refusal::Algorithm);
    }
    // An extension that the issuer calls critical, and that is not understood here.
    if header.crit.is_some() {
        return Err(Refusal::Malformed);
    }
    Ok(header)
}

fn partner_of(claims: &Claims) -> Result<PartnerId, Refusal> {
    let tenant = claims.tid.as_deref().and_then(|tid| tid.parse().ok());
    tenant.ok_or(Refusal::Tenant)
}

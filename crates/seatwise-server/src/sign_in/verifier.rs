//! Verification of tokens.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, Header, crypto};
use seatwise_types::PartnerId;

use super::Refusal;
use super::bearer::compact_jws;
use super::cache::{self, Cache, Name};
use super::claims::Claims;
use super::development::DevelopmentKey;
use super::issuer_keys::{Http, IssuerKeys};
use super::settings::{MfaRule, SignIn};
use crate::duties::Duties;

/// The issuer of v1.0 tokens for this partner's tenant.
pub fn issuer_of(partner: PartnerId) -> String {
    format!("https://sts.windows.net/{partner}/")
}

/// Verifies tokens with the keys of the trusted issuers.
pub(crate) struct Verifier {
    settings: SignIn,
    issuers: HashMap<String, Arc<IssuerKeys>>,
    development: Option<DevelopmentKey>,
    skew: SignedDuration,
    verified: Cache<Verified>,
}

/// The claims that the ID token of a sign-in must have.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) partner: PartnerId,
    /// The client id of the application.
    pub(super) audience: &'a str,
    pub(super) nonce: &'a str,
}

/// The holder of a valid token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holder {
    /// The tenant to whose data the token gives access.
    pub(super) partner: PartnerId,
    /// Whether a user signed in, not only an application.
    pub(super) user: bool,
    /// Whether the token shows a second factor, or needs none because it has no user.
    pub(super) mfa_compliant: bool,
    /// Whether that is enough for this server.
    pub(super) mfa_sufficient: bool,
    /// Whether it has a scope and a role that allow reading.
    pub(super) permitted: bool,
    /// Whether it has a scope or a role that allows imports.
    pub(super) may_write: bool,
}

/// A verified token, and the times of its validity.
#[derive(Clone)]
struct Verified {
    holder: Holder,
    times: Times,
    /// The issuer and generation of the key; `None` for the development key, which does not change.
    signed_by: Option<(Arc<IssuerKeys>, u64)>,
}

#[derive(Clone, Copy)]
struct Times {
    expires: i64,
    valid_from: Option<i64>,
}

impl Verifier {
    /// A verifier with these issuers and the development key. `skew` is the allowed difference of
    /// an issuer's clock.
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
        Ok(Self {
            settings,
            issuers,
            development,
            skew,
            verified: Cache::new(),
        })
    }

    /// The holder of this token. Its form is checked only if it is not cached.
    pub(super) async fn verify(&self, token: &[u8], now: Timestamp) -> Result<Holder, Refusal> {
        let name = cache::name(token);
        if let Some(known) = self.cached(&name, now) {
            return known;
        }
        // Boxed, so that requests with a cached token do not reserve room for it.
        let verified = Box::pin(self.verify_again(compact_jws(token)?, now)).await?;
        let holder = verified.holder;
        self.verified.insert(name, verified);
        Ok(holder)
    }

    /// The holder of a token that is cached and still valid.
    pub(super) fn verified(&self, token: &[u8], now: Timestamp) -> Option<Holder> {
        self.cached(&cache::name(token), now)?.ok()
    }

    /// The holder of a cached token, or that its time is over.
    fn cached(&self, name: &Name, now: Timestamp) -> Option<Result<Holder, Refusal>> {
        let known = self.verified.get(name)?;
        let is_in_time = || self.check_times(known.times, now).map(|()| known.holder);
        known.is_still_signed(now).then(is_in_time)
    }

    async fn verify_again(&self, token: &str, now: Timestamp) -> Result<Verified, Refusal> {
        let header = readable_header(token)?;
        let claims = Claims::read(token)?;
        // These two select the key. All other claims are used only after the signature is verified.
        let (issuer, partner) = (claims.issuer()?, claims.partner()?);
        let (key, signed_by) = self.key(&header, issuer, partner, now).await?;
        check_signature(token, &key)?;
        let times = Times {
            expires: claims.expires()?,
            valid_from: claims.valid_from()?,
        };
        self.check_times(times, now)?;
        let ours = |audience: &&str| self.settings.audiences.iter().any(|it| it == audience);
        if !claims.audiences()?.iter().any(ours) {
            return Err(Refusal::Audience);
        }
        Ok(Verified {
            holder: self.holder(&claims, partner)?,
            times,
            signed_by,
        })
    }

    /// Verifies the ID token of a sign-in: its signature, with `keys` or else the development key,
    /// its times, and the expected claims.
    pub(super) async fn verify_id_token(
        &self,
        token: &str,
        expected: &Expected<'_>,
        keys: Option<&Arc<IssuerKeys>>,
        now: Timestamp,
    ) -> Result<Claims, Refusal> {
        let token = compact_jws(token.as_bytes())?;
        let header = readable_header(token)?;
        let claims = Claims::read(token)?;
        if claims.issuer()? != expected.issuer {
            return Err(Refusal::Issuer);
        }
        let id = header.kid.as_deref().ok_or(Refusal::UnknownKey)?;
        let key = match (keys, &self.development) {
            (Some(keys), _) => keys.key(id, now).await?.0,
            (None, Some(development)) if development.id == id => development.key.clone(),
            _ => return Err(Refusal::UnknownKey),
        };
        check_signature(token, &key)?;
        if claims.partner()? != expected.partner {
            return Err(Refusal::Tenant);
        }
        let times = Times {
            expires: claims.expires()?,
            valid_from: claims.valid_from()?,
        };
        self.check_times(times, now)?;
        // Another audience of the same token could use it here.
        if claims.audiences()? != [expected.audience] {
            return Err(Refusal::Audience);
        }
        if claims.nonce() != Some(expected.nonce) {
            return Err(Refusal::Nonce);
        }
        Ok(claims)
    }

    /// The key for this issuer and tenant. Keys in the token's header (`jwk`, `jku`, `x5c`) are
    /// never used.
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

    fn holder(&self, claims: &Claims, partner: PartnerId) -> Result<Holder, Refusal> {
        let settings = &self.settings;
        let user = claims.are_of_a_user();
        let methods = match (claims.methods(), settings.mfa) {
            // No second factor is required, so the form of the claim does not matter.
            (Err(_), MfaRule::Off) => Some(Vec::new()),
            (methods, _) => methods?,
        };
        let mfa_compliant = !user || methods.as_ref().is_some_and(|it| it.contains(&"mfa"));
        let is_silent_v2 = claims.is_v2() && methods.is_none();
        let mfa_sufficient = match settings.mfa {
            MfaRule::Required => mfa_compliant,
            MfaRule::ExceptV2 => mfa_compliant || is_silent_v2,
            MfaRule::Off => true,
        };

        let (scopes, roles) = (claims.scopes()?, claims.roles()?);
        let has_one = |granted: &[&str], wanted: &[String]| {
            wanted.iter().any(|wanted| granted.contains(&&**wanted))
        };
        Ok(Holder {
            partner,
            user,
            mfa_compliant,
            mfa_sufficient,
            permitted: (!user || has_one(&scopes, &settings.scopes))
                && (settings.roles.is_empty() || has_one(&roles, &settings.roles)),
            may_write: has_one(&scopes, &settings.write_scopes)
                || has_one(&roles, &settings.write_roles),
        })
    }
}

impl Verified {
    /// Whether the issuer still publishes the same keys as at the verification.
    fn is_still_signed(&self, now: Timestamp) -> bool {
        self.signed_by
            .as_ref()
            .is_none_or(|(keys, generation)| keys.generation(now) == Some(*generation))
    }
}

fn readable_header(token: &str) -> Result<Header, Refusal> {
    let header = jsonwebtoken::decode_header(token).map_err(|_| Refusal::Malformed)?;
    if header.alg != Algorithm::RS256 {
        return Err(Refusal::Algorithm);
    }
    // The issuer uses a critical extension, which Seatwise does not support.
    if header.crit.is_some() {
        return Err(Refusal::Malformed);
    }
    Ok(header)
}

/// The library checks only the signature. Claims are checked in this file, in the order of the
/// contract, and times with the server's clock.
fn check_signature(token: &str, key: &DecodingKey) -> Result<(), Refusal> {
    let (message, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
    match crypto::verify(signature, message.as_bytes(), key, Algorithm::RS256) {
        Ok(true) => Ok(()),
        _ => Err(Refusal::Signature),
    }
}

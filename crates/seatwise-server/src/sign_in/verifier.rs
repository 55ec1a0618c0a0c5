//! What a token must show before its claims are believed.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, Header, crypto};
use seatwise_types::PartnerId;

use super::Refusal;
use super::bearer::compact_jws;
use super::cache::{self, Cache};
use super::claims::Claims;
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
    verified: Cache<Verified>,
}

/// The key that signs for every tenant, as the issuer of v1.0 tokens.
pub(crate) struct DevelopmentKey {
    pub(crate) id: String,
    pub(crate) key: DecodingKey,
}

/// What the token of one sign-in must say.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) partner: PartnerId,
    /// The application that asked for it.
    pub(super) audience: &'a str,
    pub(super) nonce: &'a str,
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
    /// The issuer whose keys must still be the same ones; none for the development key, which stays.
    signed_by: Option<(Arc<IssuerKeys>, u64)>,
}

#[derive(Clone, Copy)]
struct Times {
    expires: i64,
    valid_from: Option<i64>,
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
        Ok(Self {
            settings,
            issuers,
            development,
            skew,
            verified: Cache::new(),
        })
    }

    /// Who holds this token. Its form is looked at where it is not known: one that is known has it.
    pub(super) async fn verify(&self, token: &[u8], now: Timestamp) -> Result<Holder, Refusal> {
        let name = cache::name(token);
        if let Some(known) = self.verified.get(&name)
            && known.is_still_signed(now)
        {
            self.check_times(known.times, now)?;
            return Ok(known.holder);
        }
        // In a box, so that requests with a known token have no room for it.
        let verified = Box::pin(self.verify_again(compact_jws(token)?, now)).await?;
        let holder = verified.holder;
        self.verified.insert(name, verified);
        Ok(holder)
    }

    async fn verify_again(&self, token: &str, now: Timestamp) -> Result<Verified, Refusal> {
        let header = readable_header(token)?;
        let claims = Claims::read(token)?;
        // They choose the key that the signature is checked with. Nothing else of them is believed
        // before that.
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

    /// The claims of a token that tells who signed in, if it is what a sign-in expects, is of this time,
    /// and is signed with one of these keys, or with the development key where there are none.
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
        // One that is meant for others too could be passed on by them.
        if claims.audiences()? != [expected.audience] {
            return Err(Refusal::Audience);
        }
        if claims.nonce() != Some(expected.nonce) {
            return Err(Refusal::Nonce);
        }
        Ok(claims)
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
            // No second factor is asked for, so the form of the claim does not matter.
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
    /// Whether the issuer still publishes the keys that the signature was checked with.
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
    // An extension that the issuer calls critical, and that is not understood here.
    if header.crit.is_some() {
        return Err(Refusal::Malformed);
    }
    Ok(header)
}

/// The library checks the signature and nothing else: what a token says is read here, in the order
/// that the contract wants, and times are compared with the server's clock.
fn check_signature(token: &str, key: &DecodingKey) -> Result<(), Refusal> {
    let (message, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
    match crypto::verify(signature, message.as_bytes(), key, Algorithm::RS256) {
        Ok(true) => Ok(()),
        _ => Err(Refusal::Signature),
    }
}

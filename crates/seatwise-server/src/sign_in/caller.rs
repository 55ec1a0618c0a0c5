//! The extractors of handlers. A handler's extractor decides which tokens its route accepts.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use http::HeaderMap;
use http::request::Parts;
use jiff::Timestamp;
use seatwise_types::PartnerId;

use super::in_process::InProcess;
use super::verifier::{Holder, Verifier};
use super::{Refusal, bearer, mfa_answer};
use crate::clock::Clock;
use crate::plumbing::error::ApiError;

/// The part of a server's state that finds the caller of a request.
#[derive(Clone)]
pub struct Callers {
    pub(crate) verifier: Arc<Verifier>,
    /// The clock for tokens.
    pub(crate) clock: Clock,
}

/// A user of a partner with a verified token ("App+User" in the documentation).
///
/// Handlers get a partner id only from here, so they cannot return rows of another partner.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// The partner whose data this caller can read: the `tid` of the token.
    pub(crate) partner: PartnerId,
}

/// A [`Caller`] that can also be an application without a user ("App-only or App+User").
#[derive(Clone, Copy, Debug)]
pub struct AppOrUser(pub Caller);

/// A user or an application that can import for its partner.
#[derive(Clone, Copy, Debug)]
pub struct Writer {
    /// The partner of the imported data: the `tid` of the token.
    pub(crate) partner: PartnerId,
}

impl Caller {
    /// The partner whose data this caller can read.
    pub fn partner(&self) -> PartnerId {
        self.partner
    }
}

impl Writer {
    /// The partner of the imported data.
    pub fn partner(&self) -> PartnerId {
        self.partner
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller
where
    Callers: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        Self::user(signed_in(parts, &Callers::from_ref(state)).await?)
    }
}

impl Caller {
    /// The caller with a token that was verified before, if no more than that has to be checked.
    pub(crate) fn verified(
        verifier: &Verifier,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Option<Self> {
        let holder = verifier.verified(bearer::token(headers).ok()?, now)?;
        Self::user(with_second_factor(holder).ok()?).ok()
    }

    fn user(holder: Holder) -> Result<Self, ApiError> {
        if !holder.user {
            return Err(Refusal::AppOnly.into());
        }
        permitted(holder)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AppOrUser
where
    Callers: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        permitted(signed_in(parts, &Callers::from_ref(state)).await?).map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Writer
where
    Callers: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let holder = signed_in(parts, &Callers::from_ref(state)).await?;
        if !holder.may_write {
            return Err(Refusal::Permission.into());
        }
        Ok(Self {
            partner: holder.partner,
        })
    }
}

/// The holder of a valid token; everything else gets 401. A request of this process needs no token,
/// and can read.
async fn signed_in(parts: &Parts, callers: &Callers) -> Result<Holder, ApiError> {
    if let Some(InProcess(partner)) = parts.extensions.get() {
        return Ok(Holder {
            partner: *partner,
            user: true,
            mfa_compliant: true,
            mfa_sufficient: true,
            permitted: true,
            may_write: false,
        });
    }
    let token = bearer::token(&parts.headers)?;
    let now = (callers.clock)();
    let holder = callers.verifier.verify(token, now).await?;
    tracing::Span::current().record("partner", tracing::field::display(holder.partner));
    mfa_answer::note(&parts.extensions, holder.mfa_compliant);
    Ok(with_second_factor(holder)?)
}

/// The holder, if the token shows the second factor that this server requires.
fn with_second_factor(holder: Holder) -> Result<Holder, Refusal> {
    match holder.mfa_sufficient {
        true => Ok(holder),
        false => Err(Refusal::SecondFactor),
    }
}

fn permitted(holder: Holder) -> Result<Caller, ApiError> {
    if !holder.permitted {
        return Err(Refusal::Permission.into());
    }
    Ok(Caller {
        partner: holder.partner,
    })
}

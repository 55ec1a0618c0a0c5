//! The extractors that handlers take: which of them it is says which tokens a route takes.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use seatwise_types::PartnerId;

use super::verifier::Holder;
use super::{Refusal, bearer, mfa_answer};
use crate::AppState;
use crate::error::ApiError;

/// A user of a partner whose token was checked ("App+User" in the documentation).
///
/// A handler has no other way to a partner id, so it cannot answer with the rows of another one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    /// Whose figures this caller may see: the `tid` of the token.
    pub(crate) partner: PartnerId,
}

/// A [`Caller`] that may also be an application without a user ("App-only or App+User").
#[derive(Clone, Copy, Debug)]
#[expect(
    dead_code,
    reason = "customers, which applications may list, have no routes yet"
)]
pub(crate) struct AppOrUser(pub(crate) Caller);

impl FromRequestParts<Arc<AppState>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &Arc<AppState>,
    ) -> Result<Self, Self::Rejection> {
        let holder = signed_in(parts, app).await?;
        if !holder.user {
            return Err(Refusal::AppOnly.into());
        }
        permitted(holder)
    }
}

impl FromRequestParts<Arc<AppState>> for AppOrUser {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &Arc<AppState>,
    ) -> Result<Self, Self::Rejection> {
        permitted(signed_in(parts, app).await?).map(Self)
    }
}

/// The holder of a good token: everything that is refused with 401.
async fn signed_in(parts: &Parts, app: &AppState) -> Result<Holder, ApiError> {
    let token = bearer::token(&parts.headers)?;
    let holder = app.verifier.verify(token, (app.clock)()).await?;
    tracing::Span::current().record("partner", tracing::field::display(holder.partner));
    mfa_answer::note(&parts.extensions, holder.mfa_compliant);
    if !holder.mfa_sufficient {
        return Err(Refusal::SecondFactor.into());
    }
    Ok(holder)
}

fn permitted(holder: Holder) -> Result<Caller, ApiError> {
    if !holder.permitted {
        return Err(Refusal::Permission.into());
    }
    Ok(Caller {
        partner: holder.partner,
    })
}

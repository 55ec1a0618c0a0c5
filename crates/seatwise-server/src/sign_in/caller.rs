//! The extractor that handlers take.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use seatwise_types::PartnerId;

use super::{Refusal, bearer};
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

impl FromRequestParts<Arc<AppState>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &Arc<AppState>,
    ) -> Result<Self, Self::Rejection> {
        let holder = app
            .verifier
            .verify(bearer::token(&parts.headers)?, (app.clock)())?;
        tracing::Span::current().record("partner", tracing::field::display(holder.partner));
        if !holder.user {
            return Err(Refusal::AppOnly.into());
        }
        Ok(Self {
            partner: holder.partner,
        })
    }
}

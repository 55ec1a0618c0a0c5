//! The extractors of handlers. A handler's extractor decides which tokens its route accepts.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use seatwise_types::PartnerId;

use super::verifier::Holder;
use super::{Refusal, bearer, mfa_answer};
use crate::AppState;
use crate::error::ApiError;
use crate::local::InProcess;

/// A user of a partner with a verified token ("App+User" in the documentation).
///
/// Handlers get a partner id only from here, so they cannot return rows of another partner.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    /// The partner whose data this caller can read: the `tid` of the token.
    pub(crate) partner: PartnerId,
}

/// A [`Caller`] that can also be an application without a user ("App-only or App+User").
#[derive(Clone, Copy, Debug)]
pub(crate) struct AppOrUser(pub(crate) Caller);

/// A user or an application that can import for its partner.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writer {
    /// The partner of the imported data: the `tid` of the token.
    pub(crate) partner: PartnerId,
}

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

impl FromRequestParts<Arc<AppState>> for Writer {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &Arc<AppState>,
    ) -> Result<Self, Self::Rejection> {
        let holder = signed_in(parts, app).await?;
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
async fn signed_in(parts: &Parts, app: &AppState) -> Result<Holder, ApiError> {
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use http::Request;
    use jiff::Timestamp;
    use seatwise_store::Store;
    use tower::ServiceExt;

    use super::*;
    use crate::{Config, DevIdentity, TokenRequest};

    #[tokio::test]
    async fn a_route_says_by_its_argument_which_tokens_it_takes() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(&folder.path().join("data")).unwrap();
        let identity = DevIdentity::open_or_create(folder.path()).unwrap();
        let now = Timestamp::UNIX_EPOCH;
        let new_id = Arc::new(uuid::Uuid::nil);
        let mut config = Config::new(
            "127.0.0.1:0".parse().unwrap(),
            Arc::new(move || now),
            new_id,
        );
        config.dev_identity = Some(identity.clone());
        let routes = Router::new()
            .route("/users", get(async |_: Caller| ()))
            .route(
                "/both",
                get(async |AppOrUser(caller): AppOrUser| caller.partner.to_string()),
            )
            .route(
                "/writers",
                get(async |writer: Writer| writer.partner.to_string()),
            )
            .with_state(AppState::new(&config, store).unwrap());

        for (path, app_only, write, status) in [
            ("/users", false, false, 200),
            ("/users", false, true, 200),
            ("/users", true, false, 403),
            ("/users", true, true, 403),
            ("/both", false, false, 200),
            ("/both", true, false, 200),
            ("/writers", false, false, 403),
            ("/writers", false, true, 200),
            ("/writers", true, false, 403),
            ("/writers", true, true, 200),
        ] {
            let token = TokenRequest {
                partner: "a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a".parse().unwrap(),
                user: "admin@partner.example".to_owned(),
                app_only,
                write,
                expires_in: Duration::from_secs(60),
            };
            let token = identity.issue(&token, now).unwrap();
            let request = Request::get(path).header("Authorization", format!("Bearer {token}"));
            let request = request.body(Body::empty()).unwrap();
            let answer = routes.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), status, "{path} {app_only} {write}");
            let request = Request::get(path).body(Body::empty()).unwrap();
            let answer = routes.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), 401, "{path} without a token");
        }
    }
}

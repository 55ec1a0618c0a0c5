//! Answers without a socket and without a token, for the process that has the data folder open itself.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use http::{Request, Response, StatusCode};
use seatwise_store::{Kind, Store};
use seatwise_types::PartnerId;

use crate::config::{Config, StartError};
use crate::{Answers, AppState};

/// Whose figures the process reads that makes the requests. It is among the extensions of a request, which
/// nothing that comes over a connection can set.
#[derive(Clone, Copy)]
pub(crate) struct InProcess(pub(crate) PartnerId);

/// The answers that a server over this store would give to a user of a partner who may read.
#[derive(Clone)]
pub struct LocalAnswers {
    app: Arc<AppState>,
    answers: Answers,
    partner: PartnerId,
}

impl LocalAnswers {
    /// Of one partner. What the configuration says of sockets, identities and sign-in has no effect.
    ///
    /// # Errors
    ///
    /// As [`AppState::new`], but for what would not be safe beyond this process.
    pub fn new(config: &Config, store: Store, partner: PartnerId) -> Result<Self, StartError> {
        let app = AppState::for_this_process(config, store)?;
        let answers = Answers::new(Arc::clone(&app)).of_connection(InProcess(partner));
        Ok(Self {
            app,
            answers,
            partner,
        })
    }

    /// Answers one request.
    pub async fn answer(&self, request: Request<()>) -> Response<Vec<u8>> {
        // A server publishes this at its start. Here it is read when it is asked for.
        if request.uri().path().starts_with(PUBLISHED) && request.uri().query().is_none() {
            let tables = [Kind::Usage, Kind::Deployment].map(|kind| (self.partner, kind));
            self.app.published.refresh(Some(tables.to_vec())).await;
        }
        let answer = self.answers.answer(request.map(|()| Body::empty())).await;
        let (mut parts, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await;
        let body = body.unwrap_or_else(|err| {
            tracing::error!(%err, "an answer cannot be read");
            parts.status = StatusCode::INTERNAL_SERVER_ERROR;
            Default::default()
        });
        Response::from_parts(parts, body.into())
    }
}

/// The beginning of the paths whose answers are published.
const PUBLISHED: &str = "/v1/analytics/licenses/";

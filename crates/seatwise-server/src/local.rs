//! Responses without a socket and a token, for a process that has the data folder open.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use http::{Request, Response, StatusCode};
use seatwise_store::{Kind, Store};
use seatwise_types::PartnerId;

use crate::config::Config;
use crate::router::Answers;
use crate::sign_in::InProcess;
use crate::start_error::StartError;
use crate::state::AppState;

/// The responses that a server for this store would give to a user of a partner.
#[derive(Clone)]
pub struct LocalAnswers {
    app: Arc<AppState>,
    answers: Answers,
    partner: PartnerId,
}

impl LocalAnswers {
    /// The answers for one partner. Settings for sockets, identities and sign-in have no effect.
    ///
    /// # Errors
    ///
    /// Like [`AppState::new`], without the errors about access by other computers.
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
        // A server publishes these answers at its start. Here they are made on demand.
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

/// The path prefix of published answers.
const PUBLISHED: &str = "/v1/analytics/licenses/";

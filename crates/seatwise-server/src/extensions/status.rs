//! The status of the server for a partner: `/seatwise/v1/status`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use schemars::JsonSchema;
use seatwise_types::{PartnerId, wire};
use serde::{Deserialize, Serialize};

use crate::collection_status::{CollectionState, CollectionStatus};
use crate::plumbing::answer::respond_once;
use crate::plumbing::error::ApiError;
use crate::reading::Reading;
use crate::sign_in::Caller;
use crate::state::AppState;
use crate::unanswered::Unanswered;

/// The status of a server for a partner.
#[derive(Deserialize, JsonSchema, Serialize)]
pub(crate) struct Status {
    /// The partner that the caller belongs to.
    pub(crate) partner: PartnerId,
    /// Its collections; `None` if the server does not collect for it.
    pub(crate) collection: Option<CollectionState>,
}

/// `GET /seatwise/v1/status`
pub(crate) async fn status(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let status = Status {
        partner: caller.partner,
        collection: app.collection_of(caller.partner).map(|it| it.state()),
    };
    Ok(respond_once(wire::encode(&status), &headers))
}

impl AppState {
    /// The status of a partner's collections; `None` if the server does not collect for it.
    fn collection_of(&self, partner: PartnerId) -> Option<&CollectionStatus> {
        let collection = self.collection.as_deref();
        collection.filter(|collection| collection.partner() == partner)
    }
}

impl Reading {
    /// The state of the partner's collections; `None` if the server does not collect for it.
    pub fn collection(&self) -> Option<CollectionState> {
        let (app, partner) = self.parts();
        app.collection_of(partner).map(CollectionStatus::state)
    }

    /// Requests a collection now, unless one is running or already requested.
    ///
    /// # Errors
    /// If the server does not collect for the partner.
    pub fn request_collection(&self) -> Result<(), Unanswered> {
        let (app, partner) = self.parts();
        match app.collection_of(partner) {
            Some(collection) => {
                collection.request();
                tracing::info!(%partner, "a collection was requested");
                Ok(())
            }
            None => Err(Unanswered::not_found(
                "this server does not collect for this partner: see `--collect-every` of `seatwise serve`",
            )),
        }
    }
}

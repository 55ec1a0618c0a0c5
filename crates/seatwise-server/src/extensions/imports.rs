//! The list of imports, stored and rejected: `/seatwise/v1/imports`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Uri};
use seatwise_types::PartnerId;
use seatwise_types::extensions::{Imports, Page, PastImport};

use super::page::Paging;
use super::question;
use crate::plumbing::error::ApiError;
use crate::plumbing::parameters::Parameters;
use crate::sign_in::Caller;
use crate::state::AppState;

/// `GET /seatwise/v1/imports`
pub(crate) async fn get(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let query = Parameters::parse(uri.query().unwrap_or_default())?;
    let paging = Paging::parse(&query, &uri)?;
    let imports = read(&app, caller.partner).await?;
    let answer = move || Imports {
        next_link: paging.next_link(imports.len(), None),
        imports: Page::of(imports, paging.skip(), paging.top()),
    };
    question::respond(&app, &headers, answer).await
}

/// The listed imports of a partner, newest first.
pub(crate) async fn read(app: &AppState, partner: PartnerId) -> Result<Vec<PastImport>, ApiError> {
    let imports = app.store.past_imports(partner).await;
    imports.map_err(|err| app.snapshots.failed(err, "cannot read the list of imports"))
}

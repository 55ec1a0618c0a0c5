//! Opens a link for a guest.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use seatwise_server::Unanswered;
use seatwise_store::GuestToken;

use crate::Web;
use crate::error::PageError;
use crate::session::Looker;
use crate::sign_in::see_other;

/// The route of links for guests.
pub(crate) const PATH: &str = "/guest/{token}";

/// The path of a link for a guest.
pub(crate) fn address(token: &GuestToken) -> String {
    PATH.replace("{token}", &token.to_string())
}

/// `GET /guest/{token}`: starts a session for the pages of one customer, if the link is open.
pub(crate) async fn get(
    State(web): State<Arc<Web>>,
    looker: Result<Looker, PageError>,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let token: GuestToken = token.parse().map_err(|_| PageError::ClosedLink)?;
    let link = web.app.open_guest_link(token).await?;
    let link = link.ok_or(PageError::ClosedLink)?;
    let page = format!("/customers/{}", link.customer);
    // A person of the partner who tests a link keeps their own session.
    match looker.ok().and_then(Looker::person) {
        Some(person) if person.partner == token.partner => return Ok(see_other(&page, [])),
        Some(_) => {
            let err = "you are signed in for another partner: sign out, then open the link again";
            return Err(Unanswered::denied(err).into());
        }
        None => {}
    }
    let cookie = web
        .sessions
        .start_guest(token.partner, &link, web.app.now());
    Ok(see_other(&page, [cookie]))
}

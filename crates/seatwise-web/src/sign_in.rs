//! Signing in by a link, and signing out.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use seatwise_server::Unanswered;

use crate::Web;
use crate::address::Asked;
use crate::error::PageError;
use crate::session::is_same_origin;

/// Where a sign-in begins.
pub(crate) const PATH: &str = "/sign-in";

/// `GET /sign-in?token=…`: starts a session if the link was not used before.
pub(crate) async fn sign_in(State(web): State<Arc<Web>>, uri: Uri) -> Result<Response, PageError> {
    let mut asked = Asked::parse(uri.query())?;
    let token = asked.text("token");
    asked.finish()?;
    let now = web.app.now();
    let found = token.and_then(|token| web.sessions.redeem(&token, now));
    let Some((partner, user)) = found else {
        return Err(PageError::signed_out(web.app.trusts_development()));
    };
    Ok(to_first_page(web.sessions.start(partner, &user, now)))
}

/// `POST /sign-out`: ends the session.
pub(crate) async fn sign_out(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    if !is_same_origin(&headers) {
        let err = "only a page of this server can end a session";
        return Err(Unanswered::denied(err).into());
    }
    Ok(to_first_page(web.sessions.end()))
}

fn to_first_page(cookie: HeaderValue) -> Response {
    let headers = [
        (LOCATION, HeaderValue::from_static("/")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (SET_COOKIE, cookie),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

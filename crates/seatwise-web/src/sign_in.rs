//! Sign-in by a link or at the partner's issuer, and sign-out.

use std::sync::Arc;

use askama::Template;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use seatwise_server::{SignInAttempt, Unanswered};
use seatwise_types::PartnerId;
use url::Url;

use crate::Web;
use crate::address::{Asked, address};
use crate::assets::{ICON, STYLE};
use crate::error::PageError;
use crate::session::{Begun, FromOwnPage, secret};
use crate::view::headers;

/// The path where a sign-in begins.
pub(crate) const PATH: &str = "/sign-in";

/// The path to which the issuer sends browsers back. It is registered there.
pub(crate) const CALLBACK: &str = "/sign-in/callback";

/// The parameters for the page to return to, and for the visitor's organisation.
pub(crate) const TO: &str = "to";
const PARTNER: &str = "partner";

/// The longest value of a parameter, in characters. Codes of Entra have about 1,000.
const LONGEST: usize = 4096;

/// The longest address to return to, in bytes. Browsers limit a cookie to 4 KiB.
const LONGEST_TO: usize = 1500;

/// The most that is shown of an issuer's error, in characters.
const LONGEST_REASON: usize = 300;

/// `GET /sign-in?token=…`: starts a session if the link is unused.
///
/// `GET /sign-in?to=…&partner=…`: redirects the browser to the partner's issuer.
pub(crate) async fn sign_in(
    State(web): State<Arc<Web>>,
    uri: Uri,
    request: HeaderMap,
) -> Result<Response, PageError> {
    let mut asked = Asked::parse_up_to(LONGEST, uri.query().unwrap_or_default().as_bytes())?;
    // An empty token is a wrong token, not a missing one.
    let is_link = uri.query().is_some_and(|query| query.starts_with("token="));
    let token = asked.text("token");
    let to = page_to_come_back_to(asked.text(TO).as_deref());
    let partner = asked.value(PARTNER)?;
    asked.finish()?;
    let now = web.app.now();
    if token.is_some() || is_link {
        let person = token.and_then(|token| web.sessions.redeem(&token, now));
        let person = person.ok_or_else(|| PageError::signed_out(&web.app, None))?;
        return Ok(see_other("/", [web.sessions.start(&person, now)]));
    }
    let partners = match web.app.signs_people_in() {
        true => web.app.partners_to_sign_in()?,
        false => Vec::new(),
    };
    let partner: PartnerId = match (partner, &partners[..]) {
        (Some(partner), _) => partner,
        (None, [partner]) => *partner,
        (None, []) => return Err(PageError::signed_out(&web.app, None)),
        (None, _) => return Ok(choice(&to)),
    };
    let origin = web.sessions.origin(&request);
    let origin = origin.ok_or_else(|| Unanswered::invalid("the request has no `Host` header"))?;
    let attempt = SignInAttempt {
        partner,
        redirect_uri: format!("{origin}{CALLBACK}"),
        state: secret(),
        nonce: secret(),
        verifier: secret(),
    };
    let not_signed_in = |why| PageError::NotSignedIn {
        why,
        again: address(PATH, [(TO, Some(to.clone()))]),
    };
    if !partners.contains(&partner) {
        let why =
            "people of this organisation cannot sign in here, or nothing of it was imported yet";
        return Err(not_signed_in(Unanswered::denied(why)));
    }
    let issuer = web.app.sign_in_address(&attempt).await;
    let issuer = issuer.map_err(not_signed_in)?;
    let cookie = web.sessions.begin_sign_in(attempt, to, now);
    match partners.len() {
        1 => Ok(see_other(issuer.as_str(), [cookie])),
        // This request came from a form, and the content security policy lets a form lead only to this
        // server. A page with a link takes the place of a redirect.
        _ => Ok(on_the_way(&issuer, cookie)),
    }
}

/// `GET /sign-in/callback?state=…&code=…`: the issuer sends the browser back, and a session starts.
pub(crate) async fn callback(
    State(web): State<Arc<Web>>,
    uri: Uri,
    request: HeaderMap,
) -> Response {
    let begun = web.sessions.begun(&request, web.app.now());
    let to = begun.as_ref().map_or("/", |begun| &begun.to).to_owned();
    let came_back = came_back(&web, begun, &uri).await;
    let mut response = came_back.unwrap_or_else(|why| {
        let again = address(PATH, [(TO, Some(to))]);
        PageError::NotSignedIn { why, again }.into_response()
    });
    // The attempt is over, also if it failed: a code is valid only once.
    let ended = web.sessions.end_sign_in();
    response.headers_mut().append(SET_COOKIE, ended);
    response
}

async fn came_back(web: &Web, begun: Option<Begun>, uri: &Uri) -> Result<Response, Unanswered> {
    let mut asked = Asked::parse_up_to(LONGEST, uri.query().unwrap_or_default().as_bytes())?;
    let state = asked.text("state").unwrap_or_default();
    let is_of = |begun: &Begun| {
        verify_slices_are_equal(state.as_bytes(), begun.attempt.state.as_bytes()).is_ok()
    };
    let begun = begun.filter(is_of).ok_or_else(|| {
        let err = "this sign-in was not begun in this browser, took too long, or was replaced by a later one";
        Unanswered::invalid(err)
    })?;
    if let Some(error) = asked.text("error") {
        let said = asked.text("error_description").unwrap_or(error);
        let said: String = said.chars().take(LONGEST_REASON).collect();
        let err = format!("the sign-in service says: {}", said.trim_end_matches('.'));
        return Err(Unanswered::denied(err));
    }
    let code = asked.text("code");
    let code = code.ok_or_else(|| Unanswered::invalid("the sign-in service sent no code"))?;
    let issuer = asked.text("iss");
    let person = web.app.signed_in(&begun.attempt, &code, issuer.as_deref());
    let person = person.await?;
    tracing::info!(partner = %person.partner, operator = person.is_operator, "a person signed in");
    let cookie = web.sessions.start(&person, web.app.now());
    Ok(see_other(&begun.to, [cookie]))
}

/// `POST /sign-out`: ends the session.
pub(crate) async fn sign_out(State(web): State<Arc<Web>>, _: FromOwnPage) -> Response {
    let mut response = see_other("/", [web.sessions.end()]);
    // Without this, the Back button shows pages from the browser's cache.
    let cache = HeaderValue::from_static("\"cache\"");
    response.headers_mut().insert("Clear-Site-Data", cache);
    response
}

/// Redirects the browser and sets cookies.
pub(crate) fn see_other<const N: usize>(to: &str, cookies: [HeaderValue; N]) -> Response {
    let to = HeaderValue::try_from(to).unwrap_or(HeaderValue::from_static("/"));
    let headers = [
        (LOCATION, to),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    let mut response = (StatusCode::SEE_OTHER, headers).into_response();
    for cookie in cookies {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// The path and query of a page of this server. Anything else, such as an address of another host, becomes
/// the first page.
fn page_to_come_back_to(to: Option<&str>) -> String {
    const NOWHERE: &str = "http://seatwise.invalid";
    let own = || {
        let to = to.filter(|to| to.starts_with('/') && to.len() <= LONGEST_TO)?;
        let here: Url = NOWHERE.parse().ok()?;
        let page = here.join(to).ok()?;
        let is_ours = page.origin() == here.origin() && !page.path().starts_with(PATH);
        let page = page.as_str().strip_prefix(NOWHERE).filter(|_| is_ours)?;
        // Browsers read `//` as the beginning of a host.
        let page = page.split('#').next()?;
        (!page.starts_with("//")).then(|| page.to_owned())
    };
    own().unwrap_or_else(|| "/".to_owned())
}

/// The page between a visitor and the issuer.
#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignInPage<'a> {
    style: &'a str,
    icon: &'a str,
    to: &'a str,
    /// The address of the issuer; `None` if the visitor's organisation is unknown.
    issuer: Option<&'a str>,
    host: &'a str,
}

/// Asks for the organisation. The page does not list them, because visitors who are not signed in must not
/// see them.
fn choice(to: &str) -> Response {
    page(to, None)
}

fn on_the_way(issuer: &Url, cookie: HeaderValue) -> Response {
    let mut response = page("/", Some(issuer));
    response.headers_mut().append(SET_COOKIE, cookie);
    response
}

fn page(to: &str, issuer: Option<&Url>) -> Response {
    let page = SignInPage {
        style: &STYLE.address,
        icon: &ICON.address,
        to,
        issuer: issuer.map(Url::as_str),
        host: issuer.and_then(Url::host_str).unwrap_or_default(),
    };
    let page = page.render().expect("a page is written to memory");
    let mut response = (headers(), page).into_response();
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, no_store);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_returns_only_to_pages_of_this_server() {
        let to = |text| page_to_come_back_to(Some(text));
        assert_eq!(
            to("/customers?only=late&page=2"),
            "/customers?only=late&page=2"
        );
        assert_eq!(to("/customers?q=Z\u{fc}rich#x"), "/customers?q=Z%C3%BCrich");
        for other in [
            "",
            "customers",
            "https://other.example/",
            "//other.example/",
            "/\\other.example/",
            "\\\\other.example",
            "/\t/other.example/",
            "/.//other.example/",
            "/x/..//other.example/",
            "/sign-in?to=/",
            "/sign-in/callback",
            "javascript:alert(1)",
            "\r\nSet-Cookie: a=b",
        ] {
            assert_eq!(to(other), "/", "{other}");
        }
        assert_eq!(to(&format!("/{}", "x".repeat(LONGEST_TO))), "/");
        assert_eq!(page_to_come_back_to(None), "/");
    }
}

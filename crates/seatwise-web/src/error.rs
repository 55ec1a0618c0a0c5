//! Error pages.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use seatwise_server::{AppState, Unanswered};
use seatwise_types::CustomerId;

use crate::address::address;
use crate::assets::{ICON, STYLE};
use crate::reader::Reader;
use crate::sign_in;
use crate::view::headers;
use crate::words;

/// Why a page cannot be shown.
#[derive(Debug)]
pub(crate) enum PageError {
    /// The server did not answer the question.
    Unanswered(Unanswered),
    /// The visitor has not signed in, or the session is over.
    SignedOut {
        /// The address of the sign-in; `None` if this server does not sign people in.
        sign_in: Option<String>,
        /// Whether the server trusts the development identity, whose links sign in.
        development: bool,
    },
    /// A sign-in failed.
    NotSignedIn {
        why: Unanswered,
        /// The address to try again.
        again: String,
    },
    /// The link for a guest is not valid: it expired, was revoked, or never existed.
    ClosedLink,
    /// A guest asked for something other than their customer.
    NotForGuests { customer: CustomerId },
}

impl PageError {
    /// The error of a visitor without a session. After the sign-in, the browser returns to the page `to`.
    pub(crate) fn signed_out(app: &AppState, to: Option<&str>) -> Self {
        let to = to.filter(|to| *to != "/").map(ToOwned::to_owned);
        let sign_in = address(sign_in::PATH, [(sign_in::TO, to)]);
        Self::SignedOut {
            sign_in: app.signs_people_in().then_some(sign_in),
            development: app.trusts_development(),
        }
    }
}

impl From<Unanswered> for PageError {
    fn from(err: Unanswered) -> Self {
        Self::Unanswered(err)
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    style: &'a str,
    icon: &'a str,
    title: &'a str,
    text: &'a str,
    /// What the visitor can do; empty if there is nothing to say.
    hint: &'a str,
    /// The next step: an address, and the text of its link.
    next: Option<(&'a str, &'a str)>,
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        match self {
            Self::SignedOut {
                sign_in,
                development,
            } => signed_out(sign_in.as_deref(), development),
            Self::NotSignedIn { why, again } => not_signed_in(why, &again),
            Self::ClosedLink => {
                let page = page(
                    "This link is closed",
                    "It has expired, was revoked, or never existed.",
                    "Ask the sender for a new link.",
                    None,
                );
                (StatusCode::UNAUTHORIZED, headers(), page).into_response()
            }
            Self::NotForGuests { customer } => {
                let own = format!("/customers/{customer}");
                let page = page(
                    "This cannot be shown",
                    "Your link shows one customer, and no other page.",
                    "",
                    Some((&own, "Go to this customer")),
                );
                (StatusCode::FORBIDDEN, headers(), page).into_response()
            }
            Self::Unanswered(err) => unanswered(err),
        }
    }
}

/// The page for a visitor without a session. `sign_in` is the address of the sign-in, if there is one.
fn signed_out(sign_in: Option<&str>, development: bool) -> Response {
    let hint = match (development, sign_in) {
        (true, _) => {
            "Open the link that the program printed when it started, or the one in its ready file, or \
             sign in with the development identity. A link works once, within ten minutes of the start."
        }
        (false, Some(_)) => "",
        (false, None) => {
            "This server does not sign people in. Its administrator can change that with the option \
             --sign-in-issuer of `seatwise serve`."
        }
    };
    let page = page(
        "Sign in",
        "You have not signed in, or your session is over.",
        hint,
        sign_in.map(|href| (href, "Sign in")),
    );
    (StatusCode::UNAUTHORIZED, headers(), page).into_response()
}

/// The page after a sign-in that failed. `again` is the address of the sign-in.
fn not_signed_in(why: Unanswered, again: &str) -> Response {
    let hint = match why.status() {
        StatusCode::SERVICE_UNAVAILABLE => {
            "Try again in a moment. If it fails again, ask the administrator of this server to look at \
             its log."
        }
        StatusCode::FORBIDDEN | StatusCode::BAD_GATEWAY => {
            "Ask the administrator of this server to look at its log."
        }
        _ => "Start the sign-in again.",
    };
    let next = Some((again, "Sign in again"));
    let page = page("You are not signed in", &sentence(&why), hint, next);
    why.on_page((headers(), page))
}

/// The page for a question that has no answer.
fn unanswered(err: Unanswered) -> Response {
    let title = match err.status() {
        StatusCode::NOT_FOUND => "There is no such page",
        StatusCode::SERVICE_UNAVAILABLE => "Not now",
        StatusCode::FORBIDDEN => "You are not allowed to do this",
        status if status.is_client_error() => "This cannot be shown",
        _ => "Something went wrong",
    };
    let hint = match err.status() {
        StatusCode::SERVICE_UNAVAILABLE => "Try again in a few seconds.",
        status if status.is_server_error() => "The log of the server says more.",
        _ => "",
    };
    let next = Some(("/", "Go to the portfolio"));
    let page = page(title, err.description(), hint, next);
    err.on_page((headers(), page))
}

/// The description of an error as a sentence.
fn sentence(err: &Unanswered) -> String {
    format!("{}.", words::capitalized(err.description()))
}

fn page(title: &str, text: &str, hint: &str, next: Option<(&str, &str)>) -> String {
    let page = ErrorPage {
        style: &STYLE.address,
        icon: &ICON.address,
        title,
        text,
        hint,
        next,
    };
    let page = page.render().expect("a page is written to memory");
    Reader::default().write(&page)
}

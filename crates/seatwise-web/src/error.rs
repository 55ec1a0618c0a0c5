//! A page that cannot be shown, and why.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use seatwise_server::Unanswered;

use crate::assets::{ICON, STYLE};
use crate::view::headers;

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum PageError {
    /// The server has no answer.
    Unanswered(Unanswered),
    /// The visitor has not signed in, or not any more.
    SignedOut {
        /// Whether the server trusts the development identity, whose links sign in.
        development: bool,
    },
}

impl PageError {
    pub(crate) fn signed_out(development: bool) -> Self {
        Self::SignedOut { development }
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
    /// What to do about it.
    hint: &'a str,
    is_signed_in: bool,
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        match self {
            Self::SignedOut { development } => {
                let hint = match development {
                    true => {
                        "Open the link that the program printed when it started, or the one in its \
                         ready file. A link signs in once, within ten minutes of the start; start \
                         the program again for a new one."
                    }
                    false => {
                        "This server cannot sign people in yet. Start it on this computer with \
                         --dev-identity and --ready-file: the file has a link that signs you in."
                    }
                };
                let page = page(
                    "Sign in",
                    "You have not signed in, or your session is over.",
                    hint,
                    false,
                );
                (StatusCode::UNAUTHORIZED, headers(), page).into_response()
            }
            Self::Unanswered(err) => {
                let title = match err.status() {
                    StatusCode::NOT_FOUND => "There is no such page",
                    StatusCode::SERVICE_UNAVAILABLE => "Not now",
                    status if status.is_client_error() => "This cannot be shown",
                    _ => "Something went wrong",
                };
                let hint = match err.status() {
                    StatusCode::SERVICE_UNAVAILABLE => "Try again in a few seconds.",
                    status if status.is_server_error() => "The log of the server says more.",
                    _ => "",
                };
                let page = page(title, err.description(), hint, true);
                err.on_page((headers(), page))
            }
        }
    }
}

fn page(title: &str, text: &str, hint: &str, is_signed_in: bool) -> String {
    let page = ErrorPage {
        style: &STYLE.address,
        icon: &ICON.address,
        title,
        text,
        hint,
        is_signed_in,
    };
    page.render().expect("a page is written to memory")
}

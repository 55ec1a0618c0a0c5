//! Sign-in with a browser: a page with one button that sends a code to the application.
//!
//! The page is a form that posts to the application's address, so the button needs neither a script
//! nor a second request here. The code is useless to others: it goes to a loopback address, and its
//! exchange needs the verifier or a secret.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use url::{Host, Url};

use super::authority::Authority;
use super::error::OauthError;
use super::grants::Code;
use super::params::Params;
use super::provider::{DevProvider, USER};
use super::scopes::Scopes;
use crate::page::Page;
use seatwise_server::html::escaped;
use seatwise_server::is_loopback;

/// The length of a verifier's hash in base64url.
const CHALLENGE: usize = 43;

/// The longest user name in Entra.
const MAX_USER: usize = 113;

/// `/oauth2/authorize` and `/oauth2/v2.0/authorize`
pub(super) async fn page(
    State(provider): State<Arc<DevProvider>>,
    authority: Authority,
    RawQuery(query): RawQuery,
) -> Response {
    match sign_in(&provider, &authority, &query.unwrap_or_default()) {
        Ok(page) => page.into_response(),
        // The error is shown and not redirected, because the redirect address can be the error.
        Err(err) => {
            let body = format!("<p>AADSTS{}: {}</p>", err.number, escaped(&err.message));
            let page = Page::new("This application cannot sign in", &body);
            (StatusCode::BAD_REQUEST, page).into_response()
        }
    }
}

fn sign_in(provider: &DevProvider, authority: &Authority, query: &str) -> Result<Page, OauthError> {
    let params = Params::parse(query.as_bytes())?;
    let client = params.client()?;
    let address = reply_address(&params)?;
    let user = user(&params)?;
    let wants_id_token = match params.require("response_type")? {
        "code" => false,
        "code id_token" | "id_token code" => true,
        _ => {
            let message = "The response type is not supported; it is `code` or `code id_token`.";
            return Err(OauthError::new(
                "unsupported_response_type",
                700054,
                message,
            ));
        }
    };
    let method = match params.get("response_mode") {
        None | Some("query") if !wants_id_token => "get",
        None | Some("form_post") => "post",
        _ => {
            let message = "The response mode is not supported; it is `query` or `form_post`, and \
                with an id token `form_post`.";
            return Err(OauthError::invalid_request(700541, message));
        }
    };
    let nonce = params.get("nonce");
    let code = Code {
        partner: if authority.is_shared() {
            None
        } else {
            Some(authority.partner()?)
        },
        client: client.to_owned(),
        user: user.to_owned(),
        scopes: Scopes::asked(&provider.settings.audiences, authority, &params)?,
        redirect_uri: params.require("redirect_uri")?.to_owned(),
        challenge: challenge(&params)?,
        nonce: nonce.map(ToOwned::to_owned),
    };

    let mut fields: Vec<(String, String)> = address
        .query_pairs()
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    if wants_id_token {
        // The ID token names the tenant, which is unknown at `common`.
        let partner = authority.partner()?;
        let token = provider.id_token(authority, partner, client, user, nonce)?;
        fields.push(("id_token".to_owned(), token));
    }
    let secret = provider.secret();
    fields.push(("code".to_owned(), secret.clone()));
    if let Some(state) = params.get("state") {
        fields.push(("state".to_owned(), state.to_owned()));
    }
    provider.grants().add_code(&secret, code, provider.now());
    Ok(button(client, user, &address, method, &fields))
}

fn button(
    client: &str,
    user: &str,
    address: &Url,
    method: &str,
    fields: &[(String, String)],
) -> Page {
    let mut action = address.clone();
    action.set_query(None);
    let fields: String = fields
        .iter()
        .map(|(name, value)| {
            format!(
                "<input type=\"hidden\" name=\"{}\" value=\"{}\">",
                escaped(name),
                escaped(value)
            )
        })
        .collect();
    let body = format!(
        "<form method=\"{method}\" action=\"{}\">{fields}\
         <p>Application <code>{}</code> at <code>{}</code> wants to sign you in. No password is \
         needed: this is the development identity of a server on this computer.</p>\
         <p><button type=\"submit\" autofocus>Sign in as {}</button></p></form>",
        escaped(action.as_str()),
        escaped(client),
        escaped(&address.origin().ascii_serialization()),
        escaped(user),
    );
    let origin = match address.host() {
        // A content security policy cannot name an IPv6 address, only its scheme.
        Some(Host::Ipv6(_)) => format!("{}:", address.scheme()),
        _ => address.origin().ascii_serialization(),
    };
    Page::new("Sign in", &body).posting_to(&origin)
}

/// Accepts loopback addresses only, so that codes stay on this computer.
fn reply_address(params: &Params) -> Result<Url, OauthError> {
    let address: Option<Url> = params.require("redirect_uri")?.parse().ok();
    address
        .filter(|address| is_loopback(address) && address.fragment().is_none())
        .ok_or_else(|| {
            let message = "The reply address has to be one of this computer, such as \
                `http://localhost:8400/`.";
            OauthError::invalid_request(50011, message)
        })
}

fn challenge(params: &Params) -> Result<Option<String>, OauthError> {
    match (
        params.get("code_challenge"),
        params.get("code_challenge_method"),
    ) {
        (None, None) => Ok(None),
        (Some(challenge), Some("S256")) if challenge.len() == CHALLENGE => {
            Ok(Some(challenge.to_owned()))
        }
        _ => {
            let message = "The code challenge has to be one of method S256, 43 characters long.";
            Err(OauthError::invalid_request(501481, message))
        }
    }
}

/// The user in `login_hint`, or the default one.
fn user(params: &Params) -> Result<&str, OauthError> {
    let user = params.get("login_hint").unwrap_or(USER);
    if user.len() > MAX_USER || user.chars().any(char::is_control) {
        let message = "The login hint is not the name of a user.";
        return Err(OauthError::invalid_request(90023, message));
    }
    Ok(user)
}

//! Sign-in on a device without a browser: the device shows a short code, and a page here has one
//! button.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ORIGIN};
use serde_json::json;

use super::authority::{Authority, Endpoint};
use super::error::OauthError;
use super::grants::{DEVICE_LIFE, Session};
use super::params::Params;
use super::provider::{DevProvider, USER};
use super::scopes::Scopes;
use crate::page::Page;
use seatwise_server::JSON;
use seatwise_server::html::{NO_STORE, escaped};

/// Letters and digits that cannot be confused.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// `/oauth2/devicecode` and `/oauth2/v2.0/devicecode`
pub(super) async fn begin(
    State(provider): State<Arc<DevProvider>>,
    authority: Authority,
    body: Bytes,
) -> Result<Response, OauthError> {
    let partner = authority.partner()?;
    let params = Params::parse(&body)?;
    let session = Session {
        partner,
        client: params.client()?.to_owned(),
        user: USER.to_owned(),
        scopes: Scopes::asked(&provider.settings.audiences, &authority, &params)?,
    };
    let device_code = provider.secret();
    let user_code = short(&provider.secret());
    let now = provider.now();
    provider
        .grants()
        .add_device(&device_code, &user_code, session, now);

    let address = authority.at("/oauth2/deviceauth");
    let message = format!(
        "To sign in, use a web browser to open the page {address} and enter the code {user_code} \
         to authenticate."
    );
    let mut answer = json!({
        "user_code": user_code,
        "device_code": device_code,
        "verification_uri_complete": format!("{address}?user_code={user_code}"),
        "message": message,
    });
    match authority.endpoint {
        Endpoint::V1 => {
            answer["verification_url"] = json!(address);
            answer["expires_in"] = json!(DEVICE_LIFE.to_string());
            answer["interval"] = json!("5");
        }
        Endpoint::V2 => {
            answer["verification_uri"] = json!(address);
            answer["expires_in"] = json!(DEVICE_LIFE);
            answer["interval"] = json!(5);
        }
    }
    let headers = [(CONTENT_TYPE, JSON), (CACHE_CONTROL, NO_STORE)];
    Ok((headers, answer.to_string()).into_response())
}

/// `GET /oauth2/deviceauth`
pub(super) async fn page(
    authority: Authority,
    RawQuery(query): RawQuery,
) -> Result<Page, OauthError> {
    authority.partner()?;
    let params = Params::parse(query.unwrap_or_default().as_bytes())?;
    Ok(ask(
        &authority,
        params.get("user_code").unwrap_or_default(),
        "",
    ))
}

/// `POST /oauth2/deviceauth`
pub(super) async fn approve(
    State(provider): State<Arc<DevProvider>>,
    authority: Authority,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Page, OauthError> {
    let partner = authority.partner()?;
    // Only the form of this server can approve.
    if headers
        .get(ORIGIN)
        .is_some_and(|origin| !authority.is_origin(origin.as_bytes()))
    {
        let message = "The request comes from a page of another site.";
        return Err(OauthError::new("access_denied", 90023, message));
    }
    let params = Params::parse(&body)?;
    let user_code = params.require("user_code")?.trim();
    let now = provider.now();
    let approved = provider.grants().approve(partner, user_code, now);
    Ok(match approved {
        Some(client) => Page::new(
            "You are signed in",
            &format!(
                "<p>Application <code>{}</code> has signed in as <b>{USER}</b>. You can close this \
                 page.</p>",
                escaped(&client)
            ),
        ),
        None => ask(
            &authority,
            "",
            "That code is not known, was used, or is too old.",
        ),
    })
}

/// The page with the code field, unless the code is known, and the button.
fn ask(authority: &Authority, user_code: &str, problem: &str) -> Page {
    let problem = match problem {
        "" => String::new(),
        problem => format!("<p role=\"alert\"><b>{problem}</b></p>"),
    };
    Page::new(
        "Sign in on a device",
        &format!(
            "{problem}<form method=\"post\" action=\"{}\">\
             <p>The device shows a code. Signing in gives it the figures of partner \
             <code>{}</code> on this server.</p>\
             <p><label for=\"user_code\">Code</label>\
             <input id=\"user_code\" name=\"user_code\" value=\"{}\" required maxlength=\"20\" \
             autocomplete=\"off\" autocapitalize=\"characters\" spellcheck=\"false\"></p>\
             <p><button type=\"submit\">Sign in as {USER}</button></p></form>",
            escaped(&authority.at("/oauth2/deviceauth")),
            escaped(
                &authority
                    .partner()
                    .map_or_else(|_| String::new(), |it| it.to_string())
            ),
            escaped(user_code),
        ),
    )
    .posting_to("'self'")
}

/// Nine characters that are easy to type.
fn short(secret: &str) -> String {
    let hash = digest(&SHA256, secret.as_bytes());
    let letters = hash.as_ref().iter().take(9);
    letters
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
        .collect()
}

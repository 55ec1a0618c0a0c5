//! Tokens of a development identity, which are valid only on this computer.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::header::HeaderValue;
use seatwise_types::DEVELOPMENT_IDENTITY;
use serde::Deserialize;

/// Whether this value of `Authorization` is a token that claims to come from a development
/// identity. No service on another computer accepts it, and it would reveal the partner.
pub(crate) fn is_in(authorization: &HeaderValue) -> bool {
    #[derive(Deserialize)]
    struct Claims {
        idp: Option<String>,
    }
    let claims = || {
        let token = authorization.to_str().ok()?;
        let claims = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?);
        serde_json::from_slice::<Claims>(&claims.ok()?).ok()?.idp
    };
    claims().as_deref() == Some(DEVELOPMENT_IDENTITY)
}

//! The token in the `Authorization` header.

use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::Refusal;

/// Longer than Entra's largest tokens, which carry a few hundred group ids.
const MAX_TOKEN: usize = 16 * 1024;

/// The token of the only `Authorization` header.
///
/// The scheme is `Bearer`, in any case (RFC 9110, section 11.1). All known clients of Partner Center
/// write it so; whether Partner Center takes other spellings is in no source.
pub(super) fn token(headers: &HeaderMap) -> Result<&str, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(Refusal::Missing)?;
    if values.next().is_some() {
        return Err(Refusal::Malformed);
    }
    if value.len() > MAX_TOKEN {
        return Err(Refusal::TooLong);
    }
    let credentials = value.to_str().ok().and_then(|value| value.split_once(' '));
    match credentials {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer") && is_compact_jws(token) => {
            Ok(token)
        }
        _ => Err(Refusal::Malformed),
    }
}

/// Three parts of the URL-safe alphabet; an unsigned token has an empty third part.
fn is_compact_jws(token: &str) -> bool {
    let in_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let mut parts = 0;
    token.split('.').all(|part| {
        parts += 1;
        !part.is_empty() && part.bytes().all(in_alphabet)
    }) && parts == 3
}

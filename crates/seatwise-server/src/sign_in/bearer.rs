//! The token in the `Authorization` header.

use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::Refusal;

/// Longer than Entra's largest tokens, which have a few hundred group ids.
const MAX_TOKEN: usize = 16 * 1024;

/// The scheme before the token.
const SCHEME: &[u8] = b"Bearer ";

/// The token of the only `Authorization` header, unchecked: see [`compact_jws`].
///
/// The scheme is `Bearer`, in any case (RFC 9110, section 11.1). All known clients of Partner
/// Center write it like this. No source says whether Partner Center accepts another case.
pub(super) fn token(headers: &HeaderMap) -> Result<&[u8], Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(Refusal::Missing)?;
    if values.next().is_some() {
        return Err(Refusal::Malformed);
    }
    if value.len() > MAX_TOKEN {
        return Err(Refusal::TooLong);
    }
    let (scheme, token) = value
        .as_bytes()
        .split_at_checked(SCHEME.len())
        .ok_or(Refusal::Malformed)?;
    if !scheme.eq_ignore_ascii_case(SCHEME) {
        return Err(Refusal::Malformed);
    }
    Ok(token)
}

/// Checks the form of a token: three parts in the URL-safe alphabet, none of them empty. The third
/// part of an unsigned token is empty.
pub(super) fn compact_jws(token: &[u8]) -> Result<&str, Refusal> {
    let in_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let token = str::from_utf8(token).map_err(|_| Refusal::Malformed)?;
    let mut parts = 0;
    let is_good = token.split('.').all(|part| {
        parts += 1;
        !part.is_empty() && part.bytes().all(in_alphabet)
    });
    if is_good && parts == 3 {
        Ok(token)
    } else {
        Err(Refusal::Malformed)
    }
}

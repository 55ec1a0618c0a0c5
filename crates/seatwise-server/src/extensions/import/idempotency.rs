//! The header `Idempotency-Key`.

use http::HeaderMap;
use seatwise_types::ErrorCode;

use crate::plumbing::error::ApiError;

/// The header that makes it safe to send an import again.
pub(crate) const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// The idempotency key, if there is one.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let (Some(value), more) = (values.next(), values.next()) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default();
    let is_key =
        (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if more.is_some() || !is_key {
        let description = "`Idempotency-Key`: one text of 1 to 255 visible ASCII characters is \
            expected";
        return Err(ApiError::new(ErrorCode::InvalidProperty, description));
    }
    Ok(Some(text.to_owned()))
}

//! What an error of the source says: about the token, the list, the caller or one customer.

use seatwise_client::{Error as ClientError, ErrorKind};

/// Whether another token may be accepted: the client has dropped this one, and requests another
/// where possible.
pub(super) fn is_expired(err: &ClientError) -> bool {
    err.is_unauthorized() && !err.needs_mfa() && !err.wrong_audience()
}

/// Whether the source does not offer the rows of all customers, in general or to this caller.
pub(super) fn is_not_here(err: &ClientError) -> bool {
    matches!(err.status(), Some(403 | 404 | 405 | 410 | 501)) && !is_of_the_caller(err)
}

/// Whether a link to a further page is no longer valid.
pub(super) fn is_gone(err: &ClientError) -> bool {
    matches!(err.status(), Some(400 | 404 | 410 | 412))
}

/// Whether the customer has no data for the partner.
pub(super) fn has_no_data(err: &ClientError) -> bool {
    (err.is_not_found() || err.is_forbidden()) && !is_of_the_caller(err)
}

/// Whether the caller would be rejected for all customers.
fn is_of_the_caller(err: &ClientError) -> bool {
    err.needs_user_token() || err.needs_mfa()
}

/// Whether other customers may succeed.
pub(super) fn is_of_one_customer(err: &ClientError) -> bool {
    match err.kind() {
        ErrorKind::Service { status, .. } => matches!(status, 400 | 500..=599),
        ErrorKind::Decode { .. } | ErrorKind::TooLarge => true,
        _ => false,
    }
}

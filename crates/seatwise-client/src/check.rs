//! A single request for diagnosis.

use jiff::Timestamp;

use crate::Error;

/// The result of a single request; see
/// [`PartnerOperations::check`](crate::PartnerOperations::check).
#[derive(Debug)]
#[non_exhaustive]
pub struct Checked {
    /// The body of a successful answer; empty for an error.
    pub body: Vec<u8>,
    /// The error that the service returned; `None` on success.
    pub error: Option<Error>,
    /// The time at the service; `None` if the answer has none.
    pub date: Option<Timestamp>,
    /// Whether the sign-in had a second factor; `None` if the answer does not say.
    pub is_mfa_compliant: Option<bool>,
}

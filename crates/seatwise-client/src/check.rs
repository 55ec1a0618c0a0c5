//! One request, looked at closely: for who looks for the cause of a trouble.

use jiff::Timestamp;

use crate::Error;

/// What one request found; see [`PartnerOperations::check`](crate::PartnerOperations::check).
#[derive(Debug)]
#[non_exhaustive]
pub struct Checked {
    /// The body, if the service answered without an error; empty otherwise.
    pub body: Vec<u8>,
    /// The error that the service answered with, if it did.
    pub error: Option<Error>,
    /// What time it is for the service; nothing if it does not say.
    pub date: Option<Timestamp>,
    /// Whether the sign-in had a second factor; nothing if the service does not say.
    pub is_mfa_compliant: Option<bool>,
}

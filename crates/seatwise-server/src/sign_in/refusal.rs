//! Why a caller is not let in, and what it is told.

use seatwise_types::ErrorCode;

use crate::error::ApiError;

/// The one thing that was wrong. A token with several faults is refused for the first of them, in
/// the order of the variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No `Authorization` header.
    Missing,
    /// More than one header, another scheme, or a value that is not a signed token.
    Malformed,
    /// A longer value than any token of Entra.
    TooLong,
    /// Signed in another way than RS256, or not at all.
    Algorithm,
    /// Signed with a key that no trusted issuer has.
    UnknownKey,
    /// The signature is not of that key.
    Signature,
    /// Well signed, but what is in it cannot be read.
    Claims,
    /// No `tid`, or one that is not a GUID.
    Tenant,
    /// The issuer of another tenant, or no known issuer.
    Issuer,
    /// Past its `exp`, or without one.
    Expired,
    /// Before its `nbf`.
    NotYetValid,
    /// Meant for another service.
    Audience,
    /// Without a user where Partner Center wants one.
    AppOnly,
}

impl Refusal {
    /// The reason as the metrics and the log name it.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::TooLong => "too_long",
            Self::Algorithm => "algorithm",
            Self::UnknownKey => "unknown_key",
            Self::Signature => "signature",
            Self::Claims => "claims",
            Self::Tenant => "tenant",
            Self::Issuer => "issuer",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::Audience => "audience",
            Self::AppOnly => "app_only",
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            // One answer for all of them: the difference would help to make a better forgery.
            Refusal::Missing
            | Refusal::Malformed
            | Refusal::TooLong
            | Refusal::Algorithm
            | Refusal::UnknownKey
            | Refusal::Signature
            | Refusal::Claims
            | Refusal::Tenant
            | Refusal::Issuer
            | Refusal::Expired
            | Refusal::NotYetValid => ErrorCode::AccessDenied,
            Refusal::Audience => ErrorCode::InvalidAudience,
            Refusal::AppOnly => ErrorCode::AppOnlyNotSupported,
        };
        ApiError::new(code, code.meaning()).refused(refusal.reason())
    }
}

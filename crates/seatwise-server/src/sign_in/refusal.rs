//! Why a caller is not let in, and the answer that it gets.

use anyhow::anyhow;
use http::StatusCode;
use seatwise_types::ErrorCode;

use crate::error::ApiError;

/// The one thing that was wrong. A token with several faults is refused for the first of them, in
/// the order of the variants, but a claim that cannot be read is found only when it is needed.
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
    /// What is in it cannot be read, or this claim of it.
    Claims(Option<&'static str>),
    /// No `tid`, or one that is not a GUID.
    Tenant,
    /// No trusted issuer, or one that does not speak for this tenant.
    Issuer,
    /// The issuer was never reached, so its keys are not known.
    IssuerUnreachable,
    /// Signed with a key that the issuer does not have.
    UnknownKey,
    /// The signature is not of that key.
    Signature,
    /// Past its `exp`, or without one.
    Expired,
    /// Before its `nbf`.
    NotYetValid,
    /// Meant for another service.
    Audience,
    /// Asked for by another sign-in than this one.
    Nonce,
    /// Of a user who did not show a second factor.
    SecondFactor,
    /// Without a user where Partner Center wants one.
    AppOnly,
    /// Without the permission or the role that this server asks for.
    Permission,
}

impl Refusal {
    /// The reason as the metrics and the log name it.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::TooLong => "too_long",
            Self::Algorithm => "algorithm",
            Self::Claims(_) => "claims",
            Self::Tenant => "tenant",
            Self::Issuer => "issuer",
            Self::IssuerUnreachable => "issuer_unreachable",
            Self::UnknownKey => "unknown_key",
            Self::Signature => "signature",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::Audience => "audience",
            Self::Nonce => "nonce",
            Self::SecondFactor => "second_factor",
            Self::AppOnly => "app_only",
            Self::Permission => "permission",
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
            | Refusal::Claims(_)
            | Refusal::Tenant
            | Refusal::Issuer
            | Refusal::UnknownKey
            | Refusal::Signature
            | Refusal::Expired
            | Refusal::NotYetValid
            | Refusal::Nonce => ErrorCode::AccessDenied,
            Refusal::Audience => ErrorCode::InvalidAudience,
            Refusal::SecondFactor => ErrorCode::MfaMissing,
            Refusal::AppOnly => ErrorCode::AppOnlyNotSupported,
            Refusal::Permission => ErrorCode::RoleNotAllowed,
            // The token may be good: the caller should come again with it.
            Refusal::IssuerUnreachable => {
                let cause = anyhow!("the keys of the token's issuer could not be fetched");
                return ApiError::internal(StatusCode::SERVICE_UNAVAILABLE, cause)
                    .refused(refusal.reason());
            }
        };
        let refused = ApiError::new(code, code.meaning()).refused(refusal.reason());
        match refusal {
            Refusal::Claims(Some(claim)) => refused.with_detail(claim),
            _ => refused,
        }
    }
}

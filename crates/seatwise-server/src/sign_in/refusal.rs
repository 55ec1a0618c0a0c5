//! Why a caller is refused, and the response.

use anyhow::anyhow;
use http::StatusCode;
use seatwise_types::ErrorCode;

use crate::plumbing::error::ApiError;

/// The reason of a refusal. For a token with several faults it is the first one in the order of the
/// variants. A claim that cannot be read counts only when it is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no `Authorization` header.
    Missing,
    /// There are several headers, another scheme, or a value that is not a signed token.
    Malformed,
    /// The value is longer than any token of Entra.
    TooLong,
    /// The token is not signed with RS256.
    Algorithm,
    /// The claims, or this claim, cannot be read.
    Claims(Option<&'static str>),
    /// There is no `tid`, or it is not a GUID.
    Tenant,
    /// The issuer is not trusted, or not for this tenant.
    Issuer,
    /// The issuer was never reached, so its keys are unknown.
    IssuerUnreachable,
    /// The issuer has no such key.
    UnknownKey,
    /// The signature does not match the key.
    Signature,
    /// The token has expired, or has no `exp`.
    Expired,
    /// The token is not valid yet (`nbf`).
    NotYetValid,
    /// The token is for another audience.
    Audience,
    /// The token belongs to another sign-in.
    Nonce,
    /// The user showed no second factor.
    SecondFactor,
    /// The token has no user, but Partner Center requires one.
    AppOnly,
    /// The token lacks a required scope or role.
    Permission,
}

impl Refusal {
    /// The name of the reason in metrics and log.
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
            // One error for all of these: the difference would help to improve a forgery.
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
            // The token can be valid, so the client should try again.
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

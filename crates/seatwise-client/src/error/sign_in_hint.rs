//! Hints on how to fix a failed sign-in.

pub(super) const MFA: &str = "sign in again with multi-factor authentication";

pub(super) fn of(error: Option<&str>, codes: &[u64]) -> Option<&'static str> {
    codes
        .iter()
        .find_map(|code| of_code(*code))
        .or_else(|| of_name(error?))
}

/// Hints by Entra's error numbers, such as 50076 for `AADSTS50076`.
fn of_code(code: u64) -> Option<&'static str> {
    Some(match code {
        50074 | 50076 | 50079 => MFA,
        50173 | 70008 | 70043 | 700_082 | 700_084 => {
            "the refresh token has expired or was revoked: sign in again"
        }
        53000..=53003 => {
            "a Conditional Access policy blocks the sign-in: ask the tenant's administrator"
        }
        65001 => "an administrator of the tenant must consent to the application first",
        90002 => "there is no such tenant: check its id or domain, and the cloud",
        500_011 => "the tenant does not know the Partner Center API: an administrator must add it",
        700_016 => "the tenant does not know the application: check the client id",
        7_000_215 => "the client secret is wrong: it is the secret's value, not its id",
        7_000_218 => "the application is not public: allow public client flows, or give its secret",
        7_000_222 => "the client secret has expired: make a new one",
        _ => return None,
    })
}

/// Hints by error names of the OAuth protocol.
fn of_name(error: &str) -> Option<&'static str> {
    Some(match error {
        "authorization_declined" | "access_denied" => "the user declined to sign in",
        "expired_token" => "the code has expired: sign in again",
        "interaction_required" | "invalid_grant" => "sign in again",
        "invalid_client" => "check the client id and the client secret",
        _ => return None,
    })
}

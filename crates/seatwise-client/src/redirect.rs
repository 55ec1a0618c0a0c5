//! Redirects stay on the origin, because the token follows them.

use reqwest::redirect::Policy;

/// More than a correct server needs.
const MAX_REDIRECTS: usize = 5;

/// Why the client refused a redirect.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RefusedRedirect {
    #[error("refused to follow a redirect to `{to}`, because the token would go there")]
    OtherOrigin { to: String },
    #[error("gave up after {MAX_REDIRECTS} redirects")]
    TooMany,
}

/// Follows redirects with the token to the same scheme, host and port, and refuses others.
pub(crate) fn on_the_same_origin() -> Policy {
    Policy::custom(|attempt| {
        let to = attempt.url().origin();
        if attempt.previous().iter().any(|url| url.origin() != to) {
            return attempt.error(RefusedRedirect::OtherOrigin {
                to: to.ascii_serialization(),
            });
        }
        if attempt.previous().len() > MAX_REDIRECTS {
            return attempt.error(RefusedRedirect::TooMany);
        }
        attempt.follow()
    })
}

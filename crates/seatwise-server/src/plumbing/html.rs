//! What all HTML pages share: they load nothing, run no script, and cannot be framed.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;

/// For responses with tokens or codes, or with changing content.
pub const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Prevents browsers from guessing another media type.
pub const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// The content security policy of a page: it allows the page's style by hash, and forms that post
/// to `form_action`.
pub fn policy(style: &str, form_action: &str) -> String {
    let hash = STANDARD.encode(digest(&SHA256, style.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action {form_action}; \
         frame-ancestors 'none'; base-uri 'none'"
    )
}

/// Escapes text for HTML, also within quoted attributes.
pub fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(letter),
        }
    }
    html
}

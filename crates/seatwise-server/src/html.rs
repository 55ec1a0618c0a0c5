//! What pages of plain HTML have in common: they load nothing, run nothing, and cannot be framed.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;

/// For answers with tokens or codes, or with something that changes at any time: do not keep them.
pub(crate) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Forbids browsers to guess another type than the one that the answer names.
pub(crate) const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// The content security policy of a page: its one style is allowed by its hash, its forms may lead
/// to `form_action`, and that is all.
pub(crate) fn policy(style: &str, form_action: &str) -> String {
    let hash = STANDARD.encode(digest(&SHA256, style.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action {form_action}; \
         frame-ancestors 'none'; base-uri 'none'"
    )
}

/// As text in HTML, inside and outside of quoted attributes.
pub(crate) fn escaped(text: &str) -> String {
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

//! The HTML pages of the development identity and of the emulator. They load nothing, run no
//! script, and cannot be framed.

use axum::response::{Html, IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, StatusCode};
use seatwise_server::html::{NO_STORE, NOSNIFF, policy};

/// For narrow screens, light and dark themes, with visible focus.
const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:0 auto;padding:1.5rem}\
code{overflow-wrap:anywhere}\
label{display:block}\
input,button{font:inherit;padding:.6rem .8rem;max-width:100%;box-sizing:border-box}\
button{width:100%;overflow-wrap:anywhere;border:2px solid;border-radius:.3rem;cursor:pointer}\
:focus-visible{outline:3px solid;outline-offset:3px}";

pub(crate) struct Page {
    html: String,
    form_action: String,
}

impl Page {
    /// A page with this title and body in HTML. Text from outside must be
    /// [`escaped`](seatwise_server::html::escaped) first.
    pub(crate) fn new(title: &str, body: &str) -> Self {
        Self {
            html: format!(
                "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
                 <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
                 <title>{title} · Seatwise</title><style>{STYLE}</style></head>\
                 <body><main><h1>{title}</h1>{body}</main></body></html>\n"
            ),
            form_action: "'none'".to_owned(),
        }
    }

    /// Allows the page's form to post to a source, as in a content security policy.
    pub(crate) fn posting_to(mut self, source: &str) -> Self {
        source.clone_into(&mut self.form_action);
        self
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let Ok(policy) = HeaderValue::try_from(policy(STYLE, &self.form_action)) else {
            return StatusCode::BAD_REQUEST.into_response();
        };
        let headers = [
            (CONTENT_SECURITY_POLICY, policy),
            (CACHE_CONTROL, NO_STORE),
            // With `no-referrer`, browsers would hide the origin of the page's own form.
            (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
            (X_CONTENT_TYPE_OPTIONS, NOSNIFF),
        ];
        (headers, Html(self.html)).into_response()
    }
}

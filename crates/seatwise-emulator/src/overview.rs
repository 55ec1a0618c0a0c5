//! The page at `/emulator`: the emulator's settings, and how to change them.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use http::HeaderMap;
use http::header::HOST;
use seatwise_server::AppState;
use seatwise_server::html::escaped;

use crate::emulation::Emulation;
use crate::page::Page;
use crate::quota::RateLimits;

/// The control endpoints: methods, path below `/emulator/`, and description.
const CONTROLS: [(&str, &str, &str); 6] = [
    (
        "POST",
        "token",
        "a token by this clock, good or with a defect",
    ),
    ("GET, PUT", "clock", "what time it is"),
    ("GET, PUT", "faults", "which requests fail, and how"),
    ("POST", "portfolio", "makes up a partner with a history"),
    ("GET, DELETE", "requests", "the requests that came"),
    ("POST", "reset", "everything as it was at the start"),
];

/// Many programs fail at the mark in their first response, so the page mentions it.
const MARK: &str = "<p>Answers begin with a byte-order mark, as those of Partner Center do. If your \
    program does not read the mark, see <code>docs/emulator.md</code>, or start the server with \
    <code>--no-bom</code>.</p>";

/// `GET /emulator`
pub(crate) async fn page(
    State(app): State<Arc<AppState>>,
    Extension(emulation): Extension<Arc<Emulation>>,
    headers: HeaderMap,
) -> Page {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let scheme = if app.is_secure() { "https" } else { "http" };
    let here = escaped(&format!("{scheme}://{}", host.unwrap_or("localhost")));
    let (plan, seed) = emulation.faults.plan();
    let (requests, _) = emulation.requests.after(0);
    let limits = match emulation.limits {
        RateLimits::PartnerCenter => "500 requests a minute for customers".to_owned(),
        RateLimits::PerMinute(requests) => format!("{requests} requests a minute"),
        RateLimits::None => "none".to_owned(),
    };
    // If the partners cannot be read, show the rest.
    let partners = app.store().partners().unwrap_or_default();
    let partners: Vec<_> = partners.iter().map(ToString::to_string).collect();

    let mut body = format!(
        "<p>This server answers as Partner Center does, and fails as it does when you ask for that. \
         It can be reached from this computer only.</p>\
         <dl><dt>Clock</dt><dd>{}</dd>\
         <dt>Faults</dt><dd><code>{}</code>, seed {seed}</dd>\
         <dt>Limits</dt><dd>{limits}</dd>\
         <dt>Partners</dt><dd><code>{}</code></dd>\
         <dt>Recorded requests</dt><dd>{}</dd></dl>",
        escaped(&emulation.clock.read().to_string()),
        escaped(&plan.to_string()),
        escaped(&partners.join(", ")),
        requests.len(),
    );
    // Writing to a string cannot fail.
    if app.trusts_development() {
        let line = format!("<code>curl -X POST {here}/emulator/token</code>");
        write!(body, "<h2>A token</h2><p>{line}</p>").ok();
    }
    if app.wire().bom {
        body.push_str(MARK);
    }
    body.push_str("<h2>Control</h2><ul>");
    for (methods, path, what) in CONTROLS {
        let address = format!("/emulator/{path}");
        let shown = match methods.starts_with("GET") {
            true => format!("<a href=\"{address}\">{address}</a>"),
            false => address,
        };
        write!(body, "<li><code>{methods} {shown}</code>: {what}</li>").ok();
    }
    body.push_str("</ul><p><a href=\"/openapi\">All other endpoints</a></p>");
    Page::new("Emulator", &body)
}

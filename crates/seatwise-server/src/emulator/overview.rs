//! The page that a browser finds at `/emulator`: how the emulator is set, and how to set it.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use http::HeaderMap;
use http::header::HOST;

use super::RateLimits;
use super::control::emulation;
use crate::AppState;
use crate::error::ApiError;
use crate::html::escaped;
use crate::page::Page;

/// What there is to control: its methods, its path below `/emulator/`, and what it does.
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

/// `GET /emulator`
pub(super) async fn page(
    State(app): State<Arc<AppState>>,
    headers: HeaderMap,
) -> Result<Page, ApiError> {
    let emulation = emulation(&app)?;
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let scheme = if app.secure { "https" } else { "http" };
    let here = escaped(&format!("{scheme}://{}", host.unwrap_or("localhost")));
    let (plan, seed) = emulation.faults.plan();
    let (requests, _) = emulation.requests.after(0);
    let limits = match emulation.limits {
        RateLimits::PartnerCenter => "500 requests a minute for customers".to_owned(),
        RateLimits::PerMinute(requests) => format!("{requests} requests a minute"),
        RateLimits::None => "none".to_owned(),
    };
    // A list that cannot be read is no reason not to show the rest.
    let partners = app.store.partners().unwrap_or_default();
    let partners: Vec<_> = partners.iter().map(ToString::to_string).collect();

    let mut body = format!(
        "<p>This server answers as Partner Center does, and has its bad days when you ask for them. \
         It answers on this computer only.</p>\
         <dl><dt>Clock</dt><dd>{}</dd>\
         <dt>Faults</dt><dd><code>{}</code>, seed {seed}</dd>\
         <dt>Limits</dt><dd>{limits}</dd>\
         <dt>Partners</dt><dd><code>{}</code></dd>\
         <dt>Requests that are kept</dt><dd>{}</dd></dl>\
         <h2>A token</h2>\
         <p><code>curl -X POST {here}/emulator/token</code></p>\
         <p>Answers begin with a byte-order mark, as those of Partner Center do. If your program \
         does not read them, see <code>docs/emulator.md</code>, or start the server with \
         <code>--no-bom</code>.</p>\
         <h2>Control</h2><ul>",
        escaped(&emulation.clock.read().to_string()),
        escaped(&plan.to_string()),
        escaped(&partners.join(", ")),
        requests.len(),
    );
    for (methods, path, what) in CONTROLS {
        let address = format!("/emulator/{path}");
        let shown = match methods.starts_with("GET") {
            true => format!("<a href=\"{address}\">{address}</a>"),
            false => address,
        };
        // Writing into a text does not fail.
        write!(body, "<li><code>{methods} {shown}</code>: {what}</li>").ok();
    }
    body.push_str("</ul><p><a href=\"/openapi\">What is answered beside that</a></p>");
    Ok(Page::new("Emulator", &body))
}

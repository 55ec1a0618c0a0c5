//! Records each request and injects its faults.

use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, ETAG, IF_NONE_MATCH, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use seatwise_server::{ApiError, Bare, ConnectionCutter, Refusal, in_form};
use seatwise_types::wire::BYTE_ORDER_MARK;
use seatwise_types::{ErrorCode, ErrorForm};

use crate::body::Piecemeal;
use crate::emulation::Emulation;
use crate::fault::{Fault, Unauthorized};
use crate::gateway;
use crate::partner_center::is_of_partner_center;

/// Middleware: answers a request with its faults. It is inside the layer that adds headers, which
/// some faults leave out, and outside the layer with the timeout, which some faults exceed.
pub(crate) async fn inject_fault(
    emulation: Arc<Emulation>,
    errors: ErrorForm,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    if is_ours(path) {
        return next.run(request).await;
    }
    let faults = if is_of_partner_center(path) {
        emulation.faults.of(&request)
    } else {
        Ok(Vec::new())
    };
    let number = emulation.requests.arrived(
        &request,
        faults.as_deref().unwrap_or_default(),
        emulation.clock.now(),
    );
    let response = match &faults {
        Ok(faults) => inject(faults, request, next, errors).await,
        Err(err) => {
            let description = format!("the header Seatwise-Fault: {err}");
            ApiError::new(ErrorCode::InvalidInput, description).into_response()
        }
    };
    let was_reset = faults.is_ok_and(|faults| faults.contains(&Fault::Reset));
    let status = (!was_reset).then(|| response.status());
    emulation.requests.answered(number, status);
    response
}

/// Whether the path is a probe or a control endpoint. These get no faults.
fn is_ours(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz" | "/metrics" | "/emulator")
        || path.starts_with("/emulator/")
}

async fn inject(faults: &[Fault], mut request: Request, next: Next, errors: ErrorForm) -> Response {
    for fault in faults {
        tracing::info!(%fault, "a fault was asked for");
        if let Fault::Latency(span) = fault {
            tokio::time::sleep(span.longest).await;
        }
    }
    if faults.iter().any(|fault| fault.is_of_the_body()) {
        // Makes sure that there is a body, and that it is not compressed.
        request.headers_mut().remove(ACCEPT_ENCODING);
        request.headers_mut().remove(IF_NONE_MATCH);
    }
    let instead = faults.iter().find(|fault| fault.is_instead());
    let mut response = match instead {
        Some(fault) => instead_of_the_answer(*fault, &request),
        None => next.run(request).await,
    };
    if faults.contains(&Fault::NoHeaders) {
        response.extensions_mut().insert(Bare);
    }
    if faults.iter().any(|fault| fault.is_of_the_body()) {
        response = tamper(in_form(response, errors), faults).await;
    }
    response
}

fn instead_of_the_answer(fault: Fault, request: &Request) -> Response {
    match fault {
        Fault::Throttled { retry_after } => gateway::throttled(retry_after),
        Fault::Unauthorized(Unauthorized::Expired) => refused(Refusal::Expired),
        Fault::Unauthorized(Unauthorized::Audience) => refused(Refusal::Audience),
        Fault::Unauthorized(Unauthorized::Mfa) => refused(Refusal::SecondFactor),
        Fault::Unauthorized(Unauthorized::Gateway) => gateway::unauthorized(),
        Fault::ServerError {
            status,
            html,
            retry_after,
        } => server_error(status, html, retry_after),
        _ => {
            if let Some(cutter) = request.extensions().get::<ConnectionCutter>() {
                cutter.cut();
            }
            // Never sent, but logged.
            StatusCode::BAD_GATEWAY.into_response()
        }
    }
}

fn refused(refusal: Refusal) -> Response {
    ApiError::from(refusal).into_response()
}

fn server_error(status: u16, html: bool, retry_after: Option<u32>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = if html {
        gateway::page(status)
    } else {
        ApiError::internal(status, anyhow!("a fault was asked for")).into_response()
    };
    if let Some(seconds) = retry_after {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Changes the bytes of a body, and how they are sent. A response without a body stays unchanged.
async fn tamper(response: Response, faults: &[Fault]) -> Response {
    let (mut head, body) = response.into_parts();
    let body = match to_bytes(body, usize::MAX).await {
        Ok(body) if !body.is_empty() => body,
        _ => return Response::from_parts(head, Body::empty()),
    };
    let changed = changed(body.clone(), faults);
    if changed != body {
        head.headers.remove(CONTENT_LENGTH);
        // The tag belongs to the original bytes.
        head.headers.remove(ETAG);
    }
    Response::from_parts(head, sent(changed, faults))
}

fn changed(mut body: Bytes, faults: &[Fault]) -> Bytes {
    if faults.contains(&Fault::NoBom) && body.starts_with(&BYTE_ORDER_MARK) {
        body = body.slice(BYTE_ORDER_MARK.len()..);
    }
    if faults.contains(&Fault::Malformed) {
        let text = str::from_utf8(&body).unwrap_or_default();
        body.truncate(text.floor_char_boundary(text.len() / 2));
    }
    body
}

fn sent(body: Bytes, faults: &[Fault]) -> Body {
    let breaks = faults.contains(&Fault::Truncated);
    let slow = faults.iter().find_map(|fault| match fault {
        Fault::SlowBody(span) => Some(span.longest),
        _ => None,
    });
    match slow {
        Some(over) if over > Duration::ZERO => Body::new(Piecemeal::slow(body, over, breaks)),
        _ if breaks => Body::new(Piecemeal::truncated(&body)),
        _ => Body::from(body),
    }
}

//! The routes, the layers and the clock that the emulator adds to a server.

use std::sync::Arc;

use axum::Extension;
use axum::extract::Request;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use seatwise_server::{AddToEndpoint, AddToRoutes, Additions, AppOrUser};

use crate::emulation::Emulation;
use crate::inject_fault::inject_fault;
use crate::{control, gateway};

impl Emulation {
    /// What this emulator adds to a server, for [`Config::emulator`](seatwise_server::Config).
    pub fn additions(self: &Arc<Self>) -> Additions {
        let emulation = || Arc::clone(self);
        let clock = emulation();
        Additions {
            clock: Arc::new(move || clock.clock.now()),
            routes: control::routes().layer(Extension(emulation())),
            endpoint: limit_requests(emulation()),
            layer: inject_faults(emulation()),
        }
    }
}

/// Limits the requests to endpoints.
fn limit_requests(emulation: Arc<Emulation>) -> AddToEndpoint {
    Arc::new(move |app, path, handler| {
        if !emulation.limits.apply_to(path) {
            return handler;
        }
        let emulation = Arc::clone(&emulation);
        let layer = move |caller: AppOrUser, request: Request, next: Next| {
            keep_quota(Arc::clone(&emulation), caller, request, next)
        };
        handler.route_layer(from_fn_with_state(Arc::clone(app), layer))
    })
}

/// Injects faults in all requests.
fn inject_faults(emulation: Arc<Emulation>) -> AddToRoutes {
    Arc::new(move |app, routes| {
        let (emulation, errors) = (Arc::clone(&emulation), app.wire().errors);
        let layer = move |request: Request, next: Next| {
            inject_fault(Arc::clone(&emulation), errors, request, next)
        };
        routes.layer(from_fn(layer))
    })
}

/// Middleware of limited routes. The partner is in the token, so this verifies it. The handler then
/// gets it from the cache.
async fn keep_quota(
    emulation: Arc<Emulation>,
    AppOrUser(caller): AppOrUser,
    request: Request,
    next: Next,
) -> Response {
    let now = emulation.clock.now();
    let quota = emulation.quota.as_ref();
    match quota.map(|quota| quota.take(caller.partner(), now)) {
        Some(Err(retry_after)) => gateway::throttled(retry_after),
        _ => next.run(request).await,
    }
}

//! All calls of the API: path, handler and description.

use std::sync::Arc;

use axum::routing::{MethodRouter, get, post};

use crate::extensions;
use crate::openapi::Operation;
use crate::openapi::operations as described;
use crate::partner_center::{commercial, customer_licenses, customers, licenses};
use crate::plumbing::bounds::Bounds;
use crate::plumbing::limits::Limits;
use crate::state::AppState;

/// A call that the router answers and the OpenAPI document describes.
pub(crate) struct Endpoint {
    /// The documented path. A slash at the end is optional.
    pub(crate) path: &'static str,
    /// The bounds of its requests, from the limits of the server.
    pub(crate) bounds: fn(&Limits) -> Bounds,
    pub(crate) handler: MethodRouter<Arc<AppState>>,
    pub(crate) operation: Operation,
}

/// All calls, in the order of the document.
#[expect(
    clippy::too_many_lines,
    reason = "a table with one entry for each call"
)]
pub(crate) fn all() -> Vec<Endpoint> {
    let call = |path, handler, operation| Endpoint {
        path,
        bounds: Bounds::common,
        handler,
        operation,
    };
    let probe = |path, handler, operation| Endpoint {
        bounds: Bounds::probe,
        ..call(path, handler, operation)
    };
    vec![
        call(
            licenses::USAGE,
            get(licenses::usage),
            described::figures::partner_usage(),
        ),
        call(
            licenses::DEPLOYMENT,
            get(licenses::deployment),
            described::figures::partner_deployment(),
        ),
        call(
            "/v1/customers",
            get(customers::all),
            described::customers::customers(),
        ),
        call(
            "/v1/customers/{customer-id}",
            get(customers::one),
            described::customers::customer(),
        ),
        call(
            "/v1/customers/{customer-id}/analytics/licenses/usage",
            get(customer_licenses::usage),
            described::figures::customer_usage(),
        ),
        call(
            "/v1/customers/{customer-id}/analytics/licenses/deployment",
            get(customer_licenses::deployment),
            described::figures::customer_deployment(),
        ),
        // The tables of the documentation have one prefix, its samples the other.
        call(
            "/v1/analytics/commercial/usage/license/",
            get(commercial::usage),
            described::commercial::commercial_usage("getLicensesUsage"),
        ),
        call(
            "/partner/v1/analytics/commercial/usage/license",
            get(commercial::usage),
            described::commercial::commercial_usage("getLicensesUsageOfPartner"),
        ),
        call(
            "/v1/analytics/commercial/deployment/license/",
            get(commercial::deployment),
            described::commercial::commercial_deployment("getLicensesDeployment"),
        ),
        call(
            "/partner/v1/analytics/commercial/deployment/license",
            get(commercial::deployment),
            described::commercial::commercial_deployment("getLicensesDeploymentOfPartner"),
        ),
        call(
            "/seatwise/v1/status",
            get(extensions::status::status),
            described::server::status(),
        ),
        call(
            "/seatwise/v1/history",
            get(extensions::history::get),
            described::extensions::history(),
        ),
        call(
            "/seatwise/v1/explain",
            get(extensions::explain::get),
            described::extensions::explain(),
        ),
        call(
            "/seatwise/v1/coverage",
            get(extensions::coverage::get),
            described::extensions::coverage(),
        ),
        call(
            "/seatwise/v1/changes",
            get(extensions::changes::get),
            described::extensions::changes(),
        ),
        call(
            "/seatwise/v1/changes/restatements",
            get(extensions::restatements::get),
            described::extensions::restatements(),
        ),
        call(
            "/seatwise/v1/idle",
            get(extensions::idle::get),
            described::idle::idle(),
        ),
        call(
            "/seatwise/v1/monthly",
            get(extensions::monthly::get),
            described::extensions::monthly(),
        ),
        call(
            "/seatwise/v1/imports",
            get(extensions::imports::get),
            described::import::imports(),
        ),
        Endpoint {
            bounds: Bounds::import,
            ..call(
                "/seatwise/v1/import",
                post(extensions::import::post).fallback(extensions::import::only_post),
                described::import::import(),
            )
        },
        probe(
            "/healthz",
            get(extensions::probes::health),
            described::server::health(),
        ),
        probe(
            "/readyz",
            get(extensions::probes::ready),
            described::server::readiness(),
        ),
        probe(
            "/metrics",
            get(extensions::probes::metrics),
            described::server::metrics(),
        ),
        call(
            "/openapi.json",
            get(extensions::description::document),
            described::server::document(),
        ),
        call(
            "/openapi",
            get(extensions::description::page),
            described::server::page(),
        ),
    ]
}

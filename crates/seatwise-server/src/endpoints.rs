//! All calls of the API: path, handler and description.

use std::sync::Arc;

use axum::routing::{MethodRouter, get, post};

use crate::AppState;
use crate::openapi::{self, Operation, extension_operations, operations};
use crate::{
    collection, commercial, customer_licenses, customers, extensions, imports, licenses, probes,
};

/// A call that the router answers and the OpenAPI document describes.
pub(crate) struct Endpoint {
    /// The documented path. A slash at the end is optional.
    pub(crate) path: &'static str,
    pub(crate) handler: MethodRouter<Arc<AppState>>,
    pub(crate) operation: Operation,
}

/// All calls, in the order of the document.
pub(crate) fn all() -> Vec<Endpoint> {
    let call = |path, handler, operation| Endpoint {
        path,
        handler,
        operation,
    };
    vec![
        call(
            "/v1/analytics/licenses/usage",
            get(licenses::usage),
            operations::partner_usage(),
        ),
        call(
            "/v1/analytics/licenses/deployment",
            get(licenses::deployment),
            operations::partner_deployment(),
        ),
        call(
            "/v1/customers",
            get(customers::all),
            operations::customers(),
        ),
        call(
            "/v1/customers/{customer-id}",
            get(customers::one),
            operations::customer(),
        ),
        call(
            "/v1/customers/{customer-id}/analytics/licenses/usage",
            get(customer_licenses::usage),
            operations::customer_usage(),
        ),
        call(
            "/v1/customers/{customer-id}/analytics/licenses/deployment",
            get(customer_licenses::deployment),
            operations::customer_deployment(),
        ),
        // The tables of the documentation have one prefix, its samples the other.
        call(
            "/v1/analytics/commercial/usage/license/",
            get(commercial::usage),
            operations::commercial_usage("getLicensesUsage"),
        ),
        call(
            "/partner/v1/analytics/commercial/usage/license",
            get(commercial::usage),
            operations::commercial_usage("getLicensesUsageOfPartner"),
        ),
        call(
            "/v1/analytics/commercial/deployment/license/",
            get(commercial::deployment),
            operations::commercial_deployment("getLicensesDeployment"),
        ),
        call(
            "/partner/v1/analytics/commercial/deployment/license",
            get(commercial::deployment),
            operations::commercial_deployment("getLicensesDeploymentOfPartner"),
        ),
        call(
            "/seatwise/v1/status",
            get(collection::status),
            operations::status(),
        ),
        call(
            "/seatwise/v1/history",
            get(extensions::history::get),
            extension_operations::history(),
        ),
        call(
            "/seatwise/v1/explain",
            get(extensions::explain::get),
            extension_operations::explain(),
        ),
        call(
            "/seatwise/v1/coverage",
            get(extensions::coverage::get),
            extension_operations::coverage(),
        ),
        call(
            "/seatwise/v1/changes",
            get(extensions::changes::get),
            extension_operations::changes(),
        ),
        call(
            "/seatwise/v1/changes/restatements",
            get(extensions::changes::restatements),
            extension_operations::restatements(),
        ),
        call(
            "/seatwise/v1/idle",
            get(extensions::idle::get),
            openapi::idle::idle(),
        ),
        call(
            "/seatwise/v1/monthly",
            get(extensions::monthly::get),
            extension_operations::monthly(),
        ),
        call(
            "/seatwise/v1/imports",
            get(extensions::imports::get),
            openapi::imports::imports(),
        ),
        call(
            imports::PATH,
            post(imports::post).fallback(imports::only_post),
            operations::import(),
        ),
        call("/healthz", get(probes::health), operations::health()),
        call("/readyz", get(probes::ready), operations::readiness()),
        call("/metrics", get(probes::metrics), operations::metrics()),
        call(
            "/openapi.json",
            get(openapi::document),
            operations::document(),
        ),
        call("/openapi", get(openapi::page), operations::page()),
    ]
}

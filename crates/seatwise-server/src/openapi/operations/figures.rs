//! The calls of Partner Center for figures of the partner and of a customer.

use seatwise_types::ErrorCode;

use super::common::{of_a_point, of_user};
use super::customers::customer_id;
use crate::openapi::operation::{Operation, Response};
use crate::openapi::resources::collection;
use crate::openapi::samples;
use crate::openapi::tags::{CUSTOMERS, PARTNER};

pub(crate) fn partner_usage() -> Operation {
    let answer = Response::json(
        "One item per service, channel and workload, ordered by service code, channel and workload \
         name; no items for a partner of whom nothing is known.",
        collection("PartnerLicensesUsageInsights"),
    );
    of_user(
        "getPartnerLicensesUsage",
        PARTNER,
        "Partner usage",
        "How much of what all customers are entitled to is used, in percent.",
    )
    .on_axes()
    .answers("200", of_a_point(answer).such_as(samples::PARTNER_USAGE))
    .finish(&[ErrorCode::InvalidProperty, ErrorCode::InvalidInput], &[])
}

pub(crate) fn partner_deployment() -> Operation {
    let answer = Response::json(
        "One item per service and channel, ordered by service code and channel; no items for a \
         partner of whom nothing is known.",
        collection("PartnerLicensesDeploymentInsights"),
    );
    of_user(
        "getPartnerLicensesDeployment",
        PARTNER,
        "Partner deployment",
        "How much of what all customers have bought is assigned to users, in percent.",
    )
    .on_axes()
    .answers(
        "200",
        of_a_point(answer).such_as(samples::PARTNER_DEPLOYMENT),
    )
    .finish(&[ErrorCode::InvalidProperty, ErrorCode::InvalidInput], &[])
}

pub(crate) fn customer_usage() -> Operation {
    let answer = Response::json(
        "One item per product and workload: products in the order of their delivery, workloads by \
         name.",
        collection("CustomerLicensesUsageInsights"),
    );
    of_user(
        "getCustomerLicensesUsage",
        CUSTOMERS,
        "Customer usage",
        "How much one customer uses of what it is entitled to.",
    )
    .takes(customer_id())
    .on_axes()
    .answers("200", of_a_point(answer).such_as(samples::CUSTOMER_USAGE))
    .finish(
        &[
            ErrorCode::InvalidCustomerId,
            ErrorCode::InvalidProperty,
            ErrorCode::InvalidInput,
        ],
        &[ErrorCode::TenantNotFound],
    )
}

pub(crate) fn customer_deployment() -> Operation {
    let answer = Response::json(
        "One item per product, in the order of their delivery.",
        collection("CustomerLicensesDeploymentInsights"),
    );
    of_user(
        "getCustomerLicensesDeployment",
        CUSTOMERS,
        "Customer deployment",
        "How much one customer has assigned of what it has bought.",
    )
    .takes(customer_id())
    .on_axes()
    .answers(
        "200",
        of_a_point(answer).such_as(samples::CUSTOMER_DEPLOYMENT),
    )
    .finish(
        &[
            ErrorCode::InvalidCustomerId,
            ErrorCode::InvalidProperty,
            ErrorCode::InvalidInput,
        ],
        &[ErrorCode::TenantNotFound],
    )
}

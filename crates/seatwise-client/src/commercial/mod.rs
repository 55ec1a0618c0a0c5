//! The call chain to the rows of all customers, to filter and group.

mod pages;
mod query;
mod route;

use seatwise_types::{LicensesDeploymentRow, LicensesUsageRow};

pub use self::pages::CommercialCursor;
pub use self::query::CommercialQuery;
pub(crate) use self::route::KnownRoute;
pub use self::route::{CommercialRoute, InvalidRoute};
use crate::client::Client;

/// Rows of each customer, to filter and group.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is sent before `send`, `pages` or `rows`"]
pub struct CommercialAnalytics<'a> {
    client: &'a Client,
}

impl<'a> CommercialAnalytics<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// Seats active and qualified.
    pub fn usage(self) -> CommercialUsage<'a> {
        CommercialUsage {
            client: self.client,
        }
    }

    /// Seats deployed and sold.
    pub fn deployment(self) -> CommercialDeployment<'a> {
        CommercialDeployment {
            client: self.client,
        }
    }
}

/// Usage of each customer.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is sent before `send`, `pages` or `rows`"]
pub struct CommercialUsage<'a> {
    client: &'a Client,
}

impl<'a> CommercialUsage<'a> {
    /// Queries one row per customer, product and workload: `GET
    /// /v1/analytics/commercial/usage/license/`.
    pub fn licenses(self) -> CommercialQuery<'a, LicensesUsageRow> {
        CommercialQuery::new(self.client)
    }
}

/// Deployment of each customer.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is sent before `send`, `pages` or `rows`"]
pub struct CommercialDeployment<'a> {
    client: &'a Client,
}

impl<'a> CommercialDeployment<'a> {
    /// Queries one row per customer and product: `GET
    /// /v1/analytics/commercial/deployment/license/`.
    pub fn licenses(self) -> CommercialQuery<'a, LicensesDeploymentRow> {
        CommercialQuery::new(self.client)
    }
}

//! The call chain to the figures of all customers together.

use seatwise_types::extensions::Axes;
use seatwise_types::{Collection, PartnerLicensesDeploymentInsights, PartnerLicensesUsageInsights};

use crate::axes::on_axes;
use crate::client::Client;
use crate::{CommercialAnalytics, Error};

/// Figures of all customers together.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct PartnerAnalytics<'a> {
    client: &'a Client,
}

impl<'a> PartnerAnalytics<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// Licence figures.
    pub fn licenses(self) -> PartnerLicenses<'a> {
        PartnerLicenses {
            client: self.client,
        }
    }

    /// Rows of each customer, to filter and group.
    pub fn commercial(self) -> CommercialAnalytics<'a> {
        CommercialAnalytics::new(self.client)
    }
}

/// Licence figures of all customers together.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct PartnerLicenses<'a> {
    client: &'a Client,
}

impl<'a> PartnerLicenses<'a> {
    /// The share of qualified seats that is active.
    pub fn usage(self) -> PartnerLicensesUsage<'a> {
        PartnerLicensesUsage {
            client: self.client,
            axes: Axes::default(),
        }
    }

    /// The share of sold seats that is deployed.
    pub fn deployment(self) -> PartnerLicensesDeployment<'a> {
        PartnerLicensesDeployment {
            client: self.client,
            axes: Axes::default(),
        }
    }
}

/// The usage of all customers together.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct PartnerLicensesUsage<'a> {
    client: &'a Client,
    axes: Axes,
}

on_axes!(PartnerLicensesUsage);

impl PartnerLicensesUsage<'_> {
    /// Requests one row per service, channel and workload: `GET /v1/analytics/licenses/usage`.
    ///
    /// # Errors
    ///
    /// If the service returns an error, is unreachable, or returns an unexpected answer; see
    /// [`ErrorKind`](crate::ErrorKind).
    ///
    /// # Example
    ///
    /// ```
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
    /// # use example::*;
    /// # service(async |partner| {
    /// let usage = partner.analytics().licenses().usage().get().await?;
    /// assert_eq!(usage.items[0].workload_name, "Exchange");
    /// assert_eq!(usage.items[0].prorated_licenses_usage_percent, Some(80.0));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn get(self) -> Result<Collection<PartnerLicensesUsageInsights>, Error> {
        let path = "/v1/analytics/licenses/usage";
        self.client.get_at(path, self.axes).await
    }
}

/// The deployment of all customers together.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct PartnerLicensesDeployment<'a> {
    client: &'a Client,
    axes: Axes,
}

on_axes!(PartnerLicensesDeployment);

impl PartnerLicensesDeployment<'_> {
    /// Requests one row per service and channel: `GET /v1/analytics/licenses/deployment`.
    ///
    /// # Errors
    ///
    /// If the service returns an error, is unreachable, or returns an unexpected answer; see
    /// [`ErrorKind`](crate::ErrorKind).
    ///
    /// # Example
    ///
    /// ```
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
    /// # use example::*;
    /// # service(async |partner| {
    /// let deployment = partner.analytics().licenses().deployment().get().await?;
    /// assert_eq!(deployment.items[0].licenses_sold, Some(6));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn get(self) -> Result<Collection<PartnerLicensesDeploymentInsights>, Error> {
        let path = "/v1/analytics/licenses/deployment";
        self.client.get_at(path, self.axes).await
    }
}

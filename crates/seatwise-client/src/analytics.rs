//! The call chain to the figures of all customers together.

use seatwise_types::extensions::Axes;
use seatwise_types::{Collection, PartnerLicensesDeploymentInsights, PartnerLicensesUsageInsights};

use crate::axes::on_axes;
use crate::{CommercialAnalytics, Error, PartnerOperations};

/// Figures of all customers together.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct PartnerAnalytics<'a> {
    partner: &'a PartnerOperations,
}

impl<'a> PartnerAnalytics<'a> {
    pub(crate) fn new(partner: &'a PartnerOperations) -> Self {
        Self { partner }
    }

    /// Licence figures.
    pub fn licenses(self) -> PartnerLicenses<'a> {
        PartnerLicenses {
            partner: self.partner,
        }
    }

    /// Rows of each customer, to filter and group.
    pub fn commercial(self) -> CommercialAnalytics<'a> {
        CommercialAnalytics::new(self.partner)
    }
}

/// Licence figures of all customers together.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct PartnerLicenses<'a> {
    partner: &'a PartnerOperations,
}

impl<'a> PartnerLicenses<'a> {
    /// The share of qualified seats that is active.
    pub fn usage(self) -> PartnerLicensesUsage<'a> {
        PartnerLicensesUsage {
            partner: self.partner,
            axes: Axes::default(),
        }
    }

    /// The share of sold seats that is deployed.
    pub fn deployment(self) -> PartnerLicensesDeployment<'a> {
        PartnerLicensesDeployment {
            partner: self.partner,
            axes: Axes::default(),
        }
    }
}

/// The usage of all customers together.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct PartnerLicensesUsage<'a> {
    partner: &'a PartnerOperations,
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
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/emulator.rs")); }
    /// # use example::*;
    /// # emulator(async |partner| {
    /// let usage = partner.analytics().licenses().usage().get().await?;
    /// assert_eq!(usage.items[0].workload_name, "Exchange");
    /// assert_eq!(usage.items[0].prorated_licenses_usage_percent, Some(80.0));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn get(self) -> Result<Collection<PartnerLicensesUsageInsights>, Error> {
        let path = "/v1/analytics/licenses/usage";
        self.partner.get_at(path, self.axes).await
    }
}

/// The deployment of all customers together.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct PartnerLicensesDeployment<'a> {
    partner: &'a PartnerOperations,
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
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/emulator.rs")); }
    /// # use example::*;
    /// # emulator(async |partner| {
    /// let deployment = partner.analytics().licenses().deployment().get().await?;
    /// assert_eq!(deployment.items[0].licenses_sold, Some(6));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn get(self) -> Result<Collection<PartnerLicensesDeploymentInsights>, Error> {
        let path = "/v1/analytics/licenses/deployment";
        self.partner.get_at(path, self.axes).await
    }
}

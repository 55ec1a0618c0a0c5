//! The chain to the figures of all customers together.

use seatwise_types::own::Axes;
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

    /// Figures of licences.
    pub fn licenses(self) -> PartnerLicenses<'a> {
        PartnerLicenses {
            partner: self.partner,
        }
    }

    /// Rows of each customer, to choose from and to add up.
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
    /// How much of what the customers are entitled to is used.
    pub fn usage(self) -> PartnerLicensesUsage<'a> {
        PartnerLicensesUsage {
            partner: self.partner,
            axes: Axes::default(),
        }
    }

    /// How much of what the customers have bought is assigned.
    pub fn deployment(self) -> PartnerLicensesDeployment<'a> {
        PartnerLicensesDeployment {
            partner: self.partner,
            axes: Axes::default(),
        }
    }
}

/// How much of what all customers are entitled to is used.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct PartnerLicensesUsage<'a> {
    partner: &'a PartnerOperations,
    axes: Axes,
}

on_axes!(PartnerLicensesUsage);

impl PartnerLicensesUsage<'_> {
    /// One row per service, channel and workload: `GET /v1/analytics/licenses/usage`.
    ///
    /// # Errors
    ///
    /// If the service answers with an error, cannot be reached, or answers something else; see
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

/// How much of what all customers have bought is assigned.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct PartnerLicensesDeployment<'a> {
    partner: &'a PartnerOperations,
    axes: Axes,
}

on_axes!(PartnerLicensesDeployment);

impl PartnerLicensesDeployment<'_> {
    /// One row per service and channel: `GET /v1/analytics/licenses/deployment`.
    ///
    /// # Errors
    ///
    /// If the service answers with an error, cannot be reached, or answers something else; see
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

//! The call chain to the customers and to the figures of one of them.

use seatwise_types::extensions::Axes;
use seatwise_types::{
    Collection, CustomerId, CustomerLicensesDeploymentInsights, CustomerLicensesUsageInsights,
};

use crate::axes::on_axes;
use crate::client::Client;
use crate::{CustomerList, Error};

/// The partner's customers.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct Customers<'a> {
    client: &'a Client,
}

impl<'a> Customers<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// The list of customers: `GET /v1/customers`.
    pub fn list(self) -> CustomerList<'a> {
        CustomerList::new(self.client)
    }

    /// The customer with this id. Only a request to it shows whether it exists.
    pub fn by_id(self, id: CustomerId) -> Customer<'a> {
        Customer {
            client: self.client,
            id,
        }
    }
}

/// One customer.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct Customer<'a> {
    client: &'a Client,
    id: CustomerId,
}

impl<'a> Customer<'a> {
    /// Requests the customer's data: `GET /v1/customers/{id}`. An application's token is
    /// sufficient.
    ///
    /// # Errors
    ///
    /// As [`CustomerLicensesUsage::get`].
    ///
    /// # Example
    ///
    /// ```
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
    /// # use example::*;
    /// # service(async |partner| {
    /// let id = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04".parse()?;
    /// let customer = partner.customers().by_id(id).get().await?;
    /// assert_eq!(customer.company_profile.company_name.as_deref(), Some("Contoso"));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn get(self) -> Result<seatwise_types::Customer, Error> {
        self.client.get(&format!("/v1/customers/{}", self.id)).await
    }

    /// The customer's figures.
    pub fn analytics(self) -> CustomerAnalytics<'a> {
        CustomerAnalytics { customer: self }
    }
}

/// Figures of one customer.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct CustomerAnalytics<'a> {
    customer: Customer<'a>,
}

impl<'a> CustomerAnalytics<'a> {
    /// Licence figures.
    pub fn licenses(self) -> CustomerLicenses<'a> {
        CustomerLicenses {
            customer: self.customer,
        }
    }
}

/// Licence figures of one customer.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct CustomerLicenses<'a> {
    customer: Customer<'a>,
}

impl<'a> CustomerLicenses<'a> {
    /// The share of qualified seats that is active.
    pub fn usage(self) -> CustomerLicensesUsage<'a> {
        CustomerLicensesUsage {
            customer: self.customer,
            axes: Axes::default(),
        }
    }

    /// The share of sold seats that is deployed.
    pub fn deployment(self) -> CustomerLicensesDeployment<'a> {
        CustomerLicensesDeployment {
            customer: self.customer,
            axes: Axes::default(),
        }
    }
}

/// The usage of one customer.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct CustomerLicensesUsage<'a> {
    customer: Customer<'a>,
    axes: Axes,
}

on_axes!(CustomerLicensesUsage);

impl CustomerLicensesUsage<'_> {
    /// Requests one row per product and workload: `GET
    /// /v1/customers/{id}/analytics/licenses/usage`.
    ///
    /// # Errors
    ///
    /// If the service returns an error, is unreachable, or returns an unexpected answer; see
    /// [`ErrorKind`](crate::ErrorKind). A customer without a relationship to the partner is [not
    /// found](Error::is_not_found) or [forbidden](Error::is_forbidden): it has no figures, which is
    /// not the same as figures of zero.
    ///
    /// # Example
    ///
    /// ```
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
    /// # use example::*;
    /// # service(async |partner| {
    /// let customer = partner.customers().by_id("4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04".parse()?);
    /// let usage = customer.analytics().licenses().usage().get().await?;
    /// assert_eq!(usage.items[0].licenses_qualified, Some(4));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn get(self) -> Result<Collection<CustomerLicensesUsageInsights>, Error> {
        let Customer { client, id } = self.customer;
        let path = format!("/v1/customers/{id}/analytics/licenses/usage");
        client.get_at(&path, self.axes).await
    }
}

/// The deployment of one customer.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct CustomerLicensesDeployment<'a> {
    customer: Customer<'a>,
    axes: Axes,
}

on_axes!(CustomerLicensesDeployment);

impl CustomerLicensesDeployment<'_> {
    /// Requests one row per product: `GET /v1/customers/{id}/analytics/licenses/deployment`.
    ///
    /// # Errors
    ///
    /// As [`CustomerLicensesUsage::get`].
    ///
    /// # Example
    ///
    /// ```
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
    /// # use example::*;
    /// # service(async |partner| {
    /// let customer = partner.customers().by_id("4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04".parse()?);
    /// let deployment = customer.analytics().licenses().deployment().get().await?;
    /// assert_eq!(deployment.items[0].licenses_sold, Some(5));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn get(self) -> Result<Collection<CustomerLicensesDeploymentInsights>, Error> {
        let Customer { client, id } = self.customer;
        let path = format!("/v1/customers/{id}/analytics/licenses/deployment");
        client.get_at(&path, self.axes).await
    }
}

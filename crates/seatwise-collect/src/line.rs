//! Rows as the import reads them: one JSON object per line, with the columns of `seatwise import`.

use seatwise_types::{
    Channel, CustomerId, CustomerLicensesDeploymentInsights, CustomerLicensesUsageInsights,
    LicensesDeploymentRow, LicensesUsageRow, ProcessedDateTime, ServiceCode,
};
use serde::Serialize;

/// A row. Missing values are `null`; the import decides which may be missing.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Line<'a> {
    pub(crate) processed_date_time: Option<ProcessedDateTime>,
    pub(crate) service_code: Option<&'a str>,
    pub(crate) service_name: Option<&'a str>,
    pub(crate) channel: Option<&'a str>,
    pub(crate) customer_tenant_id: Option<CustomerId>,
    pub(crate) customer_name: Option<&'a str>,
    /// From the list of customers; Partner Center's rows do not have it.
    pub(crate) customer_domain: Option<&'a str>,
    pub(crate) product_id: Option<&'a str>,
    pub(crate) product_name: Option<&'a str>,
    #[serde(flatten)]
    pub(crate) figures: Figures<'a>,
}

/// The columns of one metric.
#[derive(Clone, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub(crate) enum Figures<'a> {
    Usage {
        workload_code: Option<&'a str>,
        workload_name: Option<&'a str>,
        licenses_active: Option<u64>,
        licenses_qualified: Option<u64>,
    },
    Deployment {
        licenses_deployed: Option<u64>,
        licenses_sold: Option<u64>,
    },
}

impl Line<'_> {
    /// Appends the line.
    pub(crate) fn write_to(&self, lines: &mut Vec<u8>) -> std::io::Result<()> {
        serde_json::to_writer(&mut *lines, self)?;
        lines.push(b'\n');
        Ok(())
    }
}

impl<'a> From<&'a LicensesUsageRow> for Line<'a> {
    fn from(row: &'a LicensesUsageRow) -> Self {
        Self {
            processed_date_time: row.processed_date_time,
            service_code: row.service_code.as_ref().map(ServiceCode::as_str),
            service_name: row.service_name.as_deref(),
            channel: row.channel.as_ref().map(Channel::as_str),
            customer_tenant_id: row.customer_tenant_id,
            customer_name: row.customer_name.as_deref(),
            customer_domain: None,
            product_id: row.product_id.as_deref(),
            product_name: row.product_name.as_deref(),
            figures: Figures::Usage {
                workload_code: row.workload_code.as_deref(),
                workload_name: row.workload_name.as_deref(),
                licenses_active: row.licenses_active,
                licenses_qualified: row.licenses_qualified,
            },
        }
    }
}

impl<'a> From<&'a LicensesDeploymentRow> for Line<'a> {
    fn from(row: &'a LicensesDeploymentRow) -> Self {
        Self {
            processed_date_time: row.processed_date_time,
            service_code: row.service_code.as_ref().map(ServiceCode::as_str),
            service_name: row.service_name.as_deref(),
            channel: row.channel.as_ref().map(Channel::as_str),
            customer_tenant_id: row.customer_tenant_id,
            customer_name: row.customer_name.as_deref(),
            customer_domain: None,
            product_id: row.product_id.as_deref(),
            product_name: row.product_name.as_deref(),
            figures: Figures::Deployment {
                licenses_deployed: row.licenses_deployed,
                licenses_sold: row.licenses_sold,
            },
        }
    }
}

// The answers for one customer have only the service's code, in `serviceName`, which the import
// handles. They do not have the customer, which the collector adds.

impl<'a> From<&'a CustomerLicensesUsageInsights> for Line<'a> {
    fn from(row: &'a CustomerLicensesUsageInsights) -> Self {
        Self {
            processed_date_time: Some(row.processed_date_time),
            service_code: None,
            service_name: Some(row.service_name.as_str()),
            channel: Some(row.channel.as_str()),
            customer_tenant_id: None,
            customer_name: row.customer_name.as_deref(),
            customer_domain: None,
            product_id: None,
            product_name: Some(&row.product_name),
            figures: Figures::Usage {
                workload_code: row.workload_code.as_deref(),
                workload_name: Some(&row.workload_name),
                licenses_active: row.licenses_active,
                licenses_qualified: row.licenses_qualified,
            },
        }
    }
}

impl<'a> From<&'a CustomerLicensesDeploymentInsights> for Line<'a> {
    fn from(row: &'a CustomerLicensesDeploymentInsights) -> Self {
        Self {
            processed_date_time: Some(row.processed_date_time),
            service_code: None,
            service_name: Some(row.service_name.as_str()),
            channel: Some(row.channel.as_str()),
            customer_tenant_id: None,
            customer_name: row.customer_name.as_deref(),
            customer_domain: None,
            product_id: None,
            product_name: Some(&row.product_name),
            figures: Figures::Deployment {
                licenses_deployed: row.licenses_deployed,
                licenses_sold: row.licenses_sold,
            },
        }
    }
}

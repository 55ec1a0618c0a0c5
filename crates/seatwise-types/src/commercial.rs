//! The rows of all customers, as the commercial endpoints return them.

use serde::{Deserialize, Serialize};

use crate::{Channel, CustomerId, ProcessedDateTime, ServiceCode, date, id, number};

/// A page of rows of a commercial endpoint. Only these endpoints have this envelope.
///
/// Decoding also accepts `value` or `items`, `nextLink` and `totalCount`.
///
/// # Example
///
/// ```
/// use seatwise_types::{CommercialPage, LicensesDeploymentRow, wire};
///
/// let page: CommercialPage<LicensesDeploymentRow> =
///     wire::decode(br#"{"value":[{"licensesSold":"63"}],"@nextLink":null}"#)?;
/// assert_eq!(page.value[0].licenses_sold, Some(63));
/// assert_eq!(page.value[0].licenses_deployed, None);
/// assert_eq!(page.total_count, None);
/// # Ok::<(), wire::DecodeError>(())
/// ```
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CommercialPage<T> {
    /// The rows of this page.
    #[serde(rename = "Value", alias = "value", alias = "Items", alias = "items")]
    pub value: Vec<T>,
    /// The address of the next page, absolute or relative (no documentation says which); `None` on
    /// the last page, written as `null` (documented sample).
    #[serde(rename = "@nextLink", alias = "nextLink", alias = "NextLink")]
    pub next_link: Option<String>,
    /// The number of rows on all pages.
    #[serde(rename = "TotalCount", alias = "totalCount")]
    #[serde(default, deserialize_with = "number::count")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_count: Option<u64>,
}

/// The use of one workload of one product by one customer on one processed date.
///
/// A grouped answer has only the fields that it is grouped by and the counts, so every field may
/// be missing. A missing count is not zero.
///
/// Decoding reads the active seats from `licensesActive` and from `licenseActive`, the spelling of
/// the documented sample. If both are present, `licensesActive` counts.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", from = "ReceivedUsageRow")]
pub struct LicensesUsageRow {
    /// When the figures were aggregated; written without a zone.
    #[serde(
        serialize_with = "date::serialize_zoneless",
        skip_serializing_if = "Option::is_none"
    )]
    pub processed_date_time: Option<ProcessedDateTime>,
    /// The workload's code, such as `EXO`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload_code: Option<String>,
    /// The workload's display name, such as `Exchange`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload_name: Option<String>,
    /// The service's code, such as `o365`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_code: Option<ServiceCode>,
    /// The service's display name, such as `Microsoft Office 365`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_name: Option<String>,
    /// How the licences are sold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// The customer; written in upper case (documented sample).
    #[serde(
        serialize_with = "id::serialize_upper",
        skip_serializing_if = "Option::is_none"
    )]
    pub customer_tenant_id: Option<CustomerId>,
    /// The customer's name at the processed date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<String>,
    /// The product's id, the `skuId` of Microsoft Graph. A string, because Microsoft's lists of
    /// products contain ids that are not GUIDs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// The product's name, often in capitals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_name: Option<String>,
    /// Seats used in the 28 days before the processed date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licenses_active: Option<u64>,
    /// Seats entitled to the workload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licenses_qualified: Option<u64>,
}

/// A usage row as received, with either or both spellings of the active seats.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReceivedUsageRow {
    #[serde(alias = "ProcessedDateTime")]
    processed_date_time: Option<ProcessedDateTime>,
    #[serde(alias = "WorkloadCode")]
    workload_code: Option<String>,
    #[serde(alias = "WorkloadName")]
    workload_name: Option<String>,
    #[serde(alias = "ServiceCode")]
    service_code: Option<ServiceCode>,
    #[serde(alias = "ServiceName")]
    service_name: Option<String>,
    #[serde(alias = "Channel")]
    channel: Option<Channel>,
    #[serde(alias = "CustomerTenantId")]
    customer_tenant_id: Option<CustomerId>,
    #[serde(alias = "CustomerName")]
    customer_name: Option<String>,
    #[serde(alias = "ProductId")]
    product_id: Option<String>,
    #[serde(alias = "ProductName")]
    product_name: Option<String>,
    #[serde(alias = "LicensesActive", default, deserialize_with = "number::count")]
    licenses_active: Option<u64>,
    #[serde(alias = "LicenseActive", default, deserialize_with = "number::count")]
    license_active: Option<u64>,
    #[serde(
        alias = "LicensesQualified",
        default,
        deserialize_with = "number::count"
    )]
    licenses_qualified: Option<u64>,
}

impl From<ReceivedUsageRow> for LicensesUsageRow {
    fn from(received: ReceivedUsageRow) -> Self {
        Self {
            processed_date_time: received.processed_date_time,
            workload_code: received.workload_code,
            workload_name: received.workload_name,
            service_code: received.service_code,
            service_name: received.service_name,
            channel: received.channel,
            customer_tenant_id: received.customer_tenant_id,
            customer_name: received.customer_name,
            product_id: received.product_id,
            product_name: received.product_name,
            licenses_active: received.licenses_active.or(received.license_active),
            licenses_qualified: received.licenses_qualified,
        }
    }
}

/// The deployment of one product at one customer on one processed date.
///
/// A grouped answer has only the fields that it is grouped by and the counts, so every field may
/// be missing. A missing count is not zero.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LicensesDeploymentRow {
    /// When the figures were aggregated; written without a zone.
    #[serde(alias = "ProcessedDateTime")]
    #[serde(
        serialize_with = "date::serialize_zoneless",
        skip_serializing_if = "Option::is_none"
    )]
    pub processed_date_time: Option<ProcessedDateTime>,
    /// The service's code, such as `o365`.
    #[serde(alias = "ServiceCode", skip_serializing_if = "Option::is_none")]
    pub service_code: Option<ServiceCode>,
    /// The service's display name, such as `Microsoft Office 365`.
    #[serde(alias = "ServiceName", skip_serializing_if = "Option::is_none")]
    pub service_name: Option<String>,
    /// How the licences are sold.
    #[serde(alias = "Channel", skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// The customer; written in upper case (documented sample).
    #[serde(
        alias = "CustomerTenantId",
        serialize_with = "id::serialize_upper",
        skip_serializing_if = "Option::is_none"
    )]
    pub customer_tenant_id: Option<CustomerId>,
    /// The customer's name at the processed date.
    #[serde(alias = "CustomerName", skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<String>,
    /// The product's id, the `skuId` of Microsoft Graph. A string, because Microsoft's lists of
    /// products contain ids that are not GUIDs.
    #[serde(alias = "ProductId", skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// The product's name, often in capitals.
    #[serde(alias = "ProductName", skip_serializing_if = "Option::is_none")]
    pub product_name: Option<String>,
    /// Seats assigned to users.
    #[serde(
        alias = "LicensesDeployed",
        default,
        deserialize_with = "number::count"
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licenses_deployed: Option<u64>,
    /// Seats bought, from all sellers and not only from this partner.
    #[serde(alias = "LicensesSold", default, deserialize_with = "number::count")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licenses_sold: Option<u64>,
}

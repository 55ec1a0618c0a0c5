//! The insights: licence figures of a partner and of one customer.
//!
//! Fields stand in the order of the documented samples, which are exact to the byte. In all four,
//! the member `serviceName` holds the service's code.

use serde::{Deserialize, Serialize};

use crate::{Channel, CustomerId, ProcessedDateTime, ResourceAttributes, ServiceCode, number};

/// How much of what all customers of a partner are entitled to is used, for one workload.
///
/// One row per service, channel and workload. The workload alone is no key: `SharePoint` exists
/// under `crm` and under `o365` (documented sample).
///
/// # Example
///
/// ```
/// use seatwise_types::{
///     Channel, PartnerLicensesUsageInsights, ProcessedDateTime, ServiceCode, wire,
/// };
///
/// let row = PartnerLicensesUsageInsights {
///     prorated_licenses_usage_percent: Some(61.5),
///     workload_name: "Exchange".to_owned(),
///     processed_date_time: "2017-03-09".parse()?,
///     service_name: ServiceCode::O365,
///     channel: Channel::Reseller,
///     attributes: PartnerLicensesUsageInsights::attributes(),
/// };
/// assert_eq!(
///     String::from_utf8_lossy(&wire::encode(&row)),
///     concat!(
///         r#"{"proratedLicensesUsagePercent":61.5,"workloadName":"Exchange","#,
///         r#""processedDateTime":"2017-03-09T00:00:00+00:00","serviceName":"o365","#,
///         r#""channel":"reseller","attributes":{"objectType":"PartnerLicensesUsageInsights"}}"#,
///     ),
/// );
/// # Ok::<(), seatwise_types::InvalidProcessedDateTime>(())
/// ```
///
/// # Example: a row without its key is refused
///
/// ```
/// use seatwise_types::{PartnerLicensesUsageInsights, wire};
///
/// let err = wire::decode::<PartnerLicensesUsageInsights>(b"{}").unwrap_err();
/// assert!(std::error::Error::source(&err).unwrap().to_string().contains("`workloadName`"));
/// ```
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PartnerLicensesUsageInsights {
    /// Active out of qualified seats of all customers, in percent from 0; over 100 is legal.
    /// Nothing if it did not come, which is not zero.
    #[serde(alias = "ProratedLicensesUsagePercent")]
    #[serde(default, deserialize_with = "number::percent")]
    #[serde(skip_serializing_if = "number::no_percent")]
    pub prorated_licenses_usage_percent: Option<f64>,
    /// The workload's display name, such as `Exchange`.
    #[serde(alias = "WorkloadName")]
    pub workload_name: String,
    /// When the figures were aggregated.
    #[serde(alias = "ProcessedDateTime")]
    pub processed_date_time: ProcessedDateTime,
    /// The service's code; a display name is read as the code it stands for.
    #[serde(
        alias = "ServiceName",
        deserialize_with = "ServiceCode::deserialize_name"
    )]
    pub service_name: ServiceCode,
    /// How the licences are sold.
    #[serde(alias = "Channel")]
    pub channel: Channel,
    /// Of the object type [`OBJECT_TYPE`](Self::OBJECT_TYPE).
    #[serde(
        alias = "Attributes",
        default = "PartnerLicensesUsageInsights::attributes"
    )]
    pub attributes: ResourceAttributes,
}

/// How much of what all customers of a partner have bought is assigned to users, for one service.
///
/// One row per service and channel. There is no count of deployed seats at this level.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PartnerLicensesDeploymentInsights {
    /// Deployed out of sold seats of all customers, in percent from 0. `1.0` is one percent.
    /// Nothing if it did not come, which is not zero.
    #[serde(alias = "ProratedDeploymentPercent")]
    #[serde(default, deserialize_with = "number::percent")]
    #[serde(skip_serializing_if = "number::no_percent")]
    pub prorated_deployment_percent: Option<f64>,
    /// Seats bought by all customers, from all sellers and not only from this partner.
    #[serde(alias = "LicensesSold")]
    #[serde(default, deserialize_with = "number::count")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licenses_sold: Option<u64>,
    /// When the figures were aggregated.
    #[serde(alias = "ProcessedDateTime")]
    pub processed_date_time: ProcessedDateTime,
    /// The service's code; a display name is read as the code it stands for.
    #[serde(
        alias = "ServiceName",
        deserialize_with = "ServiceCode::deserialize_name"
    )]
    pub service_name: ServiceCode,
    /// How the licences are sold.
    #[serde(alias = "Channel")]
    pub channel: Channel,
    /// Of the object type [`OBJECT_TYPE`](Self::OBJECT_TYPE).
    #[serde(
        alias = "Attributes",
        default = "PartnerLicensesDeploymentInsights::attributes"
    )]
    pub attributes: ResourceAttributes,
}

/// How much one customer uses of a workload of a product that it is entitled to.
///
/// One row per product and workload. The last three fields are documented but absent from the
/// documented sample: they are written only if they are set.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerLicensesUsageInsights {
    /// The customer's name at the processed date; nothing if it did not come.
    #[serde(alias = "CustomerName", skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<String>,
    /// The product's name, often in capitals.
    #[serde(alias = "ProductName")]
    pub product_name: String,
    /// Seats used in the 28 days before the processed date. Nothing if it did not come, which is
    /// not zero.
    #[serde(alias = "LicensesActive")]
    #[serde(default, deserialize_with = "number::count")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licenses_active: Option<u64>,
    /// Seats entitled to the workload. Nothing if it did not come, which is not zero.
    #[serde(alias = "LicensesQualified")]
    #[serde(default, deserialize_with = "number::count")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licenses_qualified: Option<u64>,
    /// Active out of qualified seats, in percent from 0; over 100 is legal. Nothing if it did not
    /// come, which is not zero.
    #[serde(alias = "UsagePercent")]
    #[serde(default, deserialize_with = "number::percent")]
    #[serde(skip_serializing_if = "number::no_percent")]
    pub usage_percent: Option<f64>,
    /// The workload's display name, such as `Exchange`.
    #[serde(alias = "WorkloadName")]
    pub workload_name: String,
    /// When the figures were aggregated.
    #[serde(alias = "ProcessedDateTime")]
    pub processed_date_time: ProcessedDateTime,
    /// The service's code; a display name is read as the code it stands for.
    #[serde(
        alias = "ServiceName",
        deserialize_with = "ServiceCode::deserialize_name"
    )]
    pub service_name: ServiceCode,
    /// How the licences are sold.
    #[serde(alias = "Channel")]
    pub channel: Channel,
    /// Of the object type [`OBJECT_TYPE`](Self::OBJECT_TYPE).
    #[serde(
        alias = "Attributes",
        default = "CustomerLicensesUsageInsights::attributes"
    )]
    pub attributes: ResourceAttributes,
    /// The customer; the id in the request's path is the one to rely on.
    #[serde(alias = "CustomerId", skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
    /// The service's code once more.
    #[serde(alias = "ServiceCode", skip_serializing_if = "Option::is_none")]
    pub service_code: Option<ServiceCode>,
    /// The workload's code, such as `EXO`.
    #[serde(alias = "WorkloadCode", skip_serializing_if = "Option::is_none")]
    pub workload_code: Option<String>,
}

/// How much one customer has assigned of a product that it has bought.
///
/// One row per product. The last two fields are documented but absent from the documented sample:
/// they are written only if they are set.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerLicensesDeploymentInsights {
    /// The customer's name at the processed date; nothing if it did not come.
    #[serde(alias = "CustomerName", skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<String>,
    /// The product's name, often in capitals.
    #[serde(alias = "ProductName")]
    pub product_name: String,
    /// Seats assigned to users. Nothing if it did not come, which is not zero.
    #[serde(alias = "LicensesDeployed")]
    #[serde(default, deserialize_with = "number::count")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licenses_deployed: Option<u64>,
    /// Deployed out of sold seats, in percent from 0. Nothing if it did not come, which is not
    /// zero.
    #[serde(alias = "DeploymentPercent")]
    #[serde(default, deserialize_with = "number::percent")]
    #[serde(skip_serializing_if = "number::no_percent")]
    pub deployment_percent: Option<f64>,
    /// Seats bought, from all sellers and not only from this partner. Nothing if it did not come,
    /// which is not zero.
    #[serde(alias = "LicensesSold")]
    #[serde(default, deserialize_with = "number::count")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licenses_sold: Option<u64>,
    /// When the figures were aggregated.
    #[serde(alias = "ProcessedDateTime")]
    pub processed_date_time: ProcessedDateTime,
    /// The service's code; a display name is read as the code it stands for.
    #[serde(
        alias = "ServiceName",
        deserialize_with = "ServiceCode::deserialize_name"
    )]
    pub service_name: ServiceCode,
    /// How the licences are sold.
    #[serde(alias = "Channel")]
    pub channel: Channel,
    /// Of the object type [`OBJECT_TYPE`](Self::OBJECT_TYPE).
    #[serde(
        alias = "Attributes",
        default = "CustomerLicensesDeploymentInsights::attributes"
    )]
    pub attributes: ResourceAttributes,
    /// The customer; the id in the request's path is the one to rely on.
    #[serde(alias = "CustomerId", skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
    /// The service's code once more.
    #[serde(alias = "ServiceCode", skip_serializing_if = "Option::is_none")]
    pub service_code: Option<ServiceCode>,
}

macro_rules! object_types {
    ($($name:ident),+) => {
        $(impl $name {
            /// The value of `attributes.objectType`.
            pub const OBJECT_TYPE: &'static str = stringify!($name);

            /// The attributes of every such row.
            pub fn attributes() -> ResourceAttributes {
                ResourceAttributes::new(Self::OBJECT_TYPE)
            }
        })+
    };
}

object_types!(
    PartnerLicensesUsageInsights,
    PartnerLicensesDeploymentInsights,
    CustomerLicensesUsageInsights,
    CustomerLicensesDeploymentInsights
);

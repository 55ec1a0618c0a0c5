//! The licence figures of a partner and of one customer.
//!
//! Fields are in the order of the documented samples, which are exact to the byte. In all four, the
//! member `serviceName` has the service's code.

use serde::{Deserialize, Serialize};

use crate::{Channel, CustomerId, ProcessedDateTime, ResourceAttributes, ServiceCode, number};

/// The usage of one workload by all customers of a partner.
///
/// One row per service, channel and workload. The workload alone is not a key: `SharePoint` exists
/// under `crm` and `o365` (documented sample).
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
    /// Active seats of qualified seats of all customers, in percent: 0 or more, and over 100 is
    /// valid. `None` if absent, which is not zero.
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
    /// The service's code. Decoding turns a display name into its code.
    #[serde(
        alias = "ServiceName",
        deserialize_with = "ServiceCode::deserialize_name"
    )]
    pub service_name: ServiceCode,
    /// How the licences are sold.
    #[serde(alias = "Channel")]
    pub channel: Channel,
    /// Has the object type [`OBJECT_TYPE`](Self::OBJECT_TYPE).
    #[serde(
        alias = "Attributes",
        default = "PartnerLicensesUsageInsights::attributes"
    )]
    pub attributes: ResourceAttributes,
}

/// The deployment of one service by all customers of a partner.
///
/// One row per service and channel. This level has no count of deployed seats.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PartnerLicensesDeploymentInsights {
    /// Deployed seats of sold seats of all customers, in percent from 0; `1.0` is one percent.
    /// `None` if absent, which is not zero.
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
    /// The service's code. Decoding turns a display name into its code.
    #[serde(
        alias = "ServiceName",
        deserialize_with = "ServiceCode::deserialize_name"
    )]
    pub service_name: ServiceCode,
    /// How the licences are sold.
    #[serde(alias = "Channel")]
    pub channel: Channel,
    /// Has the object type [`OBJECT_TYPE`](Self::OBJECT_TYPE).
    #[serde(
        alias = "Attributes",
        default = "PartnerLicensesDeploymentInsights::attributes"
    )]
    pub attributes: ResourceAttributes,
}

/// The usage of one workload of one product by one customer.
///
/// One row per product and workload. The last three fields are documented but absent from the
/// documented sample. They are written only if set.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerLicensesUsageInsights {
    /// The customer's name at the processed date; `None` if absent.
    #[serde(alias = "CustomerName", skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<String>,
    /// The product's name, often in capitals.
    #[serde(alias = "ProductName")]
    pub product_name: String,
    /// Seats used in the 28 days before the processed date. `None` if absent, which is not zero.
    #[serde(alias = "LicensesActive")]
    #[serde(default, deserialize_with = "number::count")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licenses_active: Option<u64>,
    /// Seats entitled to the workload. `None` if absent, which is not zero.
    #[serde(alias = "LicensesQualified")]
    #[serde(default, deserialize_with = "number::count")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licenses_qualified: Option<u64>,
    /// Active seats of qualified seats, in percent: 0 or more, and over 100 is valid. `None` if
    /// absent, which is not zero.
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
    /// The service's code. Decoding turns a display name into its code.
    #[serde(
        alias = "ServiceName",
        deserialize_with = "ServiceCode::deserialize_name"
    )]
    pub service_name: ServiceCode,
    /// How the licences are sold.
    #[serde(alias = "Channel")]
    pub channel: Channel,
    /// Has the object type [`OBJECT_TYPE`](Self::OBJECT_TYPE).
    #[serde(
        alias = "Attributes",
        default = "CustomerLicensesUsageInsights::attributes"
    )]
    pub attributes: ResourceAttributes,
    /// The customer. Rely on the id in the request's path instead.
    #[serde(alias = "CustomerId", skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
    /// The service's code again.
    #[serde(alias = "ServiceCode", skip_serializing_if = "Option::is_none")]
    pub service_code: Option<ServiceCode>,
    /// The workload's code, such as `EXO`.
    #[serde(alias = "WorkloadCode", skip_serializing_if = "Option::is_none")]
    pub workload_code: Option<String>,
}

/// The deployment of one product by one customer.
///
/// One row per product. The last two fields are documented but absent from the documented sample.
/// They are written only if set.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerLicensesDeploymentInsights {
    /// The customer's name at the processed date; `None` if absent.
    #[serde(alias = "CustomerName", skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<String>,
    /// The product's name, often in capitals.
    #[serde(alias = "ProductName")]
    pub product_name: String,
    /// Seats assigned to users. `None` if absent, which is not zero.
    #[serde(alias = "LicensesDeployed")]
    #[serde(default, deserialize_with = "number::count")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licenses_deployed: Option<u64>,
    /// Deployed seats of sold seats, in percent from 0. `None` if absent, which is not zero.
    #[serde(alias = "DeploymentPercent")]
    #[serde(default, deserialize_with = "number::percent")]
    #[serde(skip_serializing_if = "number::no_percent")]
    pub deployment_percent: Option<f64>,
    /// Seats bought, from all sellers and not only from this partner. `None` if absent, which is
    /// not zero.
    #[serde(alias = "LicensesSold")]
    #[serde(default, deserialize_with = "number::count")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licenses_sold: Option<u64>,
    /// When the figures were aggregated.
    #[serde(alias = "ProcessedDateTime")]
    pub processed_date_time: ProcessedDateTime,
    /// The service's code. Decoding turns a display name into its code.
    #[serde(
        alias = "ServiceName",
        deserialize_with = "ServiceCode::deserialize_name"
    )]
    pub service_name: ServiceCode,
    /// How the licences are sold.
    #[serde(alias = "Channel")]
    pub channel: Channel,
    /// Has the object type [`OBJECT_TYPE`](Self::OBJECT_TYPE).
    #[serde(
        alias = "Attributes",
        default = "CustomerLicensesDeploymentInsights::attributes"
    )]
    pub attributes: ResourceAttributes,
    /// The customer. Rely on the id in the request's path instead.
    #[serde(alias = "CustomerId", skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
    /// The service's code again.
    #[serde(alias = "ServiceCode", skip_serializing_if = "Option::is_none")]
    pub service_code: Option<ServiceCode>,
}

macro_rules! object_types {
    ($($name:ident),+) => {
        $(impl $name {
            /// The value of `attributes.objectType`.
            pub const OBJECT_TYPE: &'static str = stringify!($name);

            /// The attributes of each such row.
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

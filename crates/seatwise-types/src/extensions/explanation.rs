//! The explanation of a figure.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::words::words;
use super::{Metric, Page};
use crate::{Channel, CustomerId, ProcessedDateTime, ServiceCode, number};

/// A figure with everything that it consists of: `GET /seatwise/v1/explain`.
///
/// The figure is the sum of the [`rows`](Self::rows) of all pages. Its percent is the
/// [exact one](Self::exact_percent) rounded to two decimals, halves away from zero.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The metric.
    pub metric: Metric,
    /// The service's code, an open set.
    pub service_code: ServiceCode,
    /// How the licences are sold, an open set.
    pub channel: Channel,
    /// The workload, as requested; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload: Option<String>,
    /// The customer; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
    /// The product, as requested; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// The day of the answer, if the request named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
    /// The instant that the request named, or else when the newest delivery in the answer was
    /// recorded; `None` if there is none. With this instant as `knownAt`, the answer never changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<Timestamp>,
    /// The version of the Delta table after the last delivery known at that instant. Any Delta
    /// reader finds the same rows in it.
    pub table_version: u64,
    /// Seats active or deployed; `None` if no row counts, which is not zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numerator: Option<u64>,
    /// Seats qualified or sold; `None` if no row counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denominator: Option<u64>,
    /// The percent before rounding, as a fraction in lowest terms such as `250/9`; `None` if the
    /// denominator is 0 or absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[0-9]+/[1-9][0-9]*$")))]
    pub exact_percent: Option<String>,
    /// The percent; `0.0` if the denominator is 0, `None` if no row counts.
    #[serde(default, skip_serializing_if = "number::no_percent")]
    pub percent: Option<f64>,
    /// The newest processed date among the rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processed_date_time: Option<ProcessedDateTime>,
    /// Why the figure is over 100 %, or 0.0, as far as the rows show.
    pub reasons: Vec<Reason>,
    /// The deliveries of these rows, in the order of their customers.
    pub deliveries: Page<ExplainedDelivery>,
    /// The rows that add up to the figure, in the order of their deliveries.
    pub rows: Page<ExplainedRow>,
    /// What is not in the figure, and why.
    pub left_out: Page<LeftOut>,
    /// Path and query of the next page of the three lists; `None` on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_link: Option<String>,
}

/// A reason why a figure is over 100 %, or 0.0.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// The kind of reason.
    pub code: ReasonCode,
    /// The number of rows that it applies to.
    pub rows: u64,
    /// How many seats their numerators exceed their denominators by.
    pub excess: u64,
}

words! {
    /// Why a percent is over 100, or 0.0 because it is undefined.
    ReasonCode {
        /// Seats are active and none is qualified: a trial, which is active without an entitlement.
        QualifiedZero = "qualifiedZero",
        /// More seats are active than qualified: a seat moved to another user within the 28 days,
        /// a second subscription is in its grace period, or use goes beyond the entitlement.
        ActiveOverQualified = "activeOverQualified",
        /// Seats are deployed and none is sold.
        SoldZero = "soldZero",
        /// More seats are deployed than sold.
        DeployedOverSold = "deployedOverSold",
        /// No seat is qualified or sold in all rows together: the percent is 0.0 by definition.
        DenominatorZero = "denominatorZero",
    }
}

/// A delivery with rows in a figure.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ExplainedDelivery {
    /// The customer: the id of its tenant.
    pub customer_id: CustomerId,
    /// The customer's newest name.
    pub customer_name: String,
    /// The day of the delivery.
    pub processed_date: Date,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Its number in the table: `delivery_id`.
    #[cfg_attr(feature = "schema", schemars(range(min = 0)))]
    pub delivery: i64,
    /// How many of its rows are in the figure.
    pub rows: u64,
    /// The sum of their seats active or deployed.
    pub numerator: u64,
    /// The sum of their seats qualified or sold.
    pub denominator: u64,
}

/// A row of a figure.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ExplainedRow {
    /// The number of its delivery.
    #[cfg_attr(feature = "schema", schemars(range(min = 0)))]
    pub delivery: i64,
    /// The customer: the id of its tenant.
    pub customer_id: CustomerId,
    /// The product's id; `None` if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// The product's name.
    pub product_name: String,
    /// The workload's code; `None` if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload_code: Option<String>,
    /// The workload's name; `None` for deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload_name: Option<String>,
    /// Seats active or deployed.
    pub numerator: u64,
    /// Seats qualified or sold.
    pub denominator: u64,
}

words! {
    /// Why something is left out of a figure.
    LeftOutReason {
        /// The customer's newest delivery is too old to count.
        Late = "late",
        /// A later delivery of the same day counts instead.
        Superseded = "superseded",
        /// The product, or this workload of it, was in the customer's previous delivery and is not
        /// in its newest one.
        VanishedProduct = "vanishedProduct",
        /// The seats are sold through another channel, which has a separate figure.
        OtherChannel = "otherChannel",
    }
}

/// Something that a reader might expect in a figure, but that is left out.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    /// The reason.
    pub reason: LeftOutReason,
    /// The customer; `None` for another channel, where all customers are added up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
    /// The customer's newest name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<String>,
    /// The other channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// The product that vanished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_name: Option<String>,
    /// The day of the delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processed_date: Option<Date>,
    /// When the delivery was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_at: Option<Timestamp>,
    /// The number of the delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0)))]
    pub delivery: Option<i64>,
    /// Seats active or deployed that are left out.
    pub numerator: u64,
    /// Seats qualified or sold that are left out.
    pub denominator: u64,
}

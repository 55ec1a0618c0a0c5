//! Why a figure is what it is.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::words::words;
use super::{Metric, Page};
use crate::{Channel, CustomerId, ProcessedDateTime, ServiceCode, number};

/// A figure with all that it is made of: `GET /seatwise/v1/explain`.
///
/// The figure is the sum of the [`rows`](Self::rows) of all pages, and
/// [`exact_percent`](Self::exact_percent) rounded to two decimals, halves away from zero.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Which figure.
    pub metric: Metric,
    /// The service's code.
    pub service_code: ServiceCode,
    /// How the licences are sold.
    pub channel: Channel,
    /// The workload, as it was asked for; all of them if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload: Option<String>,
    /// The customer; all of them if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
    /// The product, as it was asked for; all of them if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// The day that it is for, if one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
    /// When the newest delivery in the answer was recorded, or the instant that was asked for. Asked with
    /// it, the answer never changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<Timestamp>,
    /// The version of the Delta table after the last delivery that was known then: read with any
    /// tool, it holds nothing else.
    pub table_version: u64,
    /// Seats active or deployed; nothing if no row counts, which is not zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numerator: Option<u64>,
    /// Seats qualified or sold; nothing if no row counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denominator: Option<u64>,
    /// The percent before it is rounded, as a fraction in lowest terms, such as `250/9`; nothing
    /// where the denominator is 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exact_percent: Option<String>,
    /// The percent; `0.0` where the denominator is 0, nothing if no row counts.
    #[serde(default, skip_serializing_if = "number::no_percent")]
    pub percent: Option<f64>,
    /// The newest processed date among the rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processed_date_time: Option<ProcessedDateTime>,
    /// What lifts the figure, or makes it 0.0: as much as the rows can tell.
    pub reasons: Vec<Reason>,
    /// The deliveries that its rows came with, in the order of their customers.
    pub deliveries: Page<ExplainedDelivery>,
    /// The rows that are added up, in the order of their deliveries.
    pub rows: Page<ExplainedRow>,
    /// What is not in it, and why.
    pub left_out: Page<LeftOut>,
    /// Path and query of the next page of the three lists; nothing on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_link: Option<String>,
}

/// Why a figure is over 100 %, or would be without the others.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// What it is.
    pub code: ReasonCode,
    /// In how many rows.
    pub rows: u64,
    /// How many more seats they have in the numerator than in the denominator.
    pub excess: u64,
}

words! {
    /// What the rows tell about a percent over 100, or one of 0.0 that means "undefined".
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

/// A delivery that a figure is made of.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedDelivery {
    /// The customer.
    pub customer_id: CustomerId,
    /// The customer's newest name.
    pub customer_name: String,
    /// The day of the delivery.
    pub processed_date: Date,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Its number in the table: `delivery_id`.
    pub delivery: i64,
    /// How many of its rows are added up.
    pub rows: u64,
    /// The sum of their seats active or deployed.
    pub numerator: u64,
    /// The sum of their seats qualified or sold.
    pub denominator: u64,
}

/// A row that a figure is made of.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedRow {
    /// The number of its delivery.
    pub delivery: i64,
    /// The customer.
    pub customer_id: CustomerId,
    /// The product's id, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// The product's name.
    pub product_name: String,
    /// The workload's code, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload_code: Option<String>,
    /// The workload's name; deployment has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload_name: Option<String>,
    /// Seats active or deployed.
    pub numerator: u64,
    /// Seats qualified or sold.
    pub denominator: u64,
}

words! {
    /// Why something is not in a figure.
    LeftOutReason {
        /// The customer's newest delivery is too old to count.
        Late = "late",
        /// The delivery says something else than a later one of the same day, which counts.
        Superseded = "superseded",
        /// The product, or this workload of it, was in the customer's delivery before, and is not in
        /// its newest one.
        VanishedProduct = "vanishedProduct",
        /// The seats are sold through another channel, which has a figure of its own.
        OtherChannel = "otherChannel",
    }
}

/// Something that one might look for in a figure, and that is not in it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    /// Why.
    pub reason: LeftOutReason,
    /// The customer; of another channel all customers are added up.
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
    pub delivery: Option<i64>,
    /// Seats active or deployed that are left out.
    pub numerator: u64,
    /// Seats qualified or sold that are left out.
    pub denominator: u64,
}

//! Figures over time, date by date.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::words::words;
use super::{By, Metric, Step};
use crate::{Channel, CustomerId, ProcessedDateTime, ServiceCode, number};

/// Figures over time: `GET /seatwise/v1/history`.
///
/// The figure at each date is the answer with `asOf` that date. Each figure covers 28 days, so
/// figures of neighbouring dates overlap: do not add them up.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct History {
    /// The metric.
    pub metric: Metric,
    /// What each series is about.
    pub by: By,
    /// The distance between dates.
    pub step: Step,
    /// The first day, as requested.
    pub from: Date,
    /// The last day, as requested.
    pub to: Date,
    /// The instant that the request named, or else when the newest delivery in the answer was
    /// recorded; `None` if there is none. With this instant as `knownAt`, the answer never changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<Timestamp>,
    /// One series for each service and channel, and each customer, workload or product if
    /// requested, that has a figure at one of the dates.
    pub series: Vec<HistorySeries>,
}

/// One series of a history.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HistorySeries {
    /// The service's code, an open set.
    pub service_code: ServiceCode,
    /// How the licences are sold, an open set.
    pub channel: Channel,
    /// The customer, in series by customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
    /// The customer's newest name among these dates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<String>,
    /// The workload's code, in series by workload; `None` if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload_code: Option<String>,
    /// The workload's newest name among these dates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload_name: Option<String>,
    /// The product's id, in series by product; `None` if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// The product's newest name among these dates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_name: Option<String>,
    /// One point for each date, in order.
    pub points: Vec<HistoryPoint>,
}

/// The figure at a date, or why there is none.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HistoryPoint {
    /// The date: the last day of a step.
    pub date: Date,
    /// Seats active or deployed; `None` in a gap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numerator: Option<u64>,
    /// Seats qualified or sold; `None` in a gap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denominator: Option<u64>,
    /// The numerator in percent of the denominator; `None` in a gap.
    #[serde(default, skip_serializing_if = "number::no_percent")]
    pub percent: Option<f64>,
    /// The newest processed date of the rows in the figure; `None` in a gap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processed_date_time: Option<ProcessedDateTime>,
    /// Why there is no figure; `None` if there is one. Either nothing of the service and channel was
    /// delivered since the previous date, or no row of this series counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<Gap>,
}

words! {
    /// Why a date has no figure. A gap is not zero.
    Gap {
        /// The service and channel had no delivery since the previous date.
        NoDelivery = "noDelivery",
        /// There were deliveries, but no row of this series counts: it does not exist yet, it is
        /// gone, or its customers are late.
        NoRows = "noRows",
    }
}

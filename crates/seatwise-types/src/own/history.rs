//! How figures went, date by date.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::words::words;
use super::{By, Metric, Step};
use crate::{Channel, CustomerId, ProcessedDateTime, ServiceCode, number};

/// Figures over time: `GET /seatwise/v1/history`.
///
/// At each date a figure is the answer `asOf` that date. It looks back 28
/// days as every figure does, so those of neighbouring dates overlap and are never to be added up.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct History {
    /// Which figures.
    pub metric: Metric,
    /// What the figures are of.
    pub by: By,
    /// How far the dates are apart.
    pub step: Step,
    /// The first day that was asked for.
    pub from: Date,
    /// The last one.
    pub to: Date,
    /// When the newest delivery in the answer was recorded, or the instant that was asked for. Asked with
    /// it, the answer never changes. Nothing if nothing was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<Timestamp>,
    /// One for each service, channel, and customer, workload or product if it is by these, that has a
    /// figure at one of the dates.
    pub series: Vec<HistorySeries>,
}

/// One line of a history.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HistorySeries {
    /// The service's code.
    pub service_code: ServiceCode,
    /// How the licences are sold.
    pub channel: Channel,
    /// The customer, if figures are by customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
    /// The customer's newest name among these dates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<String>,
    /// The workload's code, if figures are by workload and it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload_code: Option<String>,
    /// The workload's newest name among these dates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload_name: Option<String>,
    /// The product's id, if figures are by product and it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// The product's newest name among these dates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_name: Option<String>,
    /// One for each date, in their order.
    pub points: Vec<HistoryPoint>,
}

/// The figure at a date, or why there is none.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryPoint {
    /// The date: the last day of a step.
    pub date: Date,
    /// Seats active or deployed; nothing in a gap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numerator: Option<u64>,
    /// Seats qualified or sold; nothing in a gap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denominator: Option<u64>,
    /// The one in percent of the other; nothing in a gap.
    #[serde(default, skip_serializing_if = "number::no_percent")]
    pub percent: Option<f64>,
    /// The newest processed date among the rows that were added up; nothing in a gap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processed_date_time: Option<ProcessedDateTime>,
    /// Why there is no figure, if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<Gap>,
}

words! {
    /// Why a date has no figure, which is not a figure of zero.
    Gap {
        /// Nothing of this service and channel was delivered since the date before.
        NoDelivery = "noDelivery",
        /// Something was delivered, but no row of this counts: it is not there yet, it is gone, or
        /// its customers are late.
        NoRows = "noRows",
    }
}

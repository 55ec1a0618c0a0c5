//! The changes between two answers, and replaced deliveries.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::words::words;
use super::{Metric, Month, Page};
use crate::{Channel, CustomerId, ServiceCode, number};

/// The bridge between two answers: `GET /seatwise/v1/changes`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Changes {
    /// The metric of the figures.
    pub metric: Metric,
    /// The day of the first answer.
    pub from: Date,
    /// The month, if the request named one: `from` is then the newest day in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_month: Option<Month>,
    /// The day of the second answer.
    pub to: Date,
    /// The month, if the request named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_month: Option<Month>,
    /// The instant on the known-at axis of the first answer, if the request named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_known_at: Option<Timestamp>,
    /// The instant on the known-at axis of the second answer, if the request named one or asked for
    /// customers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_known_at: Option<Timestamp>,
    /// One element for each service, channel and workload in either answer.
    pub changes: Vec<Change>,
    /// Path and query of the next page of customers; `None` on the last page, and if the request
    /// asked for no customers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_link: Option<String>,
}

/// How one figure changed between the two answers.
///
/// The points of all steps add up exactly to the difference of the two percents: each step's points
/// are the difference of two consecutive percents, rounded to two decimals.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The service's code, an open set.
    pub service_code: ServiceCode,
    /// How the licences are sold, an open set.
    pub channel: Channel,
    /// The workload's newest name; `None` for deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload_name: Option<String>,
    /// The figure of the first answer.
    pub from: ChangeFigure,
    /// The figure of the second answer.
    pub to: ChangeFigure,
    /// The difference of the two percents, in percentage points. An absent figure counts as 0.
    pub points: f64,
    /// The steps from the first figure to the second, always in this order.
    pub steps: Vec<ChangeStep>,
    /// The customers with a part in a step, largest effect first; `None` if the request did not ask
    /// for them. For each step, the points and the seats of all customers add up to those of the
    /// step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customers: Option<Page<CustomerChange>>,
}

/// A figure at one end of a bridge.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChangeFigure {
    /// Seats active or deployed.
    pub numerator: u64,
    /// Seats qualified or sold.
    pub denominator: u64,
    /// The percent; `None` if the answer has no such figure.
    #[serde(default, skip_serializing_if = "number::no_percent")]
    pub percent: Option<f64>,
}

words! {
    /// The cause of a step, in the order of the bridge.
    Cause {
        /// The second answer knows other deliveries of the first answer's day: restatements, and
        /// deliveries that were recorded later.
        Restated = "restated",
        /// Customers that count in one of the answers and are late in the other.
        Late = "late",
        /// Customers that have seats in the second answer only.
        NewCustomers = "newCustomers",
        /// Customers that have seats in the first answer only.
        LostCustomers = "lostCustomers",
        /// The remaining customers have more or fewer seats qualified or sold.
        Seats = "seats",
        /// The remaining customers have more or fewer seats active or deployed.
        Use = "use",
    }
}

/// One step of a bridge.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChangeStep {
    /// The cause.
    pub cause: Cause,
    /// The number of customers with a part in the step.
    pub customers: u64,
    /// The growth of the numerator.
    pub numerator: i64,
    /// The growth of the denominator.
    pub denominator: i64,
    /// The growth of the percent, in points to two decimals.
    pub points: f64,
}

/// The part of one customer in the bridge of a figure.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CustomerChange {
    /// The customer: the id of its tenant.
    pub customer_id: CustomerId,
    /// Its newest name in the answers.
    pub customer_name: String,
    /// The points by which it moved the percent: the sum of its steps, to two decimals.
    pub points: f64,
    /// The same to six decimals, before rounding makes the points add up. Customers are ordered by
    /// it.
    pub effect: f64,
    /// The steps in which it has a part, in the order of the bridge.
    pub steps: Vec<CustomerStep>,
}

/// The part of one customer in a step of a bridge.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CustomerStep {
    /// The cause.
    pub cause: Cause,
    /// The growth of its numerator.
    pub numerator: i64,
    /// The growth of its denominator.
    pub denominator: i64,
    /// The points by which it moved the percent, to two decimals: at most 0.01 from its effect on
    /// this step.
    pub points: f64,
}

/// The deliveries that were replaced: `GET /seatwise/v1/changes/restatements`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Restatements {
    /// The metric.
    pub metric: Metric,
    /// The first day of units.
    pub from: Date,
    /// The last day of units.
    pub to: Date,
    /// The instant that the request named, or else when the newest delivery in the answer was
    /// recorded; `None` if there is none. With this instant as `knownAt`, the answer never changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<Timestamp>,
    /// Units with more than one version, newest version first.
    pub units: Page<RestatedUnit>,
    /// Path and query of the next page; `None` on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_link: Option<String>,
}

/// A unit with all its versions.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RestatedUnit {
    /// The service's code, an open set.
    pub service_code: ServiceCode,
    /// How the licences are sold, an open set.
    pub channel: Channel,
    /// The customer: the id of its tenant.
    pub customer_id: CustomerId,
    /// The customer's name in the last version.
    pub customer_name: String,
    /// The day.
    pub processed_date: Date,
    /// The versions in order; the last one counts.
    pub versions: Vec<DeliveryVersion>,
}

/// One version of a unit.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeliveryVersion {
    /// The number of the delivery.
    #[cfg_attr(feature = "schema", schemars(range(min = 0)))]
    pub delivery: i64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The number of rows; 0 if the delivery says that the customer has none.
    pub rows: u64,
    /// The sum of its seats active or deployed.
    pub numerator: u64,
    /// The sum of its seats qualified or sold.
    pub denominator: u64,
}

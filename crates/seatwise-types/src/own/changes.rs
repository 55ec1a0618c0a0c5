//! What changed between two answers, and deliveries that were replaced.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::words::words;
use super::{Metric, Month, Page};
use crate::{Channel, CustomerId, ServiceCode, number};

/// The bridge between two answers: `GET /seatwise/v1/changes`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Changes {
    /// Which figures.
    pub metric: Metric,
    /// The day of the first answer.
    pub from: Date,
    /// The month that was asked for, if it was one: the day is the newest one in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_month: Option<Month>,
    /// The day of the second answer.
    pub to: Date,
    /// The month that was asked for, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_month: Option<Month>,
    /// What was known for the first answer, if it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_known_at: Option<Timestamp>,
    /// What was known for the second one, if it was asked for, or if customers were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_known_at: Option<Timestamp>,
    /// One for each service, channel and workload that is in one of the answers.
    pub changes: Vec<Change>,
    /// Path and query of the next page of customers; nothing on the last one, and where no customers
    /// were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_link: Option<String>,
}

/// How one figure came from one answer to the other.
///
/// The points of all steps together are the difference of the two percents, exactly: each step's
/// are the difference of two percents to two decimals, one after the other.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The service's code.
    pub service_code: ServiceCode,
    /// How the licences are sold.
    pub channel: Channel,
    /// The workload's newest name; deployment has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload_name: Option<String>,
    /// The figure of the first answer.
    pub from: ChangeFigure,
    /// That of the second one.
    pub to: ChangeFigure,
    /// The difference of the two percents, in points; that of an absent figure counts as 0.
    pub points: f64,
    /// What leads from the one to the other, always in this order.
    pub steps: Vec<ChangeStep>,
    /// The customers that have a part in a step, those with the largest effects first, if they were
    /// asked for. Of each step the points of all customers together are those of the step, and so are
    /// their seats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customers: Option<Page<CustomerChange>>,
}

/// A figure at one end of a bridge.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeFigure {
    /// Seats active or deployed.
    pub numerator: u64,
    /// Seats qualified or sold.
    pub denominator: u64,
    /// The percent; nothing if the answer has no such figure.
    #[serde(default, skip_serializing_if = "number::no_percent")]
    pub percent: Option<f64>,
}

words! {
    /// What leads from one answer to another, in the order in which it is counted.
    Cause {
        /// What was known for the second answer about the day of the first one is not what was
        /// known for the first: restatements, and deliveries that came later.
        Restated = "restated",
        /// Customers that count in one of the answers and are late in the other.
        Late = "late",
        /// Customers that have seats in the second answer only.
        NewCustomers = "newCustomers",
        /// Customers that have seats in the first answer only.
        LostCustomers = "lostCustomers",
        /// The others have more or fewer seats qualified or sold.
        Seats = "seats",
        /// The others have more or fewer seats active or deployed.
        Use = "use",
    }
}

/// One step of a bridge.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeStep {
    /// What changed.
    pub cause: Cause,
    /// How many customers it is about.
    pub customers: u64,
    /// By how much the numerator grew.
    pub numerator: i64,
    /// By how much the denominator grew.
    pub denominator: i64,
    /// By how many points the percent grew, to two decimals.
    pub points: f64,
}

/// What one customer has to do with the bridge of a figure.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerChange {
    /// The customer.
    pub customer_id: CustomerId,
    /// Its newest name in the answers.
    pub customer_name: String,
    /// By how many points it moved the percent: the sum of its steps, to two decimals.
    pub points: f64,
    /// The same before it is rounded to what adds up, to six decimals. Customers are ordered by it.
    pub effect: f64,
    /// The steps that it has a part in, in their order.
    pub steps: Vec<CustomerStep>,
}

/// What one customer has to do with a step of a bridge.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerStep {
    /// What changed.
    pub cause: Cause,
    /// By how much its numerator grew.
    pub numerator: i64,
    /// By how much its denominator grew.
    pub denominator: i64,
    /// By how many points it moved the percent, to two decimals: at most 0.01 away from its effect on
    /// this step.
    pub points: f64,
}

/// Deliveries that were replaced: `GET /seatwise/v1/changes/restatements`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Restatements {
    /// Which figures.
    pub metric: Metric,
    /// The first day of units.
    pub from: Date,
    /// The last one.
    pub to: Date,
    /// When the newest delivery in the answer was recorded, or the instant that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<Timestamp>,
    /// Units with more than one version, those with the newest versions first.
    pub units: Page<RestatedUnit>,
    /// Path and query of the next page; nothing on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_link: Option<String>,
}

/// A unit with all its versions.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RestatedUnit {
    /// The service's code.
    pub service_code: ServiceCode,
    /// How the licences are sold.
    pub channel: Channel,
    /// The customer.
    pub customer_id: CustomerId,
    /// The customer's name in the last version.
    pub customer_name: String,
    /// The day.
    pub processed_date: Date,
    /// The versions in their order; the last one counts.
    pub versions: Vec<DeliveryVersion>,
}

/// One version of a unit.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryVersion {
    /// The number of the delivery.
    pub delivery: i64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// How many rows it has; none if it says that the customer has nothing there.
    pub rows: u64,
    /// The sum of its seats active or deployed.
    pub numerator: u64,
    /// The sum of its seats qualified or sold.
    pub denominator: u64,
}

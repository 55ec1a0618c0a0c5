//! Whether the figures are complete.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::words::words;
use super::{LastCollection, Metric, Page};
use crate::{Channel, CustomerId, ServiceCode};

/// Which customers are in the figures and which are not: `GET /seatwise/v1/coverage`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    /// The metric.
    pub metric: Metric,
    /// The day of the answer, if the request named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
    /// The instant of the answer: the one that the request named, or when the last delivery of
    /// either metric was recorded; `None` if there is none. With this instant as `knownAt`, the
    /// answer never changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<Timestamp>,
    /// One element for each service and channel.
    pub services: Vec<ServiceCoverage>,
    /// The partner's newest collection at present; `None` if none is recorded, and in an answer to
    /// a request with `knownAt`, which never changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_collection: Option<LastCollection>,
    /// The customers that are not in the figures.
    pub left_out: Page<UncoveredCustomer>,
    /// Path and query of the next page of them; `None` on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_link: Option<String>,
}

/// Which customers are in the figures of one service and channel.
///
/// Each seat counts once: for deployment, the seats sold; for usage, the seats qualified for the
/// largest workload of each product of a customer.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ServiceCoverage {
    /// The service's code, an open set.
    pub service_code: ServiceCode,
    /// How the licences are sold, an open set.
    pub channel: Channel,
    /// Customers that are current, late or missing.
    pub expected: u64,
    /// Customers whose newest delivery counts, even if it is empty.
    pub current: u64,
    /// Customers whose newest delivery is too old to count.
    pub late: u64,
    /// Customers that have current seats here in the other metric, and never had a delivery of this
    /// one.
    pub missing: u64,
    /// The oldest processed date of a delivery that counts; `None` if none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_processed_date: Option<Date>,
    /// The newest processed date of a delivery that counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest_processed_date: Option<Date>,
    /// When the last of all customers' newest deliveries, late ones included, was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_recorded_at: Option<Timestamp>,
    /// Seats of current customers.
    pub current_seats: u64,
    /// Seats that late customers had in their newest deliveries.
    pub late_seats: u64,
    /// Late seats in percent of current and late seats.
    pub late_share: f64,
    /// Seats of missing customers, as the other metric counts them.
    pub missing_seats: u64,
    /// Missing seats in percent of the other metric's seats of all customers that count there.
    pub missing_share: f64,
}

words! {
    /// Why a customer is not in the figures.
    Uncovered {
        /// Its newest delivery is too old to count.
        Late = "late",
        /// It never had a delivery here, although the other metric has seats.
        Missing = "missing",
    }
}

/// A customer that is not in the figures of a service and channel.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UncoveredCustomer {
    /// The service's code, an open set.
    pub service_code: ServiceCode,
    /// How the licences are sold, an open set.
    pub channel: Channel,
    /// The customer: the id of its tenant.
    pub customer_id: CustomerId,
    /// Its newest name.
    pub customer_name: String,
    /// The reason.
    pub reason: Uncovered,
    /// The day of its newest delivery, if it is late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processed_date: Option<Date>,
    /// Its seats, each counted once as in [`ServiceCoverage`]: those of its newest delivery if it
    /// is late, those of the other metric if it is missing.
    pub seats: u64,
}

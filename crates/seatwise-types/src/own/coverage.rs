//! Whether the figures are complete.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::words::words;
use super::{LastCollection, Metric, Page};
use crate::{Channel, CustomerId, ServiceCode};

/// Who is in the figures and who is not: `GET /seatwise/v1/coverage`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    /// Which figures.
    pub metric: Metric,
    /// The day that it is for, if one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
    /// The instant that it is for: the one that was asked for, or when the last of either metric
    /// was recorded. Nothing if nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<Timestamp>,
    /// One for each service and channel.
    pub services: Vec<ServiceCoverage>,
    /// The newest collection of the partner, as it is now; nothing if none is recorded. An answer
    /// to a question with `knownAt`, which never changes, does not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_collection: Option<LastCollection>,
    /// The customers that are not in the figures.
    pub left_out: Page<UncoveredCustomer>,
    /// Path and query of the next page of them; nothing on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_link: Option<String>,
}

/// Who is in the figures of one service and channel.
///
/// Each seat counts once: seats of deployment are those sold, seats of usage are, for each product of
/// a customer, those qualified for its largest workload.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceCoverage {
    /// The service's code.
    pub service_code: ServiceCode,
    /// How the licences are sold.
    pub channel: Channel,
    /// Customers that are current, late or missing.
    pub expected: u64,
    /// Customers whose newest delivery counts, also if it is empty.
    pub current: u64,
    /// Customers whose newest delivery is too old to count.
    pub late: u64,
    /// Customers of which the other metric has current seats here, and this one never had a
    /// delivery.
    pub missing: u64,
    /// The oldest processed date of a delivery that counts; nothing if none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_processed_date: Option<Date>,
    /// The newest one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest_processed_date: Option<Date>,
    /// When the last of the newest deliveries of all customers, late ones too, was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_recorded_at: Option<Timestamp>,
    /// Seats of current customers.
    pub current_seats: u64,
    /// Seats that late customers had in their newest deliveries.
    pub late_seats: u64,
    /// Late seats, in percent of current and late ones.
    pub late_share: f64,
    /// Seats of missing customers, as the other metric counts them.
    pub missing_seats: u64,
    /// Those, in percent of the other metric's seats of all customers that count there.
    pub missing_share: f64,
}

words! {
    /// Why a customer is not in the figures.
    Uncovered {
        /// Its newest delivery is too old to count.
        Late = "late",
        /// Nothing was ever delivered of it here, though the other metric has seats.
        Missing = "missing",
    }
}

/// A customer that is not in the figures of a service and channel.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UncoveredCustomer {
    /// The service's code.
    pub service_code: ServiceCode,
    /// How the licences are sold.
    pub channel: Channel,
    /// The customer.
    pub customer_id: CustomerId,
    /// Its newest name.
    pub customer_name: String,
    /// Why.
    pub reason: Uncovered,
    /// The day of its newest delivery, if it is late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processed_date: Option<Date>,
    /// Its seats, each counted once as in [`ServiceCoverage`]: of a late one those of its newest
    /// delivery, of a missing one those that the other metric counts.
    pub seats: u64,
}

//! One product of one customer: its idle seats, what they cost, and what they are calculated from.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Amount;
use super::words::words;
use crate::{Channel, CustomerId, ServiceCode};

/// A product of a customer in one service and channel, with everything that its figures consist of.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct IdleRow {
    /// The service's code, an open set.
    pub service_code: ServiceCode,
    /// How the licences are sold, an open set.
    pub channel: Channel,
    /// The customer: the id of its tenant.
    pub customer_id: CustomerId,
    /// Its newest name.
    pub customer_name: String,
    /// The product's id; `None` if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// Its newest name.
    pub product_name: String,
    /// Seats sold and deployed; `None` if no current delivery of deployment has the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<IdleDeployment>,
    /// Its usage; `None` if no current delivery of usage has the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<IdleUsage>,
    /// Why its seats do not count as idle; `None` if they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclusion: Option<IdleExclusion>,
    /// The number of seats that may stay unassigned.
    pub buffer: IdleBuffer,
    /// Unassigned seats that count as waste.
    pub idle: u64,
    /// Idle seats that a row of this customer and product needs, because it has more seats assigned
    /// than sold, or more active than qualified.
    pub reassignable: u64,
    /// Idle seats beyond the buffer.
    pub reducible: u64,
    /// The price in force on the processed date; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<IdlePrice>,
    /// What the idle seats cost; `None` without a price or without idle seats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worth: Option<IdleWorth>,
}

/// A delivery with rows in a figure of idle seats.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct IdleDelivery {
    /// Its number in the table: `delivery_id`.
    #[cfg_attr(feature = "schema", schemars(range(min = 0)))]
    pub delivery: i64,
    /// The day of the delivery.
    pub processed_date: Date,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// Seats sold and deployed of a product of a customer.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct IdleDeployment {
    /// The delivery of the seats.
    #[serde(flatten)]
    pub of: IdleDelivery,
    /// Seats bought.
    pub sold: u64,
    /// Sold seats that are assigned to a user.
    pub deployed: u64,
    /// Sold seats that are not assigned; `None` if the product is never assigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unassigned: Option<u64>,
    /// Assigned seats that are not sold; `None` if the product is never assigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_assigned: Option<u64>,
    /// Unassigned seats that were bought after `soldBeforeDate`.
    pub new: u64,
    /// Seats sold as of `soldBeforeDate`; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sold_before: Option<u64>,
    /// The day that new seats are compared with; `None` if none are new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sold_before_date: Option<Date>,
}

/// The usage of a product of a customer.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct IdleUsage {
    /// The delivery of the seats.
    #[serde(flatten)]
    pub of: IdleDelivery,
    /// A lower bound of the seats that no workload uses.
    pub unused_at_least: u64,
    /// An upper bound of the seats that no workload uses.
    pub unused_at_most: u64,
    /// Its workloads, by name.
    pub workloads: Vec<IdleWorkload>,
}

/// Seats of one workload. They overlap with those of other workloads: never add them up.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct IdleWorkload {
    /// The workload's code; `None` if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload_code: Option<String>,
    /// The workload's name.
    pub workload_name: String,
    /// Seats entitled to it.
    pub qualified: u64,
    /// Qualified seats used within 28 days.
    pub active: u64,
    /// Qualified seats not used.
    pub unused: u64,
}

/// Why the seats of a row do not count as idle.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct IdleExclusion {
    /// The kind of exclusion.
    pub kind: Exclusion,
    /// The reason that the policy gives.
    pub reason: String,
    /// The line in the policy, from 1.
    pub line: u64,
}

/// The number of seats of a row that may stay unassigned.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct IdleBuffer {
    /// The number of seats.
    pub seats: u64,
    /// The line in the policy, from 1; `None` if the policy has no such buffer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

/// The price of one seat.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct IdlePrice {
    /// The currency: three letters of ISO 4217.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[A-Z]{3}$")))]
    pub currency: String,
    /// The price of one seat for a month.
    pub price_per_seat_month: Amount,
    /// The first day on which it applies.
    pub valid_from: Date,
    /// The next day on which the term ends; `None` if unknown or past.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term_end: Option<Date>,
    /// Whether the price is for this customer alone.
    pub of_customer: bool,
    /// The line in the price file, from 1.
    pub line: u64,
}

/// The monthly cost of idle seats, in exact amounts. The three amounts overlap: never add them up.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct IdleWorth {
    /// The currency: three letters of ISO 4217.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[A-Z]{3}$")))]
    pub currency: String,
    /// Idle seats with a price in this currency.
    pub seats: u64,
    /// The cost of all of them.
    pub exposure: Amount,
    /// The cost of those that can be assigned elsewhere.
    pub reassignable: Amount,
    /// The cost of those that need not be renewed.
    pub reducible: Amount,
}

words! {
    /// Why seats do not count as idle.
    Exclusion {
        /// They are kept in stock: sold and shown, but no waste.
        Inventory = "inventory",
        /// Such seats are never assigned to users, as with device licences.
        NeverAssigned = "never-assigned",
    }
}

//! Seats that are sold and not used, and what they are worth.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::words::words;
use super::{Amount, Page};
use crate::{Channel, CustomerId, ServiceCode};

/// Idle seats: `GET /seatwise/v1/idle`. What each figure means is in `docs/semantics.md`, rules 21
/// to 26.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Idle {
    /// The day that it is for, if one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
    /// The instant that it is for: the one that was asked for, or when the last of usage, deployment,
    /// prices and policy was recorded. Nothing if nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<Timestamp>,
    /// The order of the rows.
    pub sort: IdleSort,
    /// Which of the selected rows are listed.
    pub show: IdleShow,
    /// Seats of all rows that were selected, whichever are listed.
    pub totals: IdleSeats,
    /// What these seats are worth, one for each currency. Amounts of two currencies are never added
    /// up.
    pub worth: Vec<IdleWorth>,
    /// Who is in these figures and who is not, for each service and channel.
    pub coverage: Vec<IdleCoverage>,
    /// The prices in force; nothing if there are none, or if they were not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prices: Option<IdleFile>,
    /// The policy in force; nothing if there is none, and the default counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<IdleFile>,
    /// Lines of both files that have no effect, and why.
    pub warnings: Vec<IdleWarning>,
    /// The same totals for each product, those with most idle seats first.
    pub products: Page<IdleProduct>,
    /// The products of customers.
    pub rows: Page<IdleRow>,
    /// Path and query of the next page of both lists; nothing on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_link: Option<String>,
}

words! {
    /// The order of rows of idle seats. Ties are broken by ids, so pages are stable.
    IdleSort {
        /// Most idle seats first.
        Idle = "idle",
        /// The largest exposure first, one currency after the other; rows without a price come last.
        Exposure = "exposure",
        /// Most seats that are unused for certain first.
        Unused = "unused",
        /// By the names of customers.
        Customer = "customer",
        /// By the names of products.
        Product = "product",
    }
}

words! {
    /// Which rows are listed. Totals are those of all.
    IdleShow {
        /// Rows with idle, over-assigned or unused seats that are not excluded.
        Idle = "idle",
        /// Rows with idle seats of which no price is known.
        Unpriced = "unpriced",
        /// Rows that the policy excludes.
        Excluded = "excluded",
        /// All rows.
        All = "all",
    }
}

words! {
    /// Why seats are not counted as idle.
    Exclusion {
        /// They are kept as an inventory: they are sold and shown, and are no waste.
        Inventory = "inventory",
        /// Such seats are never assigned to users, as with licences of devices.
        NeverAssigned = "never-assigned",
    }
}

words! {
    /// A file of the partner that idle seats are worked out with.
    IdleFileKind {
        /// What seats cost.
        Prices = "prices",
        /// Buffers and exclusions.
        Policy = "policy",
    }
}

/// Seats that were added up. `unassigned` is always `idle` + `new` + `excluded`.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IdleSeats {
    /// How many rows were added up: products of customers, apart by service and channel.
    pub rows: u64,
    /// How many of these rows have seats sold and deployed. Of the others these are unknown.
    pub rows_with_deployment: u64,
    /// How many of these rows have usage. Of the others it is unknown which seats are used.
    pub rows_with_usage: u64,
    /// Seats bought.
    pub sold: u64,
    /// Of them assigned to a user.
    pub deployed: u64,
    /// Of each row, seats that are sold and not assigned.
    pub unassigned: u64,
    /// Of each row, seats that are assigned and not sold. They are never taken from `unassigned`.
    pub over_assigned: u64,
    /// Unassigned seats that count as waste: neither new nor excluded.
    pub idle: u64,
    /// Unassigned seats that were bought a short time ago.
    pub new: u64,
    /// Unassigned seats that the policy keeps as an inventory.
    pub excluded: u64,
    /// Sold seats that are never assigned by their nature; no seat of them is unassigned.
    pub never_assigned: u64,
    /// Idle seats of which no price is known. They are in no amount.
    pub unpriced: u64,
    /// Idle seats that another figure of the same customer and product lacks.
    pub reassignable: u64,
    /// Idle seats beyond the buffer.
    pub reducible: u64,
    /// So many seats, or more, are used in no workload of their product.
    pub unused_at_least: u64,
    /// So many seats, or fewer, are used in no workload of their product.
    pub unused_at_most: u64,
}

/// What idle seats are worth in a month. The three amounts overlap: never add them up.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IdleWorth {
    /// Three letters of ISO 4217.
    pub currency: String,
    /// Idle seats with a price in this currency.
    pub seats: u64,
    /// What they cost.
    pub exposure: Amount,
    /// What those of them cost that can be assigned elsewhere.
    pub reassignable: Amount,
    /// What those of them cost that need not be renewed.
    pub reducible: Amount,
}

/// Who is in the figures of one service and channel.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IdleCoverage {
    /// The service's code.
    pub service_code: ServiceCode,
    /// How the licences are sold.
    pub channel: Channel,
    /// Customers in deployment, of which seats sold and deployed come.
    pub deployment: IdleCovered,
    /// Customers in usage, of which seats qualified and active come.
    pub usage: IdleCovered,
}

/// Who is in the figures of one metric.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IdleCovered {
    /// Customers whose newest delivery counts.
    pub current: u64,
    /// Customers whose newest delivery is too old to count.
    pub late: u64,
    /// Customers of which the other metric counts a delivery here, and this one never had any.
    pub missing: u64,
    /// The oldest processed date of a delivery that counts; nothing if none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_processed_date: Option<Date>,
    /// The newest one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest_processed_date: Option<Date>,
}

/// A file of the partner that was in force.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IdleFile {
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The SHA-256 of its bytes.
    pub sha256: String,
}

/// A line of a file that has no effect.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IdleWarning {
    /// Which file.
    pub file: IdleFileKind,
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1, counted in letters.
    pub column: u64,
    /// The field or key.
    pub field: String,
    /// What is wrong, and what helps.
    pub problem: String,
}

/// All seats of a product, of all customers that were selected.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IdleProduct {
    /// The product's id, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// Its newest name.
    pub product_name: String,
    /// Its seats.
    pub totals: IdleSeats,
    /// What they are worth, one for each currency.
    pub worth: Vec<IdleWorth>,
}

/// A product of a customer in one service and channel, with all that its figures are made of.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IdleRow {
    /// The service's code.
    pub service_code: ServiceCode,
    /// How the licences are sold.
    pub channel: Channel,
    /// The customer.
    pub customer_id: CustomerId,
    /// Its newest name.
    pub customer_name: String,
    /// The product's id, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// Its newest name.
    pub product_name: String,
    /// Seats sold and deployed; nothing if no delivery of deployment counts that has the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<IdleDeployment>,
    /// Its use; nothing if no delivery of usage counts that has the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<IdleUsage>,
    /// Why its seats are not counted as idle, if they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclusion: Option<IdleExclusion>,
    /// How many seats may stay unassigned.
    pub buffer: IdleBuffer,
    /// Unassigned seats that count as waste.
    pub idle: u64,
    /// Idle seats that are needed elsewhere: this customer has more seats of this product assigned than
    /// sold, or more active than qualified.
    pub reassignable: u64,
    /// Idle seats beyond the buffer.
    pub reducible: u64,
    /// The price in force on the processed date; nothing if none is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<IdlePrice>,
    /// What the idle seats are worth; nothing without a price or without idle seats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worth: Option<IdleWorth>,
}

/// A delivery that a row is made of.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IdleDelivery {
    /// Its number in the table: `delivery_id`.
    pub delivery: i64,
    /// The day of the delivery.
    pub processed_date: Date,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// Seats sold and deployed of a product of a customer.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IdleDeployment {
    /// What the seats come from.
    #[serde(flatten)]
    pub of: IdleDelivery,
    /// Seats bought.
    pub sold: u64,
    /// Of them assigned to a user.
    pub deployed: u64,
    /// Seats that are sold and not assigned; nothing if they are never assigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unassigned: Option<u64>,
    /// Seats that are assigned and not sold; nothing if they are never assigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_assigned: Option<u64>,
    /// Unassigned seats that were bought after `soldBeforeDate`.
    pub new: u64,
    /// Seats sold as of `soldBeforeDate`; nothing if it is not known how many there were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sold_before: Option<u64>,
    /// The day that is looked back at for new seats; nothing if nothing is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sold_before_date: Option<Date>,
}

/// The use of a product of a customer.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IdleUsage {
    /// What the seats come from.
    #[serde(flatten)]
    pub of: IdleDelivery,
    /// Seats that are used in no workload, or more.
    pub unused_at_least: u64,
    /// Seats that are used in no workload, or fewer.
    pub unused_at_most: u64,
    /// Its workloads, by their names.
    pub workloads: Vec<IdleWorkload>,
}

/// Seats of one workload. They overlap with those of other workloads: never add them up.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IdleWorkload {
    /// The workload's code, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload_code: Option<String>,
    /// The workload's name.
    pub workload_name: String,
    /// Seats entitled to it.
    pub qualified: u64,
    /// Of them used within 28 days.
    pub active: u64,
    /// Of them not used.
    pub unused: u64,
}

/// Why seats of a row are not counted as idle.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IdleExclusion {
    /// In which way.
    pub kind: Exclusion,
    /// The reason that the policy gives.
    pub reason: String,
    /// The line of the policy.
    pub line: u64,
}

/// How many seats of a row may stay unassigned.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IdleBuffer {
    /// So many.
    pub seats: u64,
    /// The line of the policy; nothing if it says nothing of buffers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

/// The price of one seat.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IdlePrice {
    /// Three letters of ISO 4217.
    pub currency: String,
    /// What one seat costs in a month.
    pub price_per_seat_month: Amount,
    /// The day from which it counts.
    pub valid_from: Date,
    /// The next day on which the term ends; nothing if it is not known or is past.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term_end: Option<Date>,
    /// Whether it is a price for this customer alone.
    pub of_customer: bool,
    /// The line of the price file.
    pub line: u64,
}

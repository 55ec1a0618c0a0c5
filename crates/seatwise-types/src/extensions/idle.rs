//! Idle seats, and what they cost.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::words::words;
use super::{Amount, Page};
use crate::{Channel, CustomerId, ServiceCode};

/// Idle seats: `GET /seatwise/v1/idle`. Rules 21 to 26 of `docs/semantics.md` define each figure.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Idle {
    /// The day of the answer, if the request named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
    /// The instant of the answer: the one that the request named, or when the last of usage,
    /// deployment, prices and policy was recorded; `None` if there is none. With this instant as
    /// `knownAt`, the answer never changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<Timestamp>,
    /// The order of the rows.
    pub sort: IdleSort,
    /// Which of the selected rows are listed.
    pub show: IdleShow,
    /// Seats of all selected rows, listed or not.
    pub totals: IdleSeats,
    /// What these seats cost, one element for each currency. Amounts of different currencies are
    /// never added up.
    pub worth: Vec<IdleWorth>,
    /// Which customers are in these figures and which are not, for each service and channel.
    pub coverage: Vec<IdleCoverage>,
    /// The prices in force; `None` if there are none, or if the request did not ask for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prices: Option<IdleFile>,
    /// The policy in force; `None` if there is none, so that the default applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<IdleFile>,
    /// Lines of both files that have no effect, and why.
    pub warnings: Vec<IdleWarning>,
    /// The same totals for each product, most idle seats first.
    pub products: Page<IdleProduct>,
    /// The products of customers.
    pub rows: Page<IdleRow>,
    /// Path and query of the next page of both lists; `None` on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_link: Option<String>,
}

words! {
    /// The order of rows of idle seats. Ties are broken by ids, so pages are stable.
    IdleSort {
        /// Most idle seats first.
        Idle = "idle",
        /// Largest exposure first, one currency after the other; rows without a price last.
        Exposure = "exposure",
        /// Most seats that are certainly unused first.
        Unused = "unused",
        /// By customer name.
        Customer = "customer",
        /// By product name.
        Product = "product",
    }
}

words! {
    /// Which rows are listed. Totals cover all rows.
    IdleShow {
        /// Rows with idle, over-assigned or unused seats that are not excluded.
        Idle = "idle",
        /// Rows with idle seats without a known price.
        Unpriced = "unpriced",
        /// Rows that the policy excludes.
        Excluded = "excluded",
        /// All rows.
        All = "all",
    }
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

words! {
    /// A file of the partner that idle seats are calculated with.
    IdleFileKind {
        /// What seats cost.
        Prices = "prices",
        /// Buffers and exclusions.
        Policy = "policy",
    }
}

/// Sums of seats. `unassigned` always equals `idle` + `new` + `excluded`.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct IdleSeats {
    /// The number of rows: products of customers, separate for each service and channel.
    pub rows: u64,
    /// Rows with seats sold and deployed. In the others these are unknown.
    pub rows_with_deployment: u64,
    /// Rows with usage. In the others, used seats are unknown.
    pub rows_with_usage: u64,
    /// Seats bought.
    pub sold: u64,
    /// Sold seats that are assigned to a user.
    pub deployed: u64,
    /// Sold seats that are not assigned, row by row.
    pub unassigned: u64,
    /// Assigned seats that are not sold, row by row. They do not reduce `unassigned`.
    pub over_assigned: u64,
    /// Unassigned seats that count as waste: neither new nor excluded.
    pub idle: u64,
    /// Unassigned seats that were bought recently.
    pub new: u64,
    /// Unassigned seats that the policy keeps in stock.
    pub excluded: u64,
    /// Sold seats of products that are never assigned. None of them counts as unassigned.
    pub never_assigned: u64,
    /// Idle seats without a known price. They are in no amount.
    pub unpriced: u64,
    /// Idle seats that the same customer needs of the same product, in this or another service and
    /// channel.
    pub reassignable: u64,
    /// Idle seats beyond the buffer.
    pub reducible: u64,
    /// A lower bound of the seats that no workload of their product uses.
    pub unused_at_least: u64,
    /// An upper bound of the seats that no workload of their product uses.
    pub unused_at_most: u64,
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

/// Which customers are in the figures of one service and channel.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct IdleCoverage {
    /// The service's code, an open set.
    pub service_code: ServiceCode,
    /// How the licences are sold, an open set.
    pub channel: Channel,
    /// Customers in deployment, the source of seats sold and deployed.
    pub deployment: IdleCovered,
    /// Customers in usage, the source of seats qualified and active.
    pub usage: IdleCovered,
}

/// Which customers are in the figures of one metric.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct IdleCovered {
    /// Customers whose newest delivery counts.
    pub current: u64,
    /// Customers whose newest delivery is too old to count.
    pub late: u64,
    /// Customers for which the other metric counts a delivery here, and this one never had any.
    pub missing: u64,
    /// The oldest processed date of a delivery that counts; `None` if none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_processed_date: Option<Date>,
    /// The newest processed date of a delivery that counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest_processed_date: Option<Date>,
}

/// A file of the partner that was in force.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct IdleFile {
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The SHA-256 of its bytes.
    pub sha256: String,
}

/// A line of a file that has no effect.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct IdleWarning {
    /// The file.
    pub file: IdleFileKind,
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1, in characters.
    pub column: u64,
    /// The field or key.
    pub field: String,
    /// What is wrong, and how to fix it.
    pub problem: String,
}

/// The seats of a product, over all selected customers.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct IdleProduct {
    /// The product's id; `None` if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// Its newest name.
    pub product_name: String,
    /// Its seats.
    pub totals: IdleSeats,
    /// What they cost, one element for each currency.
    pub worth: Vec<IdleWorth>,
}

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

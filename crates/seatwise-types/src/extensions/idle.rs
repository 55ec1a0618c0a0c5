//! Idle seats, and what they cost.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Page;
use super::idle_row::{IdleRow, IdleWorth};
use super::words::words;
use crate::{Channel, ServiceCode};

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

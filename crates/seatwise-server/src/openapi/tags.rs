//! The groups of calls.

/// The groups of calls, with their descriptions.
pub(super) const TAGS: [(&str, &str); 7] = [
    (PARTNER, "Figures of the partner over all its customers."),
    (
        CUSTOMERS,
        "The partner's customers, and the figures of one of them.",
    ),
    (
        COMMERCIAL,
        "The rows of all customers, chosen and added up by a query.",
    ),
    (
        SEATWISE,
        "What Partner Center does not have: figures over time, and why they are what they are. No \
         byte-order mark.",
    ),
    (
        MONTHS,
        "Of the server's own: figures of whole months, from the downloads of Partner Center's \
         Insights. They measure something else than the others and are never added to them. No \
         byte-order mark.",
    ),
    (
        IMPORT,
        "Of the server's own: how facts come in while it runs. No byte-order mark.",
    ),
    (
        OPERATION,
        "For those who run the server. No token, no byte-order mark.",
    ),
];

pub(super) const PARTNER: &str = "Partner";
pub(super) const CUSTOMERS: &str = "Customers";
pub(super) const COMMERCIAL: &str = "Commercial";
pub(super) const SEATWISE: &str = "Seatwise";
pub(super) const MONTHS: &str = "Months";
pub(super) const IMPORT: &str = "Import";
pub(super) const OPERATION: &str = "Operation";

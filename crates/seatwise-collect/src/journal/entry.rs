//! The lines of the journal.

use jiff::Timestamp;
use seatwise_client::{CommercialCursor, CustomerCursor};
use seatwise_types::CustomerId;
use seatwise_types::extensions::Metric;
use serde::{Deserialize, Serialize};

use crate::{Deliveries, Way};

/// One step of a collection.
#[derive(Debug, Deserialize, Serialize)]
#[serde(
    tag = "step",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub(crate) enum Step {
    /// The collection started.
    Began { at: Timestamp },
    /// A page of customers arrived, with the cursor of the next one.
    Customers { next: Option<CustomerCursor> },
    /// Rows of a metric are requested in this way from now on, from the start.
    #[serde(rename = "anew")]
    Restarted { metric: Metric, way: Way },
    /// A page of rows arrived: when, how many of how many, and the cursor of the next one.
    Page {
        metric: Metric,
        at: Timestamp,
        rows: u64,
        total: Option<u64>,
        next: Option<CommercialCursor>,
    },
    /// A customer was requested: the number of its rows, or why it has none.
    Customer {
        metric: Metric,
        customer: CustomerId,
        rows: u64,
        gap: Option<String>,
    },
    /// The gathered rows of a metric are stored.
    Stored {
        metric: Metric,
        #[serde(flatten)]
        stored: Stored,
    },
}

/// The result of storing the gathered rows of a metric.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Stored {
    pub(crate) deliveries: Deliveries,
    /// The number of bad rows; rows left out with them do not count.
    pub(crate) bad_rows: u64,
    /// The files with the rows that were left out.
    pub(crate) rejected_files: Vec<String>,
    /// The number of rows without a customer.
    #[serde(rename = "ofNobody")]
    pub(crate) without_customer: u64,
    /// The number of rows that restatements lose compared with previous versions.
    pub(crate) lost_rows: u64,
    /// The number of deliveries that lose such rows.
    pub(crate) lost_of: u64,
}

/// The valid length of each file in bytes.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(super) struct Reach {
    pub(super) customers: u64,
    pub(super) usage: u64,
    pub(super) deployment: u64,
}

/// A line of the journal: a step, and how long the files are after it.
#[derive(Deserialize, Serialize)]
pub(super) struct Entry {
    #[serde(flatten)]
    pub(super) step: Step,
    pub(super) reach: Reach,
}

/// A customer as the source lists it.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Listed {
    pub(crate) id: CustomerId,
    pub(crate) name: String,
    /// `None` if the source does not name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) domain: Option<String>,
}

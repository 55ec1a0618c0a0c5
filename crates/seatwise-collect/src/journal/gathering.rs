//! How far the gathering of a metric is.

use std::collections::HashSet;

use jiff::Timestamp;
use seatwise_client::CommercialCursor;
use seatwise_types::CustomerId;

use super::entry::Stored;
use crate::{Gap, Way};

/// The progress of gathering a metric.
#[derive(Default)]
pub(crate) struct Gathering {
    /// How rows are requested; `None` before the first request.
    pub(crate) way: Option<Way>,
    /// The number of rows received.
    pub(crate) rows: u64,
    /// The total that the source names.
    pub(crate) total: Option<u64>,
    /// The next page; `None` after the last one.
    pub(crate) next: Option<CommercialCursor>,
    /// When the last page arrived; `None` before the first one.
    pub(crate) page_at: Option<Timestamp>,
    /// The customers already requested.
    pub(crate) asked: HashSet<CustomerId>,
    /// Customers without data.
    pub(crate) gaps: Vec<Gap>,
    /// The result, after storing.
    pub(crate) stored: Option<Stored>,
}

//! What to collect, and how.

use std::sync::Arc;

use jiff::Timestamp;
use seatwise_types::PartnerId;

use crate::source::Way;

/// Returns the current time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Settings of a collection.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The partner that is signed in, whose data is collected.
    pub partner: PartnerId,
    /// The address of the source, under which progress and knowledge about it are stored.
    pub source: String,
    /// How to request rows; `None` uses the way that works.
    pub way: Option<Way>,
    /// The number of customers to request concurrently, if they are requested one by one; 4 by
    /// default.
    pub in_flight: usize,
    /// Whether to wait for another collector of the same partner instead of failing; false by
    /// default.
    pub wait: bool,
}

impl Settings {
    /// The default settings.
    pub fn new(partner: PartnerId, source: impl Into<String>) -> Self {
        Self {
            partner,
            source: source.into(),
            way: None,
            in_flight: 4,
            wait: false,
        }
    }
}

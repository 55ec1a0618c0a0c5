//! Requests, and the record of their answers: one file for each kind of request.

mod customers;
mod one_by_one;
mod pages;
mod refusal;

use std::collections::HashSet;

use seatwise_client::PartnerOperations;
use seatwise_types::CustomerId;
use seatwise_types::extensions::Metric;

use crate::journal::Journal;
use crate::settings::Clock;
use crate::{CollectError, Progress, Way};

/// The largest number of pages of a list.
const MOST_PAGES: usize = 100_000;

/// Makes requests, and records the answers.
pub(crate) struct Gatherer<'a> {
    pub(crate) partner: &'a PartnerOperations,
    pub(crate) journal: &'a mut Journal,
    pub(crate) progress: &'a Progress,
    pub(crate) clock: &'a Clock,
    /// The number of customers to request concurrently.
    pub(crate) in_flight: usize,
}

impl Gatherer<'_> {
    /// Drops the gathered rows of a metric, and requests them in this way from now on.
    pub(crate) fn begin_again(&mut self, metric: Metric, way: Way) -> Result<(), CollectError> {
        self.progress.dropped(self.journal.of_metric(metric).rows);
        self.journal.begin_again(metric, way)
    }

    /// The customers without data.
    pub(crate) fn without_data(&self, metric: Metric) -> HashSet<CustomerId> {
        let gaps = &self.journal.of_metric(metric).gaps;
        gaps.iter().map(|gap| gap.customer).collect()
    }
}

/// The rows of all customers, in words.
pub(crate) fn rows_of_all(metric: Metric) -> String {
    format!("the {metric} rows of all customers")
}

//! Which customers are in the figures.

use seatwise_types::extensions::{Axes, Coverage, Metric, Selection};
use serde::Serialize;

use super::setters::setters;
use crate::Error;
use crate::client::Client;

/// A query for coverage.
///
/// # Example
///
/// ```
/// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
/// # use example::*;
/// # service(async |partner| {
/// for service in partner.seatwise().coverage().get().await?.services {
///     println!("{}: {} of {}", service.service_code, service.current, service.expected);
/// }
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use = "nothing is sent before `get`"]
pub struct CoverageQuery<'a> {
    #[serde(skip)]
    client: &'a Client,
    metric: Metric,
    #[serde(flatten)]
    selection: Selection,
    #[serde(flatten)]
    axes: Axes,
    top: Option<u32>,
    skip: Option<u32>,
}

setters!(CoverageQuery: metric, service, channel, customer, as_of, known_at, top, skip);

impl<'a> CoverageQuery<'a> {
    pub(super) fn new(client: &'a Client) -> Self {
        Self {
            client,
            metric: Metric::Usage,
            selection: Selection::default(),
            axes: Axes::default(),
            top: None,
            skip: None,
        }
    }
}

impl CoverageQuery<'_> {
    /// Requests the answer.
    ///
    /// # Errors
    ///
    /// As [`HistoryQuery::get`](super::HistoryQuery::get).
    pub async fn get(self) -> Result<Coverage, Error> {
        self.client.ask("/seatwise/v1/coverage", &self).await
    }
}

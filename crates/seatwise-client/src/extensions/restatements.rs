//! Replaced deliveries.

use seatwise_types::extensions::{Axes, DayOrMonth, Metric, Restatements, Selection};
use serde::Serialize;

use super::setters::setters;
use crate::Error;
use crate::client::Client;

/// A query for replaced deliveries.
///
/// # Example
///
/// ```
/// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
/// # use example::*;
/// # service(async |partner| {
/// use seatwise_client::types::extensions::Month;
///
/// let month: Month = "2018-10".parse()?;
/// for unit in partner.seatwise().restatements(month, month).get().await?.units.items {
///     println!("{} {}: {} versions", unit.customer_name, unit.processed_date, unit.versions.len());
/// }
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use = "nothing is sent before `get`"]
pub struct RestatementsQuery<'a> {
    #[serde(skip)]
    client: &'a Client,
    metric: Metric,
    from: DayOrMonth,
    to: DayOrMonth,
    #[serde(flatten)]
    selection: Selection,
    #[serde(flatten)]
    axes: Axes,
    top: Option<u32>,
    skip: Option<u32>,
}

setters!(RestatementsQuery: metric, service, channel, customer, known_at, top, skip);

impl<'a> RestatementsQuery<'a> {
    pub(super) fn new(client: &'a Client, from: DayOrMonth, to: DayOrMonth) -> Self {
        Self {
            client,
            metric: Metric::Usage,
            from,
            to,
            selection: Selection::default(),
            axes: Axes::default(),
            top: None,
            skip: None,
        }
    }
}

impl RestatementsQuery<'_> {
    /// Requests the answer.
    ///
    /// # Errors
    ///
    /// As [`HistoryQuery::get`](super::HistoryQuery::get).
    pub async fn get(self) -> Result<Restatements, Error> {
        self.client
            .ask("/seatwise/v1/changes/restatements", &self)
            .await
    }
}

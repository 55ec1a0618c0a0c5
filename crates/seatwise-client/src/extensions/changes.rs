//! The bridge between two answers.

use jiff::Timestamp;
use seatwise_types::extensions::{By, Changes, DayOrMonth, Metric, Selection};
use serde::Serialize;

use super::setters::setters;
use crate::Error;
use crate::client::Client;

/// A query for the bridge between two answers.
///
/// # Example
///
/// ```
/// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
/// # use example::*;
/// # service(async |partner| {
/// use seatwise_client::types::extensions::{By, DayOrMonth};
///
/// let (from, to): (DayOrMonth, DayOrMonth) = ("2018-10-01".parse()?, "2018-10".parse()?);
/// let question = partner.seatwise().changes(from, to).by(By::Customer).top(3);
/// for change in question.get().await?.changes {
///     println!("{:?}: {:+} points", change.workload_name, change.points);
///     for step in change.steps {
///         println!("  {}: {:+}", step.cause, step.points);
///     }
///     for customer in change.customers.iter().flat_map(|page| &page.items) {
///         println!("  {}: {:+}", customer.customer_name, customer.points);
///     }
/// }
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use = "nothing is sent before `get`"]
pub struct ChangesQuery<'a> {
    #[serde(skip)]
    client: &'a Client,
    metric: Metric,
    from: DayOrMonth,
    to: DayOrMonth,
    /// `None` for the partner.
    by: Option<By>,
    from_known_at: Option<Timestamp>,
    to_known_at: Option<Timestamp>,
    #[serde(flatten)]
    selection: Selection,
    top: Option<u32>,
    skip: Option<u32>,
}

setters!(ChangesQuery: metric, service, channel, customer, top, skip);

impl<'a> ChangesQuery<'a> {
    pub(super) fn new(client: &'a Client, from: DayOrMonth, to: DayOrMonth) -> Self {
        Self {
            client,
            metric: Metric::Usage,
            from,
            to,
            by: None,
            from_known_at: None,
            to_known_at: None,
            selection: Selection::default(),
            top: None,
            skip: None,
        }
    }
}

/// Changes have no figures by product.
impl ChangesQuery<'_> {
    /// With [`By::Customer`], each figure lists the customers that moved it, in pages; with
    /// [`By::Partner`], the default, none. The service rejects other values.
    pub fn by(mut self, by: By) -> Self {
        self.by = Some(by).filter(|by| *by != By::Partner);
        self
    }

    /// Selects a workload by its code or name in either answer; all by default.
    pub fn workload(mut self, workload: impl Into<String>) -> Self {
        self.selection.workload = Some(workload.into());
        self
    }

    /// Ignores, for the first answer, deliveries recorded after this instant; by default the same
    /// instant as for the second answer.
    pub fn from_known_at(mut self, instant: Timestamp) -> Self {
        self.from_known_at = Some(instant);
        self
    }

    /// Ignores, for the second answer, deliveries recorded after this instant; by default, all
    /// count.
    pub fn to_known_at(mut self, instant: Timestamp) -> Self {
        self.to_known_at = Some(instant);
        self
    }

    /// Requests the answer.
    ///
    /// # Errors
    ///
    /// As [`HistoryQuery::get`](super::HistoryQuery::get).
    pub async fn get(self) -> Result<Changes, Error> {
        self.client.ask("/seatwise/v1/changes", &self).await
    }
}

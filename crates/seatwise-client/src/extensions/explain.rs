//! The explanation of a figure.

use seatwise_types::extensions::{Axes, Explanation, Metric, Selection};
use serde::Serialize;

use super::setters::setters;
use crate::Error;
use crate::client::Client;

/// A query for the explanation of a figure.
///
/// # Example
///
/// ```
/// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
/// # use example::*;
/// # service(async |partner| {
/// let question = partner.seatwise().explain("o365", "reseller").workload("EXO");
/// let answer = question.as_of("2018-10-31".parse()?).get().await?;
/// println!("{:?} of {:?} seats", answer.numerator, answer.denominator);
/// # assert_eq!((answer.numerator, answer.denominator), (Some(4), Some(5)));
/// for customer in &answer.left_out.items {
///     println!("without {:?}: {}", customer.customer_name, customer.reason);
/// }
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use = "nothing is sent before `get`"]
pub struct ExplainQuery<'a> {
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

setters!(ExplainQuery: metric, service, channel, customer, workload, product, as_of, known_at, top, skip);

impl<'a> ExplainQuery<'a> {
    pub(super) fn new(client: &'a Client, service: String, channel: String) -> Self {
        Self {
            client,
            metric: Metric::Usage,
            selection: Selection {
                service: Some(service),
                channel: Some(channel),
                ..Selection::default()
            },
            axes: Axes::default(),
            top: None,
            skip: None,
        }
    }
}

impl ExplainQuery<'_> {
    /// Requests the answer.
    ///
    /// # Errors
    ///
    /// As [`HistoryQuery::get`](super::HistoryQuery::get); [not found](Error::is_not_found) if the
    /// service and channel, or the customer there, have no delivery.
    pub async fn get(self) -> Result<Explanation, Error> {
        self.client.ask("/seatwise/v1/explain", &self).await
    }
}

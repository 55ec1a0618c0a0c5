//! Figures over time.

use jiff::civil::Date;
use seatwise_types::extensions::{Axes, By, History, Metric, Selection, Step};
use serde::Serialize;

use super::setters::setters;
use crate::Error;
use crate::client::Client;

/// A query for figures over time.
///
/// # Example
///
/// ```
/// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
/// # use example::*;
/// # service(async |partner| {
/// use seatwise_client::types::extensions::{By, Step};
///
/// let (from, to) = ("2018-09-01".parse()?, "2018-10-14".parse()?);
/// let history = partner.seatwise().history(from, to);
/// let history = history.by(By::Workload).step(Step::Month).service("o365").get().await?;
/// for point in &history.series[0].points {
///     match point.percent {
///         Some(percent) => println!("{}: {percent} %", point.date),
///         None => println!("{}: no figure, {:?}", point.date, point.gap),
///     }
/// }
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use = "nothing is sent before `get`"]
pub struct HistoryQuery<'a> {
    #[serde(skip)]
    client: &'a Client,
    metric: Metric,
    by: By,
    from: Date,
    to: Date,
    step: Step,
    #[serde(flatten)]
    selection: Selection,
    #[serde(flatten)]
    axes: Axes,
}

setters!(HistoryQuery: metric, service, channel, customer, workload, product, known_at);

impl<'a> HistoryQuery<'a> {
    pub(super) fn new(client: &'a Client, from: Date, to: Date) -> Self {
        Self {
            client,
            metric: Metric::Usage,
            by: By::Partner,
            from,
            to,
            step: Step::Day,
            selection: Selection::default(),
            axes: Axes::default(),
        }
    }
}

impl HistoryQuery<'_> {
    /// What each series is about; the partner by default.
    pub fn by(mut self, by: By) -> Self {
        self.by = by;
        self
    }

    /// The distance between dates; a day by default.
    pub fn step(mut self, step: Step) -> Self {
        self.step = step;
        self
    }

    /// Requests the answer.
    ///
    /// # Errors
    ///
    /// If the service returns an error, is unreachable, or returns an unexpected answer; see
    /// [`ErrorKind`](crate::ErrorKind).
    pub async fn get(self) -> Result<History, Error> {
        self.client.ask("/seatwise/v1/history", &self).await
    }
}

//! Figures of calendar months.

use seatwise_types::extensions::{Axes, Metric, Month, MonthlyFigures, MonthlyRange, Selection};
use serde::Serialize;

use super::setters::setters;
use crate::Error;
use crate::client::Client;

/// A query for the figures of a month.
///
/// # Example
///
/// ```
/// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
/// # use example::*;
/// # service(async |partner| {
/// let newest = partner.seatwise().monthly().service("o365").get().await?;
/// if let Some(month) = newest.month {
///     for item in &newest.items {
///         println!("{month} {:?}: {:?} %", item.workload_name, item.usage_percent);
///     }
/// }
/// # assert_eq!(newest.items[0].usage_percent, Some(62.5));
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use = "nothing is sent before `get`"]
pub struct MonthlyQuery<'a> {
    #[serde(skip)]
    client: &'a Client,
    metric: Metric,
    month: Option<Month>,
    #[serde(flatten)]
    selection: Selection,
    #[serde(flatten)]
    axes: Axes,
}

setters!(MonthlyQuery: metric, service, customer, workload, product, known_at);

impl<'a> MonthlyQuery<'a> {
    pub(super) fn new(client: &'a Client) -> Self {
        Self {
            client,
            metric: Metric::Usage,
            month: None,
            selection: Selection::default(),
            axes: Axes::default(),
        }
    }

    /// Requests a range of months instead, both ends included; at most 120 months.
    pub fn months(self, from: Month, to: Month) -> MonthlyRangeQuery<'a> {
        MonthlyRangeQuery {
            client: self.client,
            metric: self.metric,
            from,
            to,
            selection: self.selection,
            axes: self.axes,
        }
    }
}

impl MonthlyQuery<'_> {
    /// Selects a month; by default the newest with a delivery.
    pub fn month(mut self, month: Month) -> Self {
        self.month = Some(month);
        self
    }

    /// Requests the answer.
    ///
    /// # Errors
    ///
    /// As [`HistoryQuery::get`](super::HistoryQuery::get).
    pub async fn get(self) -> Result<MonthlyFigures, Error> {
        self.client.ask("/seatwise/v1/monthly", &self).await
    }
}

/// A query for the figures of several months.
///
/// # Example
///
/// ```
/// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
/// # use example::*;
/// # service(async |partner| {
/// let (from, to) = ("2018-08".parse()?, "2018-09".parse()?);
/// let range = partner.seatwise().monthly().workload("Exchange").months(from, to).get().await?;
/// for month in &range.months {
///     match month.gap {
///         Some(gap) => println!("{}: no figures, {gap}", month.month),
///         None => println!("{}: {:?} %", month.month, month.items[0].percent()),
///     }
/// }
/// # let gaps: Vec<_> = range.months.iter().map(|month| month.gap.is_some()).collect();
/// # assert_eq!(gaps, [true, false]);
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use = "nothing is sent before `get`"]
pub struct MonthlyRangeQuery<'a> {
    #[serde(skip)]
    client: &'a Client,
    metric: Metric,
    from: Month,
    to: Month,
    #[serde(flatten)]
    selection: Selection,
    #[serde(flatten)]
    axes: Axes,
}

impl MonthlyRangeQuery<'_> {
    /// Requests the answer.
    ///
    /// # Errors
    ///
    /// As [`HistoryQuery::get`](super::HistoryQuery::get).
    pub async fn get(self) -> Result<MonthlyRange, Error> {
        self.client.ask("/seatwise/v1/monthly", &self).await
    }
}

//! Idle seats and their cost.

use seatwise_types::extensions::{Axes, Idle, IdleShow, IdleSort, Selection};
use serde::Serialize;

use super::setters::setters;
use crate::Error;
use crate::client::Client;

/// A query for idle seats.
///
/// # Example
///
/// ```
/// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
/// # use example::*;
/// # service(async |partner| {
/// let idle = partner.seatwise().idle().service("o365").get().await?;
/// println!("{} idle seats, {} without a price", idle.totals.idle, idle.totals.unpriced);
/// for worth in &idle.worth {
///     println!("{} {} a month", worth.exposure, worth.currency);
/// }
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use = "nothing is sent before `get`"]
pub struct IdleQuery<'a> {
    #[serde(skip)]
    client: &'a Client,
    sort: Option<IdleSort>,
    show: Option<IdleShow>,
    worth: Option<bool>,
    #[serde(flatten)]
    selection: Selection,
    #[serde(flatten)]
    axes: Axes,
    top: Option<u32>,
    skip: Option<u32>,
}

setters!(IdleQuery: service, channel, customer, product, as_of, known_at, top, skip);

impl<'a> IdleQuery<'a> {
    pub(super) fn new(client: &'a Client) -> Self {
        Self {
            client,
            sort: None,
            show: None,
            worth: None,
            selection: Selection::default(),
            axes: Axes::default(),
            top: None,
            skip: None,
        }
    }
}

impl IdleQuery<'_> {
    /// The order of the rows; most idle seats first by default.
    pub fn sort(mut self, sort: IdleSort) -> Self {
        self.sort = Some(sort);
        self
    }

    /// Which rows are listed; by default those with idle seats. Totals always cover all rows.
    pub fn show(mut self, show: IdleShow) -> Self {
        self.show = Some(show);
        self
    }

    /// Whether to calculate costs from prices; `true` by default.
    pub fn worth(mut self, worth: bool) -> Self {
        self.worth = Some(worth);
        self
    }

    /// Requests the answer.
    ///
    /// # Errors
    ///
    /// As [`HistoryQuery::get`](super::HistoryQuery::get).
    pub async fn get(self) -> Result<Idle, Error> {
        self.client.ask("/seatwise/v1/idle", &self).await
    }
}

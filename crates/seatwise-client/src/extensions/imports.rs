//! What was imported or refused.

use seatwise_types::extensions::Imports;
use serde::Serialize;

use crate::Error;
use crate::client::Client;

/// What was imported or refused.
///
/// # Example
///
/// ```
/// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
/// # use example::*;
/// # service(async |partner| {
/// let answer = partner.seatwise().imports().top(10).get().await?;
/// for import in &answer.imports.items {
///     match &import.reason {
///         None => println!("{}: {} new deliveries", import.at, import.deliveries_new),
///         Some(reason) => println!("{}: refused, {reason}", import.at),
///     }
/// }
/// # assert_eq!(answer.imports.total_count, 3);
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use = "nothing is sent before `get`"]
pub struct ImportsQuery<'a> {
    #[serde(skip)]
    client: &'a Client,
    top: Option<u32>,
    skip: Option<u32>,
}

impl<'a> ImportsQuery<'a> {
    pub(super) fn new(client: &'a Client) -> Self {
        Self {
            client,
            top: None,
            skip: None,
        }
    }
}

impl ImportsQuery<'_> {
    /// How many imports: 1 to 1000; 100 by default.
    pub fn top(mut self, items: u32) -> Self {
        self.top = Some(items);
        self
    }

    /// How many imports to leave out before the first; none by default. One that ends meanwhile moves
    /// the others on by one.
    pub fn skip(mut self, items: u32) -> Self {
        self.skip = Some(items);
        self
    }

    /// Requests the answer.
    ///
    /// # Errors
    ///
    /// As [`HistoryQuery::get`](super::HistoryQuery::get).
    pub async fn get(self) -> Result<Imports, Error> {
        self.client.ask("/seatwise/v1/imports", &self).await
    }
}

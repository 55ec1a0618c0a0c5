//! The query for rows of all customers.

use std::marker::PhantomData;

use seatwise_types::query::{CommercialField, CommercialRow, Filter, GroupBy, Skip, Top};
use seatwise_types::{CommercialPage, ProcessedDateTime};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::route::CommercialRoute;
use crate::Error;
use crate::client::Client;

/// A query to a commercial endpoint: which rows, of which date, grouped by which fields.
///
/// # Example
///
/// ```
/// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
/// # use example::*;
/// # service(async |partner| {
/// use seatwise_client::TryStreamExt as _;
/// use seatwise_client::types::query::CommercialField;
///
/// let mut rows = partner
///     .analytics()
///     .commercial()
///     .usage()
///     .licenses()
///     .filter(CommercialField::ServiceCode.eq("o365").and(CommercialField::Channel.ne("direct")))
///     .group_by([CommercialField::CustomerName])
///     .rows();
/// while let Some(row) = rows.try_next().await? {
///     println!("{:?}: {:?} active", row.customer_name, row.licenses_active);
/// }
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `send`, `pages` or `rows`"]
pub struct CommercialQuery<'a, R> {
    pub(super) client: &'a Client,
    filter: Option<Filter>,
    group_by: GroupBy,
    processed_date: Option<ProcessedDateTime>,
    pub(super) top: Option<u32>,
    pub(super) skip: u32,
    row: PhantomData<fn() -> R>,
}

impl<'a, R> CommercialQuery<'a, R>
where
    R: CommercialRow + DeserializeOwned + Serialize + Send + 'static,
{
    pub(super) fn new(client: &'a Client) -> Self {
        Self {
            client,
            filter: None,
            group_by: GroupBy::default(),
            processed_date: None,
            top: None,
            skip: 0,
            row: PhantomData,
        }
    }

    /// Selects rows by this filter; all rows by default.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = Some(filter);
        self
    }

    /// Adds up rows that have the same values in these fields. Such rows have only these fields and
    /// the two counts. Not grouped by default.
    pub fn group_by(mut self, fields: impl IntoIterator<Item = CommercialField>) -> Self {
        self.group_by = fields.into_iter().collect();
        self
    }

    /// Selects the rows of this date; by default those of the newest date of each service.
    pub fn processed_date(mut self, date: ProcessedDateTime) -> Self {
        self.processed_date = Some(date);
        self
    }

    /// The largest number of rows in a page: 1 to 10,000, by default 10,000.
    pub fn top(mut self, rows: u32) -> Self {
        self.top = Some(rows);
        self
    }

    /// The number of rows to leave out before the first one; 0 by default.
    pub fn skip(mut self, rows: u32) -> Self {
        self.skip = rows;
        self
    }

    /// Requests one page.
    ///
    /// The documentation has two roots and two endings of the path. If the service does not find
    /// the first, the client tries the others. All clones of this partner remember the path that
    /// works.
    ///
    /// # Errors
    ///
    /// Before anything is sent, of the kind [`Invalid`](crate::ErrorKind::Invalid), if the query
    /// exceeds the limits of [`Filter`], [`Top`] or [`Skip`], or names a field that such rows do
    /// not have. Otherwise if the service returns an error, is unreachable, or returns an
    /// unexpected answer; see [`ErrorKind`](crate::ErrorKind).
    ///
    /// # Example
    ///
    /// ```
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
    /// # use example::*;
    /// # service(async |partner| {
    /// let deployment = partner.analytics().commercial().deployment();
    /// let page = deployment
    ///     .licenses()
    ///     .processed_date("2018-10-14".parse()?)
    ///     .top(100)
    ///     .send()
    ///     .await?;
    /// assert_eq!(page.value[0].licenses_sold, Some(5));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Example: a field that deployment does not have
    ///
    /// ```
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
    /// # use example::*;
    /// # service(async |partner| {
    /// use seatwise_client::ErrorKind;
    /// use seatwise_client::types::query::CommercialField;
    ///
    /// let deployment = partner.analytics().commercial().deployment().licenses();
    /// let err = deployment.filter(CommercialField::WorkloadCode.eq("EXO")).send().await.unwrap_err();
    /// assert_eq!(err.kind(), &ErrorKind::Invalid);
    /// # Ok(())
    /// # });
    /// ```
    pub async fn send(self) -> Result<CommercialPage<R>, Error> {
        self.page_after(0).await
    }

    /// The page after this many rows of the query.
    pub(super) async fn page_after(&self, rows: u32) -> Result<CommercialPage<R>, Error> {
        let parameters = self.parameters(rows)?;
        let ask = async |route: CommercialRoute| {
            let path = route.path(R::KIND);
            self.client.ask(&path, &parameters).await
        };
        let known = &self.client.transport.commercial_route;
        let first = known.get();
        let unknown = match ask(first).await {
            Err(err) if err.is_not_found() => err,
            answer => return answer,
        };
        for route in CommercialRoute::all().filter(|route| *route != first) {
            match ask(route).await {
                Err(err) if err.is_not_found() => {}
                Err(err) => return Err(err),
                Ok(page) => {
                    known.set(route);
                    return Ok(page);
                }
            }
        }
        Err(unknown)
    }

    /// The parameters of the page after this many rows.
    fn parameters(&self, rows: u32) -> Result<Vec<(&'static str, String)>, Error> {
        let mut parameters = Vec::new();
        if let Some(filter) = &self.filter {
            // Code can build a filter that exceeds the limits.
            let filter = filter.to_string();
            Filter::parse(&filter, R::KIND).map_err(|err| unusable("filter", err))?;
            parameters.push(("filter", filter));
        }
        if !self.group_by.is_empty() {
            let group_by = self.group_by.to_string();
            GroupBy::parse(&group_by, R::KIND).map_err(|err| unusable("grouping", err))?;
            parameters.push(("groupby", group_by));
        }
        if let Some(date) = self.processed_date {
            parameters.push(("processedDateTime", date.zoneless().to_string()));
        }
        if let Some(top) = self.top {
            let top = Top::new(top).map_err(|err| unusable("number of rows", err))?;
            parameters.push(("top", top.to_string()));
        }
        let skip = Skip::new(self.skip.saturating_add(rows));
        let skip = skip.map_err(|err| unusable("number of rows to skip", err))?;
        if skip != Skip::default() {
            parameters.push(("skip", skip.to_string()));
        }
        Ok(parameters)
    }
}

fn unusable(what: &str, err: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::invalid(format!("the {what} cannot be asked for")).because(err)
}

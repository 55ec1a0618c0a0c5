//! Queries for the rows of all customers, with filter, grouping and pages.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::atomic::Ordering;

use futures_util::{Stream, TryStreamExt as _, stream};
use seatwise_types::query::{
    CommercialField, CommercialKind, CommercialRow, Filter, GroupBy, Skip, Top,
};
use seatwise_types::{CommercialPage, LicensesDeploymentRow, LicensesUsageRow, ProcessedDateTime};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::paging::{Seen, path_of, query_string};
use crate::transport::Request;
use crate::{Error, PartnerOperations};

/// Rows of each customer, to filter and group.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is sent before `send`, `pages` or `rows`"]
pub struct CommercialAnalytics<'a> {
    partner: &'a PartnerOperations,
}

impl<'a> CommercialAnalytics<'a> {
    pub(crate) fn new(partner: &'a PartnerOperations) -> Self {
        Self { partner }
    }

    /// Seats active and qualified.
    pub fn usage(self) -> CommercialUsage<'a> {
        CommercialUsage {
            partner: self.partner,
        }
    }

    /// Seats deployed and sold.
    pub fn deployment(self) -> CommercialDeployment<'a> {
        CommercialDeployment {
            partner: self.partner,
        }
    }
}

/// Usage of each customer.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is sent before `send`, `pages` or `rows`"]
pub struct CommercialUsage<'a> {
    partner: &'a PartnerOperations,
}

impl<'a> CommercialUsage<'a> {
    /// Queries one row per customer, product and workload: `GET
    /// /v1/analytics/commercial/usage/license/`.
    pub fn licenses(self) -> CommercialQuery<'a, LicensesUsageRow> {
        CommercialQuery::new(self.partner)
    }
}

/// Deployment of each customer.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is sent before `send`, `pages` or `rows`"]
pub struct CommercialDeployment<'a> {
    partner: &'a PartnerOperations,
}

impl<'a> CommercialDeployment<'a> {
    /// Queries one row per customer and product: `GET
    /// /v1/analytics/commercial/deployment/license/`.
    pub fn licenses(self) -> CommercialQuery<'a, LicensesDeploymentRow> {
        CommercialQuery::new(self.partner)
    }
}

/// A query to a commercial endpoint: which rows, of which date, grouped by which fields.
///
/// # Example
///
/// ```
/// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/emulator.rs")); }
/// # use example::*;
/// # emulator(async |partner| {
/// use seatwise_client::TryStreamExt as _;
/// use seatwise_types::query::CommercialField;
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
    partner: &'a PartnerOperations,
    filter: Option<Filter>,
    group_by: GroupBy,
    processed_date: Option<ProcessedDateTime>,
    top: Option<u32>,
    skip: u32,
    row: PhantomData<fn() -> R>,
}

impl<'a, R> CommercialQuery<'a, R>
where
    R: CommercialRow + DeserializeOwned + Serialize + Send + 'static,
{
    fn new(partner: &'a PartnerOperations) -> Self {
        Self {
            partner,
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
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/emulator.rs")); }
    /// # use example::*;
    /// # emulator(async |partner| {
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
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/emulator.rs")); }
    /// # use example::*;
    /// # emulator(async |partner| {
    /// use seatwise_client::ErrorKind;
    /// use seatwise_types::query::CommercialField;
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

    /// Streams all pages.
    ///
    /// If a page has a link to the next one, the client follows it. It refuses links to another
    /// origin, where the token must not go, and links to a page that it has already read. Without
    /// links, it skips the rows received so far until all have arrived or, if the service does not
    /// send a total, until a page is not full. If the same rows arrive again, that is an error. The
    /// stream ends after the first error.
    ///
    /// # Example
    ///
    /// ```
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/emulator.rs")); }
    /// # use example::*;
    /// # emulator(async |partner| {
    /// use seatwise_client::TryStreamExt as _;
    ///
    /// let usage = partner.analytics().commercial().usage().licenses();
    /// let mut pages = usage.top(1).pages();
    /// while let Some(page) = pages.try_next().await? {
    ///     println!("{} rows of {:?}", page.value.len(), page.total_count);
    /// }
    /// # Ok(())
    /// # });
    /// ```
    pub fn pages(self) -> impl Stream<Item = Result<CommercialPage<R>, Error>> + Send + Unpin + 'a {
        self.pages_from(CommercialCursor::default())
            .map_ok(|(page, _)| page)
    }

    /// Streams the pages from a cursor on, each with the cursor of the next page; `None` after the
    /// last.
    ///
    /// Store the cursor to resume later with the same query. Otherwise like [`pages`](Self::pages).
    ///
    /// # Example
    ///
    /// ```
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/emulator.rs")); }
    /// # use example::*;
    /// # emulator(async |partner| {
    /// use seatwise_client::{CommercialCursor, TryStreamExt as _};
    ///
    /// let usage = partner.analytics().commercial().usage().licenses().top(1);
    /// let mut pages = usage.clone().pages_from(CommercialCursor::default());
    /// let (first, next) = pages.try_next().await?.expect("there is always a first page");
    ///
    /// let mut pages = usage.pages_from(next.expect("there is a second page"));
    /// let (second, next) = pages.try_next().await?.expect("and this is it");
    /// assert_eq!(second.value[0].customer_name.as_deref(), Some("Fabrikam"));
    /// assert_eq!(next, None);
    /// # Ok(())
    /// # });
    /// ```
    pub fn pages_from(
        self,
        page: CommercialCursor,
    ) -> impl Stream<Item = Result<(CommercialPage<R>, Option<CommercialCursor>), Error>>
    + Send
    + Unpin
    + 'a {
        let first = (self, Some(page.0), Seen::default());
        Box::pin(stream::try_unfold(
            first,
            async |(query, next, mut seen)| {
                let page = match &next {
                    None => return Ok(None),
                    Some(Next::Skip(rows)) => query.page_after(*rows).await?,
                    Some(Next::Link(link)) => {
                        let request = query.linked(link)?;
                        seen.request(&request)?;
                        query.partner.fetch(&request).await?
                    }
                };
                if page.total_count.is_none() && matches!(next, Some(Next::Skip(_))) {
                    // Only the rows can show that the service ignores `skip`.
                    seen.rows(&page.value)?;
                }
                let next = next.and_then(|next| query.next(next, &page));
                let cursor = next.clone().map(CommercialCursor);
                Ok(Some(((page, cursor), (query, next, seen))))
            },
        ))
    }

    /// Streams all rows, page by page as in [`pages`](Self::pages).
    pub fn rows(self) -> impl Stream<Item = Result<R, Error>> + Send + Unpin + 'a {
        let rows = self
            .pages()
            .map_ok(|page| stream::iter(page.value.into_iter().map(Ok)))
            .try_flatten();
        Box::pin(rows)
    }

    /// The page after this many rows of the query.
    async fn page_after(&self, rows: u32) -> Result<CommercialPage<R>, Error> {
        let query = self.query_string(rows)?;
        let ask = async |route| {
            let path = path::<R>(route);
            self.partner.get(&format!("{path}{query}")).await
        };
        let remembered = &self.partner.transport().commercial_route;
        let first = remembered.load(Ordering::Relaxed);
        let unknown = match ask(first).await {
            Err(err) if err.is_not_found() => err,
            answer => return answer,
        };
        for route in (0..ROUTES.len()).filter(|route| *route != first) {
            match ask(route).await {
                Err(err) if err.is_not_found() => {}
                Err(err) => return Err(err),
                Ok(page) => {
                    remembered.store(route, Ordering::Relaxed);
                    return Ok(page);
                }
            }
        }
        Err(unknown)
    }

    /// The request for the page that a link leads to.
    fn linked(&self, link: &str) -> Result<Request, Error> {
        let transport = self.partner.transport();
        let route = transport.commercial_route.load(Ordering::Relaxed);
        let link = match link.strip_prefix('?') {
            Some(query) => format!("{}?{query}", path::<R>(route)),
            None => link.to_owned(),
        };
        let (root, _) = ROUTES[route];
        path_of(&transport.base_url, &link, root).map(Request::to)
    }

    fn next(&self, current: Next, page: &CommercialPage<R>) -> Option<Next> {
        let after = match (page.next_link.as_deref().map(str::trim), current) {
            (Some(link), _) if !link.is_empty() => return Some(Next::Link(link.to_owned())),
            (_, Next::Skip(rows)) => {
                rows.saturating_add(u32::try_from(page.value.len()).unwrap_or(u32::MAX))
            }
            // A service that links its pages is at the end when there is no link.
            _ => return None,
        };
        let full = page.value.len() as u64 >= u64::from(self.top.unwrap_or(Top::MAX));
        let more = match page.total_count {
            Some(total) => u64::from(self.skip) + u64::from(after) < total,
            None => full,
        };
        (more && !page.value.is_empty()).then_some(Next::Skip(after))
    }

    /// The query string with a leading `?`; empty if there are no parameters.
    fn query_string(&self, rows: u32) -> Result<String, Error> {
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
        Ok(match query_string(parameters).as_str() {
            "" => String::new(),
            query => format!("?{query}"),
        })
    }
}

/// The position of a page, for [`pages_from`](CommercialQuery::pages_from). The default is the
/// first page.
///
/// You can store it and load it again. Even a modified cursor leads only to the origin of the base
/// URL.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct CommercialCursor(Next);

/// How to request a page.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Next {
    /// Skips this many rows of the query.
    Skip(u32),
    /// Follows a link.
    Link(String),
}

impl Default for Next {
    fn default() -> Self {
        Self::Skip(0)
    }
}

/// Roots and endings of the paths: those of the documented tables, those of the documented samples,
/// and the other combinations.
const ROUTES: [(&str, &str); 4] = [
    ("/v1", "/"),
    ("/partner/v1", ""),
    ("/v1", ""),
    ("/partner/v1", "/"),
];

/// The documented path under which a service has the rows of all customers. Displayed as its root,
/// with a trailing slash if the path ends with one.
///
/// # Example
///
/// ```
/// use seatwise_client::CommercialRoute;
///
/// assert_eq!(CommercialRoute::default().to_string(), "/v1/");
/// assert_eq!("/partner/v1".parse::<CommercialRoute>()?.to_string(), "/partner/v1");
/// assert!("/v2".parse::<CommercialRoute>().is_err());
/// # Ok::<(), seatwise_client::InvalidRoute>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct CommercialRoute(usize);

impl CommercialRoute {
    /// The route with this index of [`ROUTES`], which must exist.
    pub(crate) fn numbered(number: usize) -> Self {
        Self(number)
    }

    pub(crate) fn number(self) -> usize {
        self.0
    }
}

impl fmt::Display for CommercialRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (root, end) = ROUTES[self.0];
        write!(f, "{root}{end}")
    }
}

impl FromStr for CommercialRoute {
    type Err = InvalidRoute;

    fn from_str(text: &str) -> Result<Self, InvalidRoute> {
        let mut routes = (0..ROUTES.len()).map(Self);
        let route = routes.find(|route| route.to_string() == text);
        route.ok_or_else(|| InvalidRoute(text.to_owned()))
    }
}

/// A text that is not a [`CommercialRoute`].
#[derive(Debug, thiserror::Error)]
#[error("`{}` is not one of `/v1/`, `/v1`, `/partner/v1` and `/partner/v1/`", .0.escape_debug())]
pub struct InvalidRoute(String);

fn path<R: CommercialRow>(route: usize) -> String {
    let (root, end) = ROUTES[route];
    let kind = match R::KIND {
        CommercialKind::Usage => "usage",
        CommercialKind::Deployment => "deployment",
    };
    format!("{root}/analytics/commercial/{kind}/license{end}")
}

fn unusable(what: &str, err: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::invalid(format!("the {what} cannot be asked for")).because(err)
}

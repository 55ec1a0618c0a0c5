//! The pages of a query for rows of all customers.

use futures_util::{Stream, TryStreamExt as _, stream};
use seatwise_types::CommercialPage;
use seatwise_types::query::{CommercialRow, Top};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::query::CommercialQuery;
use crate::Error;
use crate::paging::{Seen, path_of};
use crate::transport::Request;

impl<'a, R> CommercialQuery<'a, R>
where
    R: CommercialRow + DeserializeOwned + Serialize + Send + 'static,
{
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
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
    /// # use example::*;
    /// # service(async |partner| {
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
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
    /// # use example::*;
    /// # service(async |partner| {
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
                        query.client.fetch(&request).await?
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

    /// The request for the page that a link leads to.
    fn linked(&self, link: &str) -> Result<Request, Error> {
        let transport = &self.client.transport;
        let route = transport.commercial_route.get();
        let link = match link.strip_prefix('?') {
            Some(query) => format!("{}?{query}", route.path(R::KIND)),
            None => link.to_owned(),
        };
        path_of(&transport.base_url, &link, route.root()).map(Request::to)
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
